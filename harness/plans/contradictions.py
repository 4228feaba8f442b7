"""Where a profile contradicts itself, found by arithmetic before any run.

A rule whose keys the profile lacks says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.plans.findings import Finding, Severity
from harness.plans.profile import Profile
from harness.units import FLOW, FRACTION, TIME, VOLUME, Quantity, magnitude

_CAPACITY = "reservoir.capacity"
_THRESHOLD = "reservoir.low_threshold"
_KNOWN_BY = "reservoir.level_known_by"
_ACCURACY = "flow.accuracy"
_LEAST_LEFT = "alarm.low_reservoir.real_volume_minimum"
_MOST_LEFT = "alarm.low_reservoir.real_volume_maximum"
_LEAD_TIME = "alarm.low_reservoir.lead_time"
_HIGHEST_DOSE_RATE = "refill.highest_daily_rate"
_COUNTER = "counter"
# Withdrawal of baclofen has begun as early as the first, and mostly by the second time
# after the end of delivery (published case series; general knowledge of the therapy).
_WITHDRAWAL_HOURS = (12.0, 96.0)
_ENDS_DELIVERY = re.compile(
    r"alarm\.(empty_reservoir|motor_stall|occlusion)\.(?:[a-z]+_)?deadline"
)
_PAIRS = (
    ("minimum", "maximum"),
    ("earliest", "latest"),
    ("shortest", "longest"),
)


def find(profile: Profile) -> tuple[Finding, ...]:
    """Return every contradiction that the rules of this module know, errors first.

    Raises:
        UnitError: a value has the wrong dimension.
        ConfigurationError: a value has the wrong type.
    """
    numbers = _Numbers(profile)
    found = [finding for rule in _RULES for finding in rule(numbers)]
    return tuple(sorted(found, key=lambda each: each.severity is Severity.WARNING))


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The profile's values as plain numbers, and findings about them."""

    profile: Profile

    def has(self, *keys: str) -> bool:
        """Tell whether all keys are specified."""
        return all(map(self.profile.specifies, keys))

    def number(self, key: str, unit: str) -> float:
        """Return a value in a unit."""
        return magnitude(self.profile.quantity(key, unit), unit)

    def error(self, text: str, *keys: str) -> Finding:
        """Make a finding that must be mended."""
        return self._finding(Severity.ERROR, text, keys)

    def warning(self, text: str, *keys: str) -> Finding:
        """Make a finding that deserves a look."""
        return self._finding(Severity.WARNING, text, keys)

    def _finding(self, severity: Severity, text: str, keys: tuple[str, ...]) -> Finding:
        named = ", ".join(f"{key} = {self.profile.leaves[key]}" for key in keys)
        return Finding(severity, f"{self.profile.path}: {named}: {text}", keys)


def _bounds(numbers: _Numbers) -> Iterator[Finding]:
    """A lower bound above its upper one."""
    for low_key in numbers.profile.leaves:
        for low, high in _PAIRS:
            stem = re.fullmatch(rf"(.*[._]){low}", low_key)
            high_key = "" if stem is None else f"{stem[1]}{high}"
            if stem is None or not numbers.has(high_key):
                continue
            lower, upper = _alike(numbers.profile, low_key, high_key)
            if lower > upper:
                yield numbers.error(
                    "the lower bound lies above the upper one; exchange or correct"
                    " them",
                    low_key,
                    high_key,
                )


def _alike(profile: Profile, *keys: str) -> tuple[Quantity, ...]:
    """Return values that must have one dimension, that of the first."""
    unit = profile.text(keys[0]).partition(" ")[2]
    return tuple(profile.quantity(key, unit) for key in keys)


def _threshold(numbers: _Numbers) -> Iterator[Finding]:
    """A low alarm that is there from the start."""
    if numbers.has(_THRESHOLD, _CAPACITY):
        threshold, capacity = _alike(numbers.profile, _THRESHOLD, _CAPACITY)
        if threshold >= capacity:
            yield numbers.error(
                "a full reservoir is low already; lower the threshold",
                _THRESHOLD,
                _CAPACITY,
            )


def _over_delivery(numbers: _Numbers) -> Iterator[Finding]:
    """A pump whose counter lags behind what it really delivers.

    When the counter shows the threshold, (capacity - threshold)(1 + e) has really left
    the reservoir, e being the largest error that the profile still allows.
    """
    if not _is_counted(numbers):
        return
    left_ml = _left_at_alarm_ml(numbers, +1.0)
    keys = (_CAPACITY, _THRESHOLD, _ACCURACY)
    needed_ml = _threshold_for(numbers, 0.0)
    if left_ml <= 0.0:
        yield numbers.error(
            "a pump that delivers too much within its accuracy is dry"
            f" {-left_ml:.3g} mL before its counter reaches the low alarm; a threshold"
            f" above {needed_ml:.3g} mL, a better accuracy, or a sensor mends it",
            *keys,
        )
        return
    if numbers.has(_LEAST_LEFT):
        least_ml = numbers.number(_LEAST_LEFT, VOLUME)
        if left_ml < least_ml:
            needed_ml = _threshold_for(numbers, least_ml)
            yield numbers.error(
                "a pump that delivers too much within its accuracy has really"
                f" {left_ml:.3g} mL left at the low alarm; a threshold of at least"
                f" {needed_ml:.3g} mL mends it",
                *keys,
                _LEAST_LEFT,
            )
    yield from _lead(numbers, left_ml)


