"""The account of all liquid of a simulated bench."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """Where all liquid is, or has gone, since the start. The vessel's is its excess."""

    filled_nl: float
    reservoir_nl: float
    stored_nl: float
    delivered_nl: float
    withdrawn_nl: float
    discarded_nl: float
    pocket_nl: float
    vessel_ng: float
    evaporated_ng: float
    removed_ng: float
