"""Terumo TE infusion and syringe pumps, which are only observed: ``pump`` says how."""

from drivers.terumo.pump import Terumo

__all__ = ["Terumo"]
