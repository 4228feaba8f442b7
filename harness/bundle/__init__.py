"""The bundle: the evidence of a run in one signed file that an auditor checks alone."""
