"""``python -m benchmarks.characteristic``: how verdicts change as a pump gets worse.

Whole runs on the simulated bench, driver, wire and journal included: units whose true
flow error goes from -20 % to +20 % are verified at the lowest rate. What was measured
is judged by the plan's rule, and again by the other rules. Beside each count stands
what the rule promises. Writes a page and a picture into ``docs/reference``.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from matplotlib.figure import Figure
from scipy.special import bdtrc

from harness.evidence.records import Kind
from harness.judging import (
    DecisionRule,
    Limit,
    Verdict,
    guard_band,
    simple_acceptance,
    specific_risk,
)
from harness.judging.conformity import acceptance_probability
from harness.metrology.budget import Estimate
from harness.metrology.measurement import from_estimate
from harness.render import plot_style
from harness.units import FRACTION, ureg
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import REFERENCE_40

CASE: Final = "ITB-FLOW-001/low"
REQUIREMENT: Final = "ITB-FLOW-001"
REFERENCE: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
PAGE: Final = REFERENCE / "operating-characteristic.md"
PICTURE: Final = REFERENCE / "operating-characteristic.svg"
_LIMIT: Final = 10.0
# Wrong decisions that one rule may make at one true error.
_MOST_WRONG: Final = 0.025
# A count that is less probable than this under the promise breaks the promise.
_SIGNIFICANT: Final = 1e-3
_OTHER_RULES: Final[Mapping[str, DecisionRule]] = MappingProxyType(
    {
        "simple acceptance": simple_acceptance(),
        "guard band, binary": guard_band(binary=True),
        "guard band, w = 0.83 U": guard_band(0.83),
        "specific risk 2.5 %": specific_risk(_MOST_WRONG),
    }
)
_VERDICTS: Final = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)
_SIZE_INCH: Final = (7.2, 3.4)


@dataclass(frozen=True, slots=True)
class Judged:
    """One simulated run: the true error, what was measured of it, and the verdict."""

    true_percent: float
    value: float
    u: float
    dof: float
    verdict: Verdict


def errors_percent() -> list[float]:
    """The true errors: every per cent, and half per cents round the limit."""
    near = [half / 2.0 for half in range(14, 27)]
    return sorted({*range(-20, 21), *near, *(-each for each in near)})


def run_all(errors: Sequence[float], seeds: int, folder: Path) -> list[Judged]:
    """Verify one unit for each error and seed."""
    judged: list[Judged] = []
    with campaign.processes() as pool:
        waiting: list[tuple[float, Future[Outcome]]] = [
            (
                error,
                pool.submit(
                    campaign.verify,
                    folder / f"{error:+g}-{seed}",
                    REFERENCE_40,
                    [CASE],
                    [("pump", {"flow_error": f"{error} %"})],
                    seed,
                ),
            )
            for error in errors
            for seed in range(1, seeds + 1)
        ]
        for number, (error, run) in enumerate(waiting, 1):
            judged.append(_judged(error, run.result()))
            print(f"\r{number} of {len(waiting)} runs", end="", file=sys.stderr)
    print(file=sys.stderr)
    return judged


def _judged(error: float, outcome: Outcome) -> Judged:
    verdict = outcome.verdicts[CASE, REQUIREMENT]
    fields = next(
        record.fields
        for record in reversed(outcome.of(Kind.MEASUREMENT))
        if record.fields["name"] == REQUIREMENT
    )
    value, u, dof = (float(str(fields[name])) for name in ("value", "u", "dof"))
    return Judged(error, value, u, dof, verdict)


def by_rule(each: Judged, rule: DecisionRule) -> Verdict:
    """Judge what a run measured by another rule."""
    limit = Limit(
        requirement=REQUIREMENT,
        lower=ureg.Quantity(-_LIMIT, FRACTION),
        upper=ureg.Quantity(_LIMIT, FRACTION),
        rule=rule,
        unit=FRACTION,
        source="operating characteristic",
    )
    estimate = Estimate(each.value, each.u, each.dof, ())
    return limit.judge(from_estimate(estimate, FRACTION, "balance", 0, 0)).verdict


def broken_promises(
    judged: Iterable[Judged], by: Mapping[Judged, Verdict]
) -> list[str]:
    """Say where wrong decisions are more frequent than the rule allows.

    Source: binomial test of each true error, one-sided.
    """
    runs: Counter[float] = Counter()
    wrong: Counter[float] = Counter()
    for each in judged:
        is_good = abs(each.true_percent) <= _LIMIT
        runs[each.true_percent] += 1
        wrong[each.true_percent] += by[each] is (
            Verdict.FAIL if is_good else Verdict.PASS
        )
    return [
        f"at {error:+g} %: {wrong[error]} of {count} decided wrongly"
        for error, count in sorted(runs.items())
        if wrong[error] and bdtrc(wrong[error] - 1, count, _MOST_WRONG) < _SIGNIFICANT
    ]


def page(judged: Sequence[Judged], seeds: int) -> str:
    """The page for the documentation."""
    u = sum(each.u for each in judged) / len(judged)
    own = {each: each.verdict for each in judged}
    rules = {
        "the plan's: guard band, w = U": own,
        **{
            name: {each: by_rule(each, rule) for each in judged}
            for name, rule in _OTHER_RULES.items()
        },
    }
    broken = broken_promises(judged, own)
    good = [each for each in judged if abs(each.true_percent) <= _LIMIT]
    bad = [each for each in judged if abs(each.true_percent) > _LIMIT]
    wrong_pass = sum(own[each] is Verdict.PASS for each in bad)
    wrong_fail = sum(own[each] is Verdict.FAIL for each in good)
    lines = [
        "# Operating characteristic of the verdicts",
        "",
        "Written by `make characteristic`; do not edit.",
        "",
        f"{len(judged)} whole runs of the case {CASE} on the simulated bench: the"
        " lowest rate, 48 hours (96 where a second look was needed), the unit's true"
        f" flow error as given, {seeds} seeds each. The limit is ±{_LIMIT:g} %; the"
        f" mean standard uncertainty of the measured errors is {u:.2f} %.",
        "",
        "![Share of verdicts against the true error](operating-characteristic.svg)",
        "",
        f"- Of {len(bad)} units outside the limit, {wrong_pass} passed.",
        f"- Of {len(good)} units inside or at the limit, {wrong_fail} failed.",
        "- The rule lets each decision be wrong in at most"
        f" {100 * _MOST_WRONG:g} % of the runs of one unit: "
        + (
            "; ".join(broken)
            if broken
            else "no true error has significantly more (binomial test,"
            f" {_SIGNIFICANT:g})."
        ),
        "",
        "## By rule",
        "",
        "The same measurements, judged again. Wrong PASS: of units outside the limit;"
        " wrong FAIL: of units inside.",
        "",
        "| rule | wrong PASS | wrong FAIL | INCONCLUSIVE |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, by in rules.items():
        passed = sum(by[each] is Verdict.PASS for each in bad)
        failed = sum(by[each] is Verdict.FAIL for each in good)
        undecided = sum(by[each] is Verdict.INCONCLUSIVE for each in judged)
        lines.append(
            f"| {name} | {passed} of {len(bad)} | {failed} of {len(good)} |"
            f" {undecided} of {len(judged)} |"
        )
    lines += [
        "",
        "## By true error",
        "",
        "Promised is the probability of PASS in one look, for normal errors of the"
        " mean standard uncertainty. The bench's own errors are mostly smaller, and the"
        " second look, with its smaller U, adds decisions near the limit.",
        "",
        "| true error | PASS | INCONCLUSIVE | FAIL | PASS promised |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for error in sorted({each.true_percent for each in judged}):
        counts = Counter(own[each] for each in judged if each.true_percent == error)
        promised = acceptance_probability(error, u, -_LIMIT, _LIMIT, guard_band())
        shown = " | ".join(str(counts[verdict]) for verdict in _VERDICTS)
        lines.append(f"| {error:+g} % | {shown} | {100 * promised:.1f} % |")
    return "\n".join(lines) + "\n"


def picture(judged: Sequence[Judged]) -> str:
    """The share of each verdict against the true error, with what is promised."""
    errors = sorted({each.true_percent for each in judged})
    u = sum(each.u for each in judged) / len(judged)
    title = "Verdicts against the true flow error of the unit"
    colors = (plot_style.COUNTED, plot_style.FAINT, plot_style.PROGRAMMED)
    styles = ("-", ":", "--")
    with plot_style.style():
        figure = Figure(figsize=_SIZE_INCH, layout="constrained")
        axes = figure.add_subplot()
        for verdict, color, style in zip(_VERDICTS, colors, styles, strict=True):
            shares = []
            for error in errors:
                here = [each for each in judged if each.true_percent == error]
                among = sum(each.verdict is verdict for each in here)
                shares.append(100.0 * among / len(here))
            axes.plot(
                errors, shares, style, color=color, lw=1.6, marker=".", ms=4,
                label=f"{verdict.name}, observed",
            )  # fmt: skip
        fine = [x / 10.0 for x in range(-200, 201)]
        promised = [
            100.0 * acceptance_probability(x, u, -_LIMIT, _LIMIT, guard_band())
            for x in fine
        ]
        axes.plot(
            fine, promised, "-", color=plot_style.INK, lw=0.8, label="PASS, promised"
        )
        for bound in (-_LIMIT, _LIMIT):
            axes.axvline(bound, color=plot_style.FAINT, lw=0.8)
        axes.set_xlabel("true flow error of the unit (%)")
        axes.set_ylabel("share of runs (%)")
        axes.grid(visible=True, color=plot_style.FAINT, lw=0.3, alpha=0.5)
        figure.legend(loc="outside upper left", ncols=4)
        return plot_style.file_text(figure, title, f"{title}; limit ±{_LIMIT:g} %")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.characteristic", description=__doc__
    )
    parser.add_argument("--seeds", type=int, default=6, help="units an error")
    parser.add_argument(
        "--errors", type=float, nargs="+", metavar="PERCENT", help="only these"
    )
    options = parser.parse_args()
    errors = options.errors or errors_percent()
    with TemporaryDirectory() as folder:
        judged = run_all(errors, options.seeds, Path(folder))
    text = page(judged, options.seeds)
    if options.errors is not None:
        print(text)
        return
    PAGE.write_text(text, encoding="utf-8")
    PICTURE.write_text(picture(judged), encoding="utf-8")
    broken = broken_promises(judged, {each: each.verdict for each in judged})
    print(f"{PAGE.name} and {PICTURE.name} written from {len(judged)} runs")
    if broken:
        sys.exit("the rule's promise is broken: " + "; ".join(broken))


if __name__ == "__main__":
    main()
