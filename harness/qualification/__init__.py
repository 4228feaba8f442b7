"""How good a bench is: kill matrix, false failures, and what they are worth."""
