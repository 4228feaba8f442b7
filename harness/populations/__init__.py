"""From verdicts on single units to one about all units: samples, intervals, checks."""
