"""Wire formats: bytes in, messages out; no I/O, no clock, no physical quantities."""
