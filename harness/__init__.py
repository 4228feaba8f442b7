"""The engine of the bench: clock, ports, units, roles, judging, evidence. Knows no device."""
