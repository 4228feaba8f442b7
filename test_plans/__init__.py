"""Verification of the pump: plans by therapy phase, requirement register, profiles."""
