"""What happened, written so that it survives crashes and shows tampering."""
