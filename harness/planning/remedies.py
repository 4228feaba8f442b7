"""What helps against a source of uncertainty, in words."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "see the budget"
# Changes of the air lift the whole load, in the blanks too.
_AIR: Final = "a better ambient sensor, a smaller vessel, longer blanks"
# The first word that occurs in the name of a source decides.
_REMEDIES: Final = (
    ("zero drift", "cover the vessel, shelter and condition the balance"),
    ("change between blanks", "longer blanks, a steadier room"),
    ("likeness", "make both vessels alike"),
    ("weight at", "a finer balance, longer blanks"),
    ("readability", "a balance with a finer last digit"),
    ("calibration of balance", "a certificate of the balance with a smaller U"),
    ("contact line", "a thinner, cleaner needle"),
    ("volume of the load", "weigh how much air the vessel displaces"),
    ("span of the balance", "a certificate of the balance with a smaller U"),
    ("needle", "a thinner needle in a wider vessel"),
    ("vessel", "measure the inner diameter of the vessel"),
    ("density of the weights", "have the density of the weights certified"),
    ("density", "measure the density of the liquid"),
    ("expansion", "measure the density of the liquid at its temperature"),
    ("liquid temperature", "a better liquid thermometer"),
    ("air temperature", _AIR),
    ("air pressure", _AIR),
    ("humidity", _AIR),
)


def remedy(source: str) -> str:
    """Return what makes the contribution of a source smaller.

    Args:
        source: the name of an input of the budget.
    """
    return next((words for key, words in _REMEDIES if key in source), UNKNOWN)
