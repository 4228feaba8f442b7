"""A run and its cases: what was planned, judged, and amounts to."""
