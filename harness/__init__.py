"""The engine: clock, ports, units, roles, judging, evidence. Knows no device."""
