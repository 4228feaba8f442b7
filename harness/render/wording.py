"""Numbers, units, times and limits in words, the same everywhere in a report."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from harness.errors import UnitError
from harness.render.measurement_record import LimitRecord
from harness.units import NS_PER_S, magnitude, ureg

_LITRES = (("ml", "mL"), ("µl", "µL"))
_MOST_DECIMALS = 6
_LEAST_PROBABILITY = 1e-4
_MOST_FREEDOM = 1e4
_STEPS = (("d", 86400.0), ("h", 3600.0), ("min", 60.0))


def symbol(unit: str) -> str:
    """The short form of a unit, ``"mL/d"``; the text itself if it is no unit."""
    try:
        short = f"{ureg.Quantity(1.0, unit).units:~P}"
    # Pint fails in several ways on text that is no unit.
    except (ValueError, AttributeError, TypeError, AssertionError):
        return unit
    for long, plain in _LITRES:
        short = short.replace(long, plain)
    return short


def convert(value: float, unit: str, wanted: str) -> float | None:
    """``value`` in another unit; None where that makes no sense."""
    if unit == wanted:
        return value
    try:
        return magnitude(ureg.Quantity(value, unit), wanted)
    except (UnitError, ValueError, AttributeError):
        return None


def decimals(expanded_u: float) -> int:
    """Decimals that show two significant digits of U (GUM, JCGM 100, 7.2.6)."""
    if not math.isfinite(expanded_u) or expanded_u <= 0.0:
        return _MOST_DECIMALS
    return max(0, 1 - math.floor(math.log10(expanded_u)))


def plain(value: float, places: int, *, signed: bool = False) -> str:
    """A number with so many decimals; six digits where that makes no sense."""
    sign = "+" if signed else ""
    if not math.isfinite(value):
        return "not a finite number"
    if places < _MOST_DECIMALS:
        return f"{value:{sign}.{places}f}"
    return f"{value:{sign}.6g}"


def short(value: float, digits: int = 4) -> str:
    """A number with so many significant digits; ∞ for infinity, and no minus zero."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return "not a number" if math.isnan(value) else f"{value + 0.0:.{digits}g}"


def freedom(dof: float) -> str:
    """Degrees of freedom; beyond ten thousand their number no longer matters."""
    if _MOST_FREEDOM < dof < math.inf:
        return f"more than {_MOST_FREEDOM:.0f}"
    return f"{dof:.0f}" if 100.0 <= dof <= _MOST_FREEDOM else short(dof, 3)


def probability(p: float) -> str:
    """A probability: ``"97.13 %"``; never a rounded certainty."""
    if p < _LEAST_PROBABILITY:
        return f"less than {100.0 * _LEAST_PROBABILITY:g} %"
    if p > 1.0 - _LEAST_PROBABILITY:
        return f"more than {100.0 * (1.0 - _LEAST_PROBABILITY):g} %"
    return f"{100.0 * p:.2f} %"


def with_u(value: float, expanded_u: float, unit: str, *, signed: bool = False) -> str:
    """A value with its uncertainty: ``"+1.23 % ± 0.85 %"``."""
    places, name = decimals(expanded_u), symbol(unit)
    shown = plain(value, places, signed=signed)
    u = plain(expanded_u, places) if places < _MOST_DECIMALS else short(expanded_u, 2)
    return f"{shown} {name} ± {u} {name}"


def limit(limits: LimitRecord) -> str:
    """A limit: ``"-10 % to 10 %"``."""
    if limits.lower is None and limits.upper is None:
        return "not specified"
    unit = symbol(limits.unit)
    bounds = [
        "" if bound is None else f"{short(bound, 6)} {unit}"
        for bound in (limits.lower, limits.upper)
    ]
    if not bounds[0]:
        return f"at most {bounds[1]}"
    return f"at least {bounds[0]}" if not bounds[1] else f"{bounds[0]} to {bounds[1]}"


def is_signed(limits: LimitRecord) -> bool:
    """Whether a value may lie on either side of zero."""
    return limits.lower is not None and limits.lower < 0.0


def utc(t_ns: int) -> str:
    """A bench time: ``"2026-01-31 08:30:00 UTC"``."""
    return f"{datetime.fromtimestamp(t_ns // NS_PER_S, UTC):%Y-%m-%d %H:%M:%S} UTC"


def duration(t_ns: int) -> str:
    """A duration in the largest unit that it fills: ``"1.5 h"``."""
    return lasting(t_ns / NS_PER_S)


def lasting(seconds: float) -> str:
    """The same of seconds."""
    for unit, step in _STEPS:
        if seconds >= step:
            count = seconds / step
            # Years of simulated days need no power of ten.
            return f"{count:.0f} {unit}" if count >= 1000 else f"{count:.3g} {unit}"
    return f"{seconds:.3g} s"


def clock(t_ns: int) -> str:
    """Time since a case began: ``"+1 d 02:03:04"``."""
    total_s = t_ns // NS_PER_S
    days, rest_s = divmod(total_s, 86400)
    hours, rest_s = divmod(rest_s, 3600)
    minutes, seconds = divmod(rest_s, 60)
    day = f"{days} d " if days else ""
    return f"+{day}{hours:02d}:{minutes:02d}:{seconds:02d}"