def _lead(numbers: _Numbers, left_ml: float) -> Iterator[Finding]:
    if not numbers.has(_LEAD_TIME, _HIGHEST_DOSE_RATE):
        return
    error = numbers.number(_ACCURACY, FRACTION) / 100.0
    rate_ml_per_day = numbers.number(_HIGHEST_DOSE_RATE, FLOW) * (1.0 + error)
    lasts_h = 24.0 * left_ml / rate_ml_per_day
    if lasts_h < numbers.number(_LEAD_TIME, "hour"):
        yield numbers.error(
            f"at the highest daily rate, with over-delivery, {left_ml:.3g} mL last"
            f" {lasts_h:.3g} hours from the low alarm, less than the lead time; raise"
            " the threshold or shorten the lead time",
            _CAPACITY,
            _THRESHOLD,
            _ACCURACY,
            _HIGHEST_DOSE_RATE,
            _LEAD_TIME,
        )


def _under_delivery(numbers: _Numbers) -> Iterator[Finding]:
    """A pump whose counter runs ahead of what it really delivers."""
    if not (_is_counted(numbers) and numbers.has(_MOST_LEFT)):
        return
    left_ml = _left_at_alarm_ml(numbers, -1.0)
    if left_ml > numbers.number(_MOST_LEFT, VOLUME):
        yield numbers.error(
            "a pump that delivers too little within its accuracy has really"
            f" {left_ml:.3g} mL left at the low alarm; allow that much, or lower the"
            " threshold",
            _CAPACITY,
            _THRESHOLD,
            _ACCURACY,
            _MOST_LEFT,
        )


def _is_counted(numbers: _Numbers) -> bool:
    is_known = numbers.has(_KNOWN_BY, _CAPACITY, _THRESHOLD, _ACCURACY)
    return is_known and numbers.profile.text(_KNOWN_BY) == _COUNTER


def _left_at_alarm_ml(numbers: _Numbers, sign: float) -> float:
    capacity_ml = numbers.number(_CAPACITY, VOLUME)
    counted_ml = capacity_ml - numbers.number(_THRESHOLD, VOLUME)
    error = numbers.number(_ACCURACY, FRACTION) / 100.0
    return capacity_ml - counted_ml * (1.0 + sign * error)


def _threshold_for(numbers: _Numbers, left_ml: float) -> float:
    """Return the threshold at which an over-delivering pump has so much left."""
    capacity_ml = numbers.number(_CAPACITY, VOLUME)
    error = numbers.number(_ACCURACY, FRACTION) / 100.0
    return capacity_ml - (capacity_ml - left_ml) / (1.0 + error)


def _healthy_unit(numbers: _Numbers) -> Iterator[Finding]:
    """Healthy units that spread wider than they may err."""
    keys = ("flow.unit_tolerance", _ACCURACY)
    if numbers.has(*keys):
        spread, allowed = _alike(numbers.profile, *keys)
        if spread > allowed:
            yield numbers.error(
                "healthy units spread wider than the accuracy allows; narrow the"
                " spread or widen the accuracy",
                *keys,
            )


def _steps(numbers: _Numbers) -> Iterator[Finding]:
    """A schedule without steps."""
    key = "schedule.steps_per_day"
    if numbers.has(key) and numbers.profile.count(key) < 1:
        yield numbers.error(
            "a day needs one step at least; correct it, or declare the schedule absent",
            key,
        )


def _stability(numbers: _Numbers) -> Iterator[Finding]:
    """Refill intervals that drug or label do not allow."""
    longest = "refill.longest"
    for key in ("refill.stability", "refill.label_maximum"):
        if numbers.has(longest, key):
            wanted, allowed = _alike(numbers.profile, longest, key)
            if wanted > allowed:
                yield numbers.warning(
                    "an interval counts as usual that ends after the drug may be used;"
                    " shorten it",
                    longest,
                    key,
                )


def _warned_in_time(numbers: _Numbers) -> Iterator[Finding]:
    """Warnings that may come when what they warn of has happened."""
    for key in numbers.profile.leaves:
        stem = re.fullmatch(r"(alarm\..+\.)(?:[a-z]+_)?deadline", key)
        lead = "" if stem is None else f"{stem[1]}lead_time"
        if numbers.has(lead) and numbers.number(key, TIME) > numbers.number(lead, TIME):
            yield numbers.warning(
                "the warning may come after its lead time has passed; shorten the"
                " deadline",
                key,
                lead,
            )


def _withdrawal(numbers: _Numbers) -> Iterator[Finding]:
    """Alarms that come when withdrawal may have begun."""
    onset_h, late_h = _WITHDRAWAL_HOURS
    for key in filter(_ENDS_DELIVERY.fullmatch, numbers.profile.leaves):
        if numbers.number(key, "hour") > onset_h:
            yield numbers.warning(
                f"withdrawal may begin {onset_h:g} hours after the end of delivery,"
                " before this alarm is due; shorten the deadline",
                key,
            )
    latest = "alarm.stopped.latest"
    if numbers.has(latest) and numbers.number(latest, "hour") > late_h:
        yield numbers.warning(
            f"withdrawal has mostly begun {late_h:g} hours after the end of delivery,"
            " before this alarm is due; bring it forward",
            latest,
        )


def _patient_bolus(numbers: _Numbers) -> Iterator[Finding]:
    """More doses in 24 h than the lockout lets through."""
    keys = ("patient_bolus.allotted_maximum", "patient_bolus.lockout_minimum")
    if numbers.has(*keys):
        allotted = numbers.profile.count(keys[0])
        if (allotted - 1) * numbers.number(keys[1], "hour") > 24.0:
            yield numbers.warning(
                "so many doses so far apart do not fit into 24 hours; the allotment"
                " can never be used",
                *keys,
            )


_RULES: tuple[Callable[[_Numbers], Iterator[Finding]], ...] = (
    _bounds,
    _threshold,
    _over_delivery,
    _under_delivery,
    _healthy_unit,
    _steps,
    _stability,
    _warned_in_time,
    _withdrawal,
    _patient_bolus,
)
