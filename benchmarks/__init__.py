"""How fast dosebench is: each figure beside a named floor measured in the same run."""
