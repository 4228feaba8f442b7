"""What a user writes: plans, profiles, requirement registers, procedures."""
