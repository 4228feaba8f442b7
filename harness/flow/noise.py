"""The measurement's own noise, and the trumpet that a perfect pump would show with it.

A weight is read with white noise s and wanders (evaporation, draught, zero) as a random
walk of σ per √s, so a difference over P seconds has the variance 2 s² + σ² P. Without
the walk the error of one window is known to 100 √2 s / (r d P). The extreme of many
overlapping windows has no closed form and is simulated, with a fixed seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.series import Floats, Grid, number, positive

_SEED: Final = 601_002_024
_DRAWS: Final = 4_000_000
_FEWEST_TRIALS, _MOST_TRIALS = 3, 2000
# Fewer weights do not tell white noise from a walk.
_FEWEST_WEIGHTS: Final = 60
_LONGEST_SHARE: Final = 8
_REWEIGHTED: Final = 10
# Far below any balance, far above the rounding of a float.
_INVISIBLE_G: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Noise:
    """What the balance shows although nothing is delivered.

    Attributes:
        white_g: standard deviation of one reading, s.
        walk_g_per_sqrt_s: growth of the random walk, σ.
        drift_g_per_s: bound of a steady drift that was not corrected.

    Raises:
        ConfigurationError: one of them is negative or no finite number.
    """

    white_g: float
    walk_g_per_sqrt_s: float = 0.0
    drift_g_per_s: float = 0.0

    def __post_init__(self) -> None:
        parts = (self.white_g, self.walk_g_per_sqrt_s, self.drift_g_per_s)
        if not all(math.isfinite(part) and part >= 0.0 for part in parts):
            raise ConfigurationError(
                f"noise {parts}: each part must be a number of at least zero"
            )

    def u_difference_g(self, duration_s: float) -> float:
        """Standard uncertainty of the difference of two readings so far apart."""
        walked = self.walk_g_per_sqrt_s**2 * duration_s
        drifted = (self.drift_g_per_s * duration_s) ** 2 / 3.0
        return math.sqrt(2.0 * self.white_g**2 + walked + drifted)


@dataclass(frozen=True, slots=True)
class Floor:
    """What a perfect pump shows in the windows of one length.

    Attributes:
        window_s: length of the window, P.
        u_percent: standard uncertainty of the error in one window.
        ep_max_percent: expected largest mean error.
        ep_min_percent: expected smallest.
    """

    window_s: float
    u_percent: float
    ep_max_percent: float
    ep_min_percent: float


def noise_floor(
    noise: Noise,
    samples: int,
    interval_s: float,
    flow_g_per_h: float,
    windows_s: Iterable[float],
) -> tuple[Floor, ...]:
    """The expected trumpet of a perfect pump.

    Args:
        noise: of the balance, its vessel and its surroundings.
        samples: number of weights in the analysed period.
        interval_s: sample interval, S.
        flow_g_per_h: set rate times density, r d.
        windows_s: window lengths, whole numbers of intervals within the period.

    Raises:
        ConfigurationError: no positive interval or flow, or a window that is none.
    """
    positive("sample interval", interval_s)
    positive("mass flow", flow_g_per_h)
    lengths = [round(each / interval_s) for each in windows_s]
    if not all(1 <= n < samples for n in lengths):
        raise ConfigurationError(
            f"noise floor: {samples} weights do not hold each of the windows"
        )
    extremes = _extremes(noise, samples, interval_s, lengths)
    floors = []
    for n, extreme_g in zip(lengths, extremes, strict=True):
        window_s = n * interval_s
        percent_per_g = 100.0 * 3600.0 / (window_s * flow_g_per_h)
        u = percent_per_g * noise.u_difference_g(window_s)
        high = percent_per_g * (extreme_g + noise.drift_g_per_s * window_s)
        floors.append(Floor(window_s, u, high, -high))
    return tuple(floors)


def allan_variance_g2(grid: Grid, n: int) -> float:
    """Overlapping Allan variance of the mass flow over ``n`` intervals, times τ².

    For white noise s and a walk σ it is 3 s² + σ² τ; a steady flow drops out.

    Raises:
        ConfigurationError: fewer than 2 n + 1 weights.
    """
    mass = grid.mass_g
    if not 1 <= n < len(mass) / 2:
        raise ConfigurationError(
            f"Allan deviation: {len(mass)} weights do not hold twice {n} intervals"
        )
    second = mass[2 * n :] - 2.0 * mass[n:-n] + mass[: -2 * n]
    return float(np.dot(second, second) / (2 * len(second)))


def estimate(blank: Grid, readability_g: float = 0.0) -> Noise:
    """White noise and random walk from a recording with the pump stopped.

    The Allan variance is fitted by 3 s² + σ² τ, each length weighted by how well it is
    known. Never from the run itself: there the pump's own fluctuations take part.

    Args:
        blank: nothing was delivered; a steady loss by evaporation does no harm.
        readability_g: the balance's last digit d; s is at least d/√12.

    Raises:
        MeasurementRefused: fewer than 60 weights, or they are all the same and no
            readability is given.
    """
    size = len(blank.mass_g)
    if size < _FEWEST_WEIGHTS:
        raise MeasurementRefused(
            f"blank recording: {size} weights do not show the noise; record at least"
            f" {_FEWEST_WEIGHTS}"
        )
    lengths = [1 << k for k in range((size // _LONGEST_SHARE).bit_length())]
    observed = np.array([allan_variance_g2(blank, n) for n in lengths])
    visible = float(observed.max()) > _INVISIBLE_G**2
    if not visible and readability_g == 0.0:
        raise MeasurementRefused(
            "blank recording: all weights are the same or on one line, so the noise is"
            f" below the last digit; give the readability instead of {number(0.0)} g"
        )
    tau_s = blank.interval_s * np.array(lengths, dtype=np.float64)
    known = size / np.array(lengths, dtype=np.float64)
    threes, walk = _fitted(tau_s, observed, known) if visible else (0.0, 0.0)
    white = max(math.sqrt(threes / 3.0), readability_g / math.sqrt(12.0))
    return Noise(white, math.sqrt(walk))


def last_digit_g(mass_g: Floats) -> float:
    """The last digit of the balance, as far as its readings show it; 0 if not at all.

    It is the smallest change of a step, in which a steady flow drops out; where all
    steps are alike, the smallest step.
    """
    for order in (2, 1):
        sizes = np.abs(np.diff(mass_g, order))
        sizes = sizes[sizes > _INVISIBLE_G]
        if len(sizes):
            return float(sizes.min())
    return 0.0


def _fitted(tau_s: Floats, observed: Floats, known: Floats) -> tuple[float, float]:
    """Least squares of a + b τ, a and b not negative, with relative weights."""
    model = observed
    a = b = 0.0
    for _ in range(_REWEIGHTED):
        weight = known / np.maximum(model, observed.max() * 1e-12) ** 2
        total, first, second = (float(weight @ tau_s**k) for k in range(3))
        level, slope = float(weight @ observed), float(weight @ (tau_s * observed))
        determinant = total * second - first * first
        a = (level * second - slope * first) / determinant
        b = (slope * total - level * first) / determinant
        if a < 0.0:
            a, b = 0.0, slope / second
        elif b < 0.0:
            a, b = level / total, 0.0
        model = a + b * tau_s
    return a, b


def _extremes(
    noise: Noise, samples: int, interval_s: float, lengths: list[int]
) -> list[float]:
    """Mean over many trials of the largest difference over n intervals, g."""
    generator = np.random.Generator(np.random.PCG64(_SEED))
    trials = min(_MOST_TRIALS, max(_FEWEST_TRIALS, _DRAWS // samples))
    step_g = noise.walk_g_per_sqrt_s * math.sqrt(interval_s)
    sums = [0.0] * len(lengths)
    for _ in range(trials):
        mass = noise.white_g * generator.standard_normal(samples)
        if step_g > 0.0:
            mass += step_g * generator.standard_normal(samples).cumsum()
        for k, n in enumerate(lengths):
            difference = mass[n:] - mass[:-n]
            # The noise is symmetric, so either extreme tells about both.
            sums[k] += float(difference.max() - difference.min()) / 2.0
    return [each / trials for each in sums]
