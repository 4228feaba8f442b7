"""Harvard PHD ULTRA and KDS Legato syringe pumps: ``pump`` on top of ``line``."""

from drivers.harvard.options import read_options
from drivers.harvard.pump import HarvardPump

__all__ = ["HarvardPump", "read_options"]
