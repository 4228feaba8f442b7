"""Weight series that other programs recorded: tables of text in many dialects."""
