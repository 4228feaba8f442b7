"""Propagation of distributions, and whether the linear result agrees with it.

The law of propagation is exact only for linear models and normal inputs. Here the very
model that gave the result runs on random values of its inputs instead. Method adapted
from JCGM 101.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.metrology.arrays import Trials
from harness.metrology.budget import Estimate
from harness.metrology.draws import Draws
from harness.metrology.measurement import Measurement
from harness.metrology.student import coverage_factor
from harness.units import ureg

GENERATOR = "PCG64"
CHECK_TRIALS = 20_000

# Trials at a time: the arrays of a block stay in the cache, and memory stays bounded.
_BLOCK = 10_000
# Fewer trials beyond an end of the interval say little about where it lies.
_FEWEST_BEYOND = 50
# So many standard deviations of its rank may separate an observed quantile from a true
# one.
_RANK_DEVIATIONS = 3.0
# A u that begins with 1 would otherwise agree with an interval half of u away.
_LARGEST_SHARE_OF_U = 0.2
# Two ways of computing the same number.
_ROUNDING = 1e-12
# More decimals than that are written with a power of ten.
_MOST_PLACES = 9


@dataclass(frozen=True, slots=True)
class Sample:
    """What the trials of a Monte Carlo run say about a result, in its unit.

    Attributes:
        value: mean of the trials.
        u: their standard deviation. Inputs with few degrees of freedom have long
            tails, so that it exceeds the u of the law of propagation; the intervals
            are what to compare.
        low: lower end of the probabilistically symmetric coverage interval.
        high: upper end.
        trials: number of trials.
        seed: of the generator.
        generator: name of the generator.
        resolution: how far an end may be off by chance, see :func:`propagate`.
    """

    value: float
    u: float
    low: float
    high: float
    trials: int
    seed: int
    generator: str
    resolution: float


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the linear result has the coverage interval that Monte Carlo finds.

    Attributes:
        sample: the Monte Carlo run.
        agrees: both ends of the interval agree within ``tolerance``.
        tolerance: largest difference that counts as agreement, in the result's unit.
        statement: a sentence for the report.
    """

    sample: Sample
    agrees: bool
    tolerance: float
    statement: str


def propagate(
    result: Estimate | Measurement, trials: int, seed: int, p: float = 0.95
) -> Sample:
    """Run the model of a result on random values of its inputs.

    Args:
        result: in the unit in which the sample is wanted.
        trials: number of trials.
        seed: of the generator; the same one gives the same sample.
        p: coverage probability of the interval.

    Returns:
        The sample. Everything in it is NaN if one trial is: a model that has no value
        somewhere within the uncertainty has no coverage interval.

        Its resolution is the larger distance of an end to the order statistics three
        standard deviations of its rank away, that rank being binomial.

    Raises:
        ValueError: too few trials for ``p``, or a correlated input is not normal.

    Source: JCGM 101, 7.2 to 7.7.
    """
    _refuse_few(trials, p)
    estimate = result.estimate() if isinstance(result, Measurement) else result
    return _summary(np.concatenate(list(_blocks(estimate, trials, seed))), seed, p)


def check(
    result: Estimate | Measurement,
    p: float = 0.95,
    *,
    trials: int = CHECK_TRIALS,
    seed: int = 1,
) -> Check:
    """Compare the interval of the law of propagation with that of a Monte Carlo run.

    The tolerance is half a unit of the last digit of u, written with one significant
    digit; at most a fifth of u, but at least what the run itself resolves. The run ends
    as soon as it resolves what is wanted.

    Args:
        result: what to check.
        p: coverage probability.
        trials: number of trials, at most.
        seed: of the generator.

    Raises:
        ValueError: too few trials for ``p``, or a correlated input is not normal.

    Source: JCGM 101, 8.1 and 7.9.2, for the half digit; 7.9 for ending in time.
    """
    _refuse_few(trials, p)
    estimate = result.estimate() if isinstance(result, Measurement) else result
    wanted = min(_half_digit(estimate.u), _LARGEST_SHARE_OF_U * estimate.u)
    sample = _sharp_enough(_blocks(estimate, trials, seed), wanted, seed, p)
    expanded = coverage_factor(estimate.dof, p) * estimate.u
    linear = estimate.value - expanded, estimate.value + expanded
    rounding = _ROUNDING * abs(estimate.value)
    tolerance = max(wanted, sample.resolution, rounding)
    apart = max(abs(sample.low - linear[0]), abs(sample.high - linear[1]))
    # What is infinite has no digit to compare, and a NaN is not finite either.
    agrees = math.isfinite(sample.low + sample.high + tolerance) and apart <= tolerance
    unit = _symbol(result.unit) if isinstance(result, Measurement) else ""
    return Check(sample, agrees, tolerance, _statement(sample, agrees, linear, unit))


