"""A line that is made faulty on purpose, the same way every time."""
