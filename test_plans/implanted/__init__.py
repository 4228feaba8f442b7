"""The implanted pump: delivery, refill, alarms."""
