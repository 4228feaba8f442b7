"""Harvard PHD ULTRA and KDS Legato syringe pumps: ``pump`` on top of ``line``."""

from drivers.harvard.pump import HarvardPump, read_options

__all__ = ["HarvardPump", "read_options"]
