"""The parameters of a simulated balance.

Units and marks of the sources are those of :mod:`drivers.sim.contracts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from drivers.sim.parameter_limits import require


class WrongUnit(Enum):
    """What a balance may be switched to; the value is what it sends."""

    MILLIGRAM = "mg"
    OUNCE = "oz"
    POUND = "lb"


@dataclass(frozen=True, slots=True)
class BalanceParameters:
    """One balance of the 0.01 mg class; magnitudes are typical ones [G]."""

    model: str = "DB225"
    serial: str = "B000000001"
    firmware: str = "1.00"
    capacity_ng: Annotated[int, "ng"] = 220_000_000_000
    readability_ng: Annotated[int, "ng"] = 10_000
    """Last digit; a power of ten."""
    repeatability_ng: Annotated[float, "ng"] = 15_000.0
    """Standard deviation of one reading [G]."""
    zero_drift_ng_per_h: Annotated[float, "ng/hour"] = 20_000.0
    """Largest slope of the zero, which wanders over a day [G]."""
    filter_s: Annotated[float, "s"] = 1.0
    """Age of the mass that a reading shows."""
    settle_s: Annotated[float, "s"] = 4.0
    """How long a disturbance keeps the reading unstable [G]."""
    stability_band_ng: Annotated[float, "ng"] = 50_000.0
    """Largest change in 2 s that counts as stable."""
    stability_timeout_s: Annotated[float, "s"] = 40.0
    """How long S, T and Z wait for stability; 40 s is a factory value [S]."""
    autozero: bool = False
    """Whether the zero follows slow changes of the load (M03)."""
    adjusts_itself: bool = False
    """Whether it adjusts its span by an inner weight when it sees fit (C0)."""
    adjustment_every_h: Annotated[float, "hour"] = 4.0
    """How often it does so, and is busy for a minute [G]."""
    silent: bool = False
    """Receives, and never answers."""
    fault_number: int = 0
    """System fault that it reports in place of every weight; 0 is none."""
    restarts_after_s: Annotated[float | None, "s"] = None
    """Loses and regains its power so long after the start, and with it its zero."""
    wrong_unit_after_s: Annotated[float | None, "s"] = None
    """Somebody switches it from g to another unit so long after the start."""
    wrong_unit: WrongUnit = WrongUnit.MILLIGRAM
    """Which one."""
    checked_weights: bool = False
    """Offers weights with a check value (MT-SICS: SIC1, SIC2)."""
    tells_uptime: bool = False
    """Tells how long it has had power (MT-SICS: I15)."""
    span_error: Annotated[float, "1"] = 0.0
    """Share by which it shows too much."""
    span_error_after_s: Annotated[float, "s"] = 0.0
    """From when on, counted from the start, it does so."""

    def __post_init__(self) -> None:
        digits = str(self.readability_ng)
        require(
            digits.strip("0") == "1" and self.readability_ng <= 10**9,
            "readability_ng", "a power of ten of at most 1 g",
        )  # fmt: skip
        require(self.repeatability_ng >= 0, "repeatability_ng", "at least 0")
        require(self.adjustment_every_h >= 0.1, "adjustment_every_h", "at least 0.1")