def _refuse_few(trials: int, p: float) -> None:
    if not 0.0 < p < 1.0 or not _reaches_ends(trials, p):
        raise ValueError(
            f"{trials} trials: too few for the ends of an interval of {p:.2%}; take at"
            f" least {_FEWEST_BEYOND} beyond either end"
        )


def _reaches_ends(trials: int, p: float) -> bool:
    return trials * (1.0 - p) / 2.0 >= _FEWEST_BEYOND


def _blocks(estimate: Estimate, trials: int, seed: int) -> Iterator[Trials]:
    generator = np.random.Generator(np.random.PCG64(seed))
    for start in range(0, trials, _BLOCK):
        # A tail that divides by zero is not finite, and is seen in the sample.
        with np.errstate(all="ignore"):
            yield estimate.drawn(Draws(min(_BLOCK, trials - start), generator))


def _sharp_enough(
    blocks: Iterator[Trials], wanted: float, seed: int, p: float
) -> Sample:
    """Draw until both ends are known to ``wanted``, or nothing is left."""
    values = np.empty(0)
    for block in blocks:
        values = np.concatenate([values, block])
        if not _reaches_ends(len(values), p):
            continue
        sample = _summary(values, seed, p)
        if sample.resolution <= wanted:
            break
    return sample


def _summary(values: Trials, seed: int, p: float) -> Sample:
    trials = len(values)
    if np.isnan(values).any():
        nan = math.nan
        return Sample(nan, nan, nan, nan, trials, seed, GENERATOR, nan)
    beyond = (1.0 - p) / 2.0
    rank = round(trials * beyond)
    spread = math.ceil(_RANK_DEVIATIONS * math.sqrt(trials * beyond * (1.0 - beyond)))
    ranks = [rank - spread, rank, rank + spread]
    ranks += [trials - 1 - each for each in reversed(ranks)]
    ends = [float(each) for each in np.partition(values, ranks)[ranks]]
    with np.errstate(all="ignore"):
        mean, u = float(values.mean()), float(values.std(ddof=1))
        gaps = [abs(ends[i + 1] - ends[i]) for i in (0, 1, 3, 4)]
    return Sample(mean, u, ends[1], ends[4], trials, seed, GENERATOR, max(gaps))


def _half_digit(u: float) -> float:
    """Half a unit of the last digit of u, written with one significant digit."""
    if not math.isfinite(u) or u == 0.0:
        return 0.0
    # The text is rounded first: 0.096 has its digit where 0.1 has.
    exponent = int(f"{u:.0e}".partition("e")[2])
    return 0.5 * 10.0**exponent


def _statement(
    sample: Sample, agrees: bool, linear: tuple[float, float], unit: str
) -> str:
    trials = f"{sample.trials:,}".replace(",", " ")
    run = f"Monte Carlo ({trials} trials, {sample.generator}, seed {sample.seed})"
    found = _interval(sample.low, sample.high, unit)
    if agrees:
        return f"{run} agrees: {found}"
    if not all(map(math.isfinite, linear)):
        return f"{run} gives {found}; the linear result has no finite interval"
    said = f"{found} instead of {_interval(*linear, unit)}"
    if linear[0] <= sample.low and sample.high <= linear[1]:
        return (
            f"{run} finds less than the linear U, which errs on the safe side: {said}"
        )
    return f"{run} disagrees with the linear result: {said}"


def _interval(low: float, high: float, unit: str) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no finite interval"
    width = high - low
    places = 2 - math.floor(math.log10(width)) if width > 0.0 else _MOST_PLACES + 1
    shown = f".{max(places, 0)}f" if places <= _MOST_PLACES else ".6g"
    return " to ".join(f"{end:{shown}} {unit}".rstrip() for end in (low, high))


def _symbol(unit: str) -> str:
    short = f"{ureg.Quantity(1.0, unit).units:~P}"
    return short.replace("ml", "mL").replace("µl", "µL")
