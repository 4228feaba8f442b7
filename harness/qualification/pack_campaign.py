"""What a campaign shows, as parts of a qualification: folded from its lines alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from harness.judging import RunState, Verdict
from harness.qualification.bounds import CONFIDENCE
from harness.qualification.healthy import (
    MOST_UNDECIDED,
    PROMISED,
    WELL_INSIDE,
    HealthySet,
)
from harness.qualification.matrix import Fate, Matrix, Row, Sought, matrix
from harness.qualification.oracles import Detection, Level, detection
from harness.qualification.outcome import RESULTS, JobKind, Judged, RunOutcome
from harness.qualification.pack import Check, Expected, Grade, Part, Subject
from harness.qualification.pack_runs import CAMPAIGN, Campaign

FEWEST_HEALTHY: Final = 300
"""Of pumps within what is allowed: none failing bounds the rate below 1 %."""
MOST_FALSE: Final = 0.01
"""The largest bound on the rate of false failures."""
FEWEST_ON_WIRE: Final = 10
"""Of defects that must have the same verdicts over the wire."""
WITHIN: Final = "allowed"
"""Group of the healthy pumps whose error is at most the limit less 2 U."""
NEAR: Final = "near-the-limit"
"""Group of those between that and the limit."""
_WIRE: Final = "wire"
_SECONDS_PER_HOUR: Final = 3600.0


def parts(campaigns: Sequence[Campaign], expected: Expected) -> tuple[Part, ...]:
    """Judge campaigns together.

    Args:
        campaigns: what was run.
        expected: what must have been.
    """
    outcomes = [each for campaign in campaigns for each in campaign.outcomes]
    here = [e for e in outcomes if e.fidelity != _WIRE]
    found = _matrix(campaigns, here, expected)
    by_subject: dict[Subject, Iterator[Check]] = {
        Subject.CAMPAIGN: _provenances(campaigns, expected),
        Subject.KILLS: map(_kill, found.rows),
        Subject.HEALTHY: _healthy(_group(campaigns, WITHIN), _group(campaigns, NEAR)),
        Subject.DECIDED: _decided(_group(campaigns, WITHIN)),
        Subject.ORACLES: _oracles(found, expected),
        Subject.BENCH_FAULTS: _bench_faults(here, expected),
        Subject.WIRE: _wire(outcomes),
    }
    return tuple(Part(name, tuple(checks)) for name, checks in by_subject.items())


def _matrix(
    campaigns: Sequence[Campaign], outcomes: Sequence[RunOutcome], expected: Expected
) -> Matrix:
    """Put defects and runs together; of several runs of a defect the worst counts."""
    named = {each.id: each.requirement for each in expected.defects}
    own = {
        name: requirement
        for campaign in campaigns
        for name, requirement in campaign.sought.items()
        if name not in named
    }
    sought = [Sought(name, "of your own", "", own[name]) for name in own]
    must_fail = {**own, **named}

    def is_killed(run: RunOutcome) -> bool:
        wanted = must_fail.get(run.seeded[0])
        return any(each.requirement == wanted for each in run.failed)

    runs = [e for e in outcomes if e.kind is JobKind.DEFECT and e.seeded]
    runs.sort(key=is_killed, reverse=True)
    return matrix((*expected.defects, *sought), runs)


def _group(campaigns: Sequence[Campaign], name: str) -> HealthySet:
    """Put healthy pumps together; each counts once, by the worst of its runs."""
    runs = [run for campaign in campaigns for run in campaign.group(name).runs]
    runs.sort(key=lambda run: (bool(run.failed), run.state is not RunState.COMPLETE))
    return HealthySet(name, tuple({each.job: each for each in runs}.values()))


def _provenances(campaigns: Sequence[Campaign], expected: Expected) -> Iterator[Check]:
    for each in campaigns:
        yield from _provenance(each, expected)


def _provenance(campaign: Campaign, expected: Expected) -> Iterator[Check]:
    name, how = campaign.name, f"{campaign.name}/{CAMPAIGN}"
    others = [
        key
        for key, value in expected.software.items()
        if campaign.software.get(key) != value
    ]
    yield Check(
        f"{name}: the tool that ran it",
        f"source {str(expected.software['sha256'])[:16]}, and the same libraries",
        f"others: {', '.join(others)}; run it again" if others else "the same",
        how,
        _grade(not others),
    )
    yield _of_plan(campaign, expected)
    jobs = set(campaign.groups)
    ended = {each.job for each in campaign.outcomes}
    yield Check(
        f"{name}: its runs",
        f"each of {len(jobs)} ended, no others",
        f"{len(jobs & ended)} ended, {len(ended - jobs)} others",
        f"{name}/{RESULTS}",
        _grade(jobs == ended),
    )


def _of_plan(campaign: Campaign, expected: Expected) -> Check:
    """Compare the plan; faults of the bench are tried on one that they can touch."""
    is_of_faults = campaign.kinds == {JobKind.BENCH_FAULT}
    wanted = expected.plan_of_faults if is_of_faults else expected.plan
    is_same = campaign.files == wanted and not campaign.cases
    selected = f", {campaign.cases} of its cases alone" if campaign.cases else ""
    return Check(
        f"{campaign.name}: the plan",
        "its files, profiles and benches as they are here, all its cases",
        f"{campaign.plan}: {'the same' if is_same else f'others{selected}'}",
        f"{campaign.name}/{CAMPAIGN}",
        _grade(is_same),
    )


def _kill(row: Row) -> Check:
    sought = row.sought
    if row.run is None:
        found = "not run"
    elif row.fate is Fate.KILLED:
        first = row.killers[0]
        after = f"{first.bench_s / _SECONDS_PER_HOUR:.2f} h on the bench"
        margin = row.margin_in_u
        clear = "" if margin is None else f", {margin:.1f} U beyond the limit"
        found = f"killed by {first.case} after {after}{clear}"
    else:
        others = ", ".join(dict.fromkeys(e.requirement for e in row.others))
        where = f" by {others}" if others else ""
        trouble = f" ({row.run.trouble})" if row.run.trouble else ""
        found = f"{row.fate}{where}, run {row.run.state.name}{trouble}"
    job = "" if row.run is None else f"job {row.run.job}"
    grade = _grade(row.fate is Fate.KILLED, is_there=row.run is not None)
    what = f"{sought.id} {sought.title}"
    return Check(what, f"FAIL of {sought.requirement}", found, job, grade)


def _healthy(within: HealthySet, near: HealthySet) -> Iterator[Check]:
    n, failed = len(within.runs), within.failed
    yield Check(
        "pumps with an error of at most the limit less 2 U",
        f"at least {FEWEST_HEALTHY}, none with a FAIL",
        f"{n} pumps, {len(failed)} with a FAIL"
        + (f" ({failed[0].job} first)" if failed else ""),
        RESULTS,
        _grade(n >= FEWEST_HEALTHY and not failed, is_there=n > 0),
    )
    if n:
        yield Check(
            f"upper bound of the rate of false failures, {CONFIDENCE:.0%} confidence",
            f"below {MOST_FALSE:.1%}",
            f"{within.upper_bound:.3%}",
            "Clopper and Pearson (1934)",
            _grade(within.upper_bound < MOST_FALSE),
        )
    yield Check(
        "pumps from there up to the limit",
        f"values near a limit: at most {PROMISED:.1%} FAIL, as the decision rule"
        " promises; nothing else",
        f"{len(near.runs)} pumps, {len(near.near_failed)} of {len(near.near)} values,"
        f" {len(near.facts_failed)} others",
        RESULTS,
        _grade(near.keeps_promise, is_there=bool(near.runs)),
    )
    broken = (*within.broken, *near.broken)
    yield Check(
        "runs of healthy pumps that did not end as they should",
        "none",
        f"{len(broken)}"
        + (f" ({broken[0].job}: {broken[0].trouble})" if broken else ""),
        RESULTS,
        _grade(not broken, is_there=n > 0),
    )


def _decided(within: HealthySet) -> Iterator[Check]:
    yield Check(
        f"INCONCLUSIVE among values below {WELL_INSIDE:.0%} of their limit",
        f"at most {MOST_UNDECIDED:.0%}",
        f"{len(within.undecided)} of {len(within.well_inside)}"
        f" ({within.undecided_share:.2%})",
        RESULTS,
        _grade(within.is_decisive, is_there=bool(within.well_inside)),
    )
    nothing = within.unanswered
    yield Check(
        "requirements of a case that are INCONCLUSIVE without a value",
        f"none in more than {MOST_UNDECIDED:.0%} of its runs",
        f"{len(nothing)}" + (f" ({nothing[0]} first)" if nothing else ""),
        RESULTS,
        _grade(not nothing, is_there=bool(within.counted)),
    )


def _oracles(found: Matrix, expected: Expected) -> Iterator[Check]:
    is_there = any(row.run is not None for row in found.rows) and bool(
        expected.channels
    )
    for each in detection(found, expected.channels, expected.steady):
        is_full = each.level is Level.FULL
        yield Check(
            each.level,
            "every defect" if is_full else "for comparison",
            _detected(each),
            "register of the plan, key channels",
            _grade(not is_full or len(each.found) == each.of, is_there=is_there),
        )


def _detected(each: Detection) -> str:
    return f"{len(each.found)} of {each.of} ({each.share:.0%})"


def _bench_faults(
    outcomes: Sequence[RunOutcome], expected: Expected
) -> Iterator[Check]:
    of_bench = [e for e in outcomes if e.kind is JobKind.BENCH_FAULT]
    for fault, title in sorted(expected.bench_faults.items()):
        runs = [each for each in of_bench if each.job == fault]
        yield Check(
            f"{fault} {title}",
            "a bench fault or INCONCLUSIVE, no FAIL of the pump, and no PASS of what"
            " the case is about",
            "; ".join(map(_end, runs)) or "not run",
            RESULTS,
            _grade(all(map(_is_of_bench, runs)), is_there=bool(runs)),
        )
    within = [e for e in of_bench if e.job not in expected.bench_faults]
    wrong = [each for each in within if each.failed or each.shows_nothing]
    yield Check(
        "faults within U",
        "no FAIL of the pump, and no run that shows nothing",
        "; ".join(map(_end, wrong)) or "none",
        RESULTS,
        _grade(not wrong, is_there=bool(of_bench)),
    )


def _end(run: RunOutcome) -> str:
    failed = "".join(f", FAIL of {each.requirement}" for each in run.failed[:1])
    passed = "".join(f", PASS of {each.requirement}" for each in _unnoticed(run)[:1])
    return f"{run.job}: run {run.state.name}{failed}{passed}"


def _is_of_bench(run: RunOutcome) -> bool:
    """Tell whether a run leaves it open what the pump did, and says that of itself."""
    if run.failed or _unnoticed(run):
        return False
    is_open = any(each.verdict is Verdict.INCONCLUSIVE for each in run.judged)
    ended = run.state is RunState.BENCH_FAULT
    return ended or (is_open and run.state is RunState.COMPLETE)


def _unnoticed(run: RunOutcome) -> list[Judged]:
    """Return what passed of the requirements that the ids of the cases name."""
    return [
        each
        for each in run.judged
        if each.verdict is Verdict.PASS
        and each.requirement == each.case.partition("/")[0]
    ]


def _wire(outcomes: Sequence[RunOutcome]) -> Iterator[Check]:
    def same(run: RunOutcome) -> tuple[object, ...]:
        return run.kind, run.seeded, run.profile, run.seed

    here = {same(e): e for e in outcomes if e.fidelity != _WIRE}
    pairs = [(e, here.get(same(e))) for e in outcomes if e.fidelity == _WIRE]
    for there, one in pairs:
        hashed = "not run" if one is None else one.verdict_hash[:16]
        yield Check(
            ", ".join(there.seeded) or there.job,
            f"the verdicts of one process: {hashed}",
            f"{there.verdict_hash[:16]}",
            f"job {there.job}",
            _grade(
                one is not None
                and (one.verdict_hash, one.state) == (there.verdict_hash, there.state),
                is_there=one is not None
                and bool(there.judged)
                and not there.shows_nothing,
            ),
        )
    defects = {there.seeded for there, _ in pairs if there.kind is JobKind.DEFECT}
    yield Check(
        "defects over the wire",
        f"at least {FEWEST_ON_WIRE}",
        f"{len(defects)}",
        RESULTS,
        _grade(len(defects) >= FEWEST_ON_WIRE, is_there=bool(defects)),
    )


def _grade(holds: bool, *, is_there: bool = True) -> Grade:
    if not is_there:
        return Grade.MISSING
    return Grade.PASSED if holds else Grade.FAILED
