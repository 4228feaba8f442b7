"""Verification of the trial infusion from an external pump, before an implant."""
