"""Which verdicts rest on an instrument."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.records import Kind
from harness.index import entry
from harness.index.affected import Rests, affected, matches
from harness.index.entry import Entry
from harness.render.bench_record import InstrumentRecord
from tests.harness.render import sample_run
from tests.harness.render.sample_run import EPOCH_NS, Writer, measured

LOW, _, MAGNET, _ = sample_run.CASES
FLOW, COUNT, STALL = "ITB-FLOW-001", "ITB-CNT-001", "ITB-STL-001"
DAY_S = 86_400.0
DAY_NS = 86_400_000_000_000
BALANCE = InstrumentRecord(
    "balance", "XPR205", "B1", "2.1.0", "2026-08-31", certificate="C-2026-7"
)


def run(folder: Path, day: int, balance: str = "B1") -> Entry:
    """One run of an hour on a day, with a measured value, a fact, and a settled one."""
    written = Writer(folder)
    written.begin(cases=[LOW, MAGNET])
    written.wait(day * DAY_S)
    written.instrument("pump", "RP-40", "P1")
    written.record(
        Kind.INSTRUMENT,
        role="balance",
        model="XPR205",
        serial=balance,
        firmware="2.1.0",
        calibration_due="2026-08-31",
        certificate="C-2026-7",
    )
    written.begin_case(LOW)
    written.wait(1800.0)
    now_ns = written.clock.now_ns()
    for requirement, instrument in ((FLOW, "balance and bench clock"), (COUNT, "pump")):
        value = measured(0.02, 0.004, instrument=instrument)
        at = {"t_start_ns": now_ns, "t_end_ns": now_ns}
        judged = {**value.to_json(), **at}
        limit, _ = written.limits[requirement]
        seq = written.record(
            Kind.MEASUREMENT, case=LOW, name=requirement, monte_carlo=None, **judged
        )
        verdict(written, LOW, requirement, [limit, seq])
    written.end_case(LOW, "PASS", "judged")
    written.begin_case(MAGNET)
    written.wait(1800.0)
    verdict(written, MAGNET, STALL, [])
    verdict(written, MAGNET, FLOW, [], settled=True)
    written.end_case(MAGNET, "PASS", "judged")
    written.end()
    return entry.read(folder)


def verdict(
    written: Writer,
    case: str,
    requirement: str,
    evidence: list[int],
    *,
    settled: bool = False,
) -> None:
    written.record(
        Kind.VERDICT,
        case=case,
        requirement=requirement,
        verdict="PASS",
        statement="because",
        zone=None,
        margin=None,
        expanded_u=None,
        k=None,
        p_c=None,
        unit="",
        evidence=list(evidence),
        settled=settled,
    )


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    home = tmp_path_factory.mktemp("runs")
    runs = {"january-9": (9, "B1"), "january-10": (10, "B1"), "other": (11, "B2")}
    # The first of January is day 0.
    return [run(home / n, day - 1, balance) for n, (day, balance) in runs.items()]


@pytest.mark.parametrize(
    ("since", "until", "runs"),
    [
        (0, None, ["january-9", "january-10"]),
        (8, None, ["january-9", "january-10"]),
        (9, None, ["january-10"]),
        (10, None, []),
        (8, 9, ["january-9"]),
        (0, 8, []),
    ],
)
def test_the_days_limit_it(
    entries: list[Entry], since: int, until: int | None, runs: list[str]
) -> None:
    until_ns = None if until is None else EPOCH_NS + until * DAY_NS
    found = affected(entries, "B1", EPOCH_NS + since * DAY_NS, until_ns)

    assert list(dict.fromkeys(each.run for each in found)) == runs


def test_direct_and_by_way_of_the_run(entries: list[Entry]) -> None:
    found = affected(entries[:1], "balance:B1", EPOCH_NS)

    assert [(each.row.requirement, each.rests) for each in found] == [
        (FLOW, Rests.DIRECTLY),
        (COUNT, Rests.BY_RUN),
        (STALL, Rests.BY_RUN),
    ]


def test_a_blank_after_the_end_still_counts(entries: list[Entry]) -> None:
    row = entries[0].rows[0]
    assert row.t_end_ns is not None
    assert row.case_end_ns is not None

    (found, *_) = affected(entries[:1], "B1", row.case_end_ns)
    assert found.row == row
    assert row not in [
        each.row for each in affected(entries[:1], "B1", row.case_end_ns + 1)
    ]


@pytest.mark.parametrize(
    ("wanted", "right"),
    [
        ("B1", True),
        ("C-2026-7", True),
        ("balance:B1", True),
        ("pump:B1", False),
        ("B", False),
        ("", False),
    ],
)
def test_how_an_instrument_is_named(wanted: str, right: bool) -> None:
    assert matches(BALANCE, wanted) is right


def test_an_instrument_that_met_twice_lists_its_verdicts_once(
    entries: list[Entry],
) -> None:
    (first, *_) = entries
    twice = Entry(first.summary, (*first.instruments, *first.instruments), first.rows)

    assert len(affected([twice], "B1", EPOCH_NS)) == 3
