"""The Acme Drip 3, an invented syringe pump, for dosebench: copy this to begin yours.

`protocol` is the pump's language, `driver` speaks it, `twin` answers it on a simulated
bench, `conformance` says what the kit may expect, and `model` is the catalogue's line.
"""
