"""Verification of the screening injection, before an implant."""
