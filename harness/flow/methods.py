"""The methods of the standard as data: sample interval, windows and periods.

Method adapted from IEC 60601-2-24, first edition of 1998, clauses 50.102 (volumetric
and syringe pumps), 50.104 and 50.105 (ambulatory pumps of type 1 and 2). The second
edition of 2012 leaves the sample interval open, so a result says which is meant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from harness.flow.series import positive, span

_MIN_S: Final = 60.0
_HOUR_S: Final = 3600.0
_HALF_MINUTE_S: Final = 30.0
_SHOT_WINDOWS: Final = (1, 2, 5, 11, 19, 31)
_START_UP_S: Final = 30 * _MIN_S
_LONGEST_STABILISATION_S: Final = 24 * _HOUR_S
_STABILISED_S: Final = 25 * _HOUR_S
_SHOT_INTERVALS: Final = 100


class Method(StrEnum):
    """A method of the standard, by kind of pump."""

    VOLUMETRIC = "volumetric"
    SYRINGE = "syringe"
    AMBULATORY_1 = "ambulatory-1"
    AMBULATORY_2 = "ambulatory-2"


class Edition(StrEnum):
    """An edition of IEC 60601-2-24."""

    FIRST = "1998"
    SECOND = "2012"


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a method prescribes.

    Attributes:
        text: the method in one sentence, with the edition.
        interval_s: sample interval, S.
        windows_s: observation windows, P.
        start_up_every: intervals between two points of the start-up curve.
        start_s: start of the analysed period, from the start of the pump.
        end_s: its end.
        start_up_end_s: end of the start-up curve.
        start_up_start_s: its start.
        shot_cycle_s: length of a shot cycle, where the method is about shots.
        remarks: how it departs from what is prescribed, in sentences.
    """

    text: str
    interval_s: float
    windows_s: tuple[float, ...]
    start_up_every: int
    start_s: float
    end_s: float
    start_up_end_s: float
    start_up_start_s: float = 0.0
    shot_cycle_s: float | None = None
    remarks: tuple[str, ...] = ()


_CLAUSES: Final = MappingProxyType(
    {
        (Method.VOLUMETRIC, Edition.FIRST): "50.102",
        (Method.SYRINGE, Edition.FIRST): "50.102",
        (Method.AMBULATORY_1, Edition.FIRST): "50.104",
        (Method.AMBULATORY_2, Edition.FIRST): "50.105",
        (Method.VOLUMETRIC, Edition.SECOND): "201.12.1.102",
        (Method.SYRINGE, Edition.SECOND): "201.12.1.102",
        (Method.AMBULATORY_1, Edition.SECOND): "201.12.1.103",
        (Method.AMBULATORY_2, Edition.SECOND): "201.12.1.103",
    }
)


def by_the_hour(
    method: Method, edition: Edition, interval_s: float | None = None
) -> Scheme:
    """Volumetric and syringe pumps: the second hour, start-up over the first two.

    Args:
        method: one of the two.
        edition: named in the text.
        interval_s: another sample interval than 0.5 min.
    """
    interval = _HALF_MINUTE_S if interval_s is None else interval_s
    return Scheme(
        text=_text(method, edition, interval, _HALF_MINUTE_S),
        interval_s=interval,
        windows_s=tuple(_MIN_S * p for p in (2, 5, 11, 19, 31)),
        start_up_every=1,
        start_s=_HOUR_S,
        end_s=2 * _HOUR_S,
        start_up_end_s=2 * _HOUR_S,
    )


def ambulatory_1(
    edition: Edition, stabilisation_s: float, interval_s: float | None = None
) -> Scheme:
    """Ambulatory pumps of type 1, continuous flow: 25 h after the stabilisation."""
    prescribed = 15 * _MIN_S
    interval = prescribed if interval_s is None else interval_s
    start = _whole_intervals(stabilisation_s, interval)
    return Scheme(
        text=_text(Method.AMBULATORY_1, edition, interval, prescribed),
        interval_s=interval,
        windows_s=tuple(_MIN_S * p for p in (15, 60, 150, 330, 570, 930)),
        start_up_every=max(1, round(_START_UP_S / interval)),
        start_s=start,
        end_s=start + _STABILISED_S,
        start_up_end_s=start,
    )


def ambulatory_2(
    edition: Edition, stabilisation_s: float, cycle_s: float, interval_s: float | None
) -> Scheme:
    """Ambulatory pumps of type 2, shots: 100 intervals after the stabilisation.

    The interval is whole shot cycles, about 0.5 min, unless another one is given.
    """
    prescribed = max(1, round(_HALF_MINUTE_S / cycle_s)) * cycle_s
    interval = prescribed if interval_s is None else interval_s
    start = _whole_intervals(stabilisation_s, interval)
    return Scheme(
        text=_text(Method.AMBULATORY_2, edition, interval, prescribed),
        interval_s=interval,
        windows_s=tuple(interval * n for n in _SHOT_WINDOWS),
        start_up_every=max(1, round(_START_UP_S / interval)),
        start_s=start,
        end_s=start + _SHOT_INTERVALS * interval,
        start_up_end_s=start,
        shot_cycle_s=cycle_s,
    )


def without_method(
    interval_s: float, windows_s: tuple[float, ...], duration_s: float
) -> Scheme:
    """Windows as given, over the whole recording."""
    return Scheme(
        text=f"windows as given, sample interval {span(interval_s)}",
        interval_s=interval_s,
        windows_s=windows_s,
        start_up_every=1,
        start_s=0.0,
        end_s=duration_s,
        start_up_end_s=min(duration_s, 2 * _HOUR_S),
    )


def stabilisation_s(rate_ml_per_h: float, container_ml: float | None) -> float:
    """Half the container's volume or 24 h, whichever is shorter.

    Raises:
        ConfigurationError: a rate or a volume that is not above zero.
    """
    positive("rate", rate_ml_per_h)
    if container_ml is None:
        return _LONGEST_STABILISATION_S
    positive("container volume", container_ml)
    return min(_LONGEST_STABILISATION_S, 1800.0 * container_ml / rate_ml_per_h)


def _whole_intervals(duration_s: float, interval_s: float) -> float:
    """The shortest whole number of intervals that is no shorter than ``duration_s``."""
    return interval_s * math.ceil(duration_s / interval_s * (1.0 - 1e-12))


def _text(
    method: Method, edition: Edition, interval_s: float, prescribed_s: float
) -> str:
    clause = _CLAUSES[method, edition]
    text = f"method adapted from IEC 60601-2-24:{edition}, clause {clause}"
    if edition is Edition.SECOND:
        return f"{text}, which leaves the sample interval open: {span(interval_s)} here"
    if interval_s != prescribed_s:
        return (
            f"{text}, but with a sample interval of {span(interval_s)} instead of"
            f" {span(prescribed_s)}"
        )
    return text
