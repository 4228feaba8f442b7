from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.evidence.chain import file_name
from harness.evidence.reader import Broken, Integrity
from harness.evidence.records import JsonValue, Kind
from harness.judging import RunState, Verdict
from harness.render.run_fold import RunFold, of_journal
from harness.render.run_record import RunRecord
from tests.harness.render.sample_run import EPOCH_NS, NS_PER_S, Writer, measured, write

LOW, MIDDLE, MAGNET, DAY = (
    "ITB-FLOW-001/low",
    "ITB-FLOW-001/middle",
    "ITB-STL-001/magnet",
    "ITB-ALM-001/healthy-day",
)
WHOLE = Integrity(records=9, complete=True, torn_tail=False, broken=None, head="0" * 64)


def one_case(folder: Path, act: Callable[[Writer], object]) -> RunRecord:
    """A run of the magnet case alone, in which ``act`` happens."""
    run = Writer(folder)
    run.begin(cases=[MAGNET])
    act(run)
    run.cut_off()
    return of_journal(folder)


def passing(run: Writer) -> int:
    run.begin_case(MAGNET)
    seq = run.judge(MAGNET, "ITB-STL-001", measured(5.0, 0.05, "minute"))
    run.end_case(MAGNET, "PASS", "inside")
    return seq


def test_the_sample_tells_its_verdicts(tmp_path: Path) -> None:
    run = of_journal(write(tmp_path))

    assert {case.id: case.verdict for case in run.cases} == {
        LOW: Verdict.PASS,
        MIDDLE: Verdict.INCONCLUSIVE,
        MAGNET: Verdict.FAIL,
        DAY: Verdict.PASS,
    }
    assert run.verdict is Verdict.FAIL
    assert run.state is RunState.COMPLETE
    assert run.is_complete


def test_a_case_keeps_what_happened_in_it(tmp_path: Path) -> None:
    low, _, magnet, day = of_journal(write(tmp_path)).cases

    assert (low.t_begin_ns, low.t_end_ns) == (EPOCH_NS, EPOCH_NS + 172_800 * NS_PER_S)
    assert [series.name for series in low.series][:2] == ["delivered", "programmed"]
    assert len(low.series[0].points) == 600
    assert low.retries == 1
    assert [event.kind for event in magnet.events] == [
        Kind.STIMULUS,
        Kind.ALARM,
        Kind.STIMULUS,
    ]
    assert magnet.events[1].t_ns - magnet.events[0].t_ns == 1860 * NS_PER_S
    assert "raised MOTOR_STALL" in magnet.events[1].text
    flow, fact = day.verdicts
    limit, value = day.limit_of(flow), day.measurement_of(flow)
    assert limit is not None
    assert value is not None
    assert (limit.lower, limit.upper, limit.unit) == (-10.0, 10.0, "percent")
    assert value.value == pytest.approx(-2.4)
    assert value.budget[0].name == "calibration"
    assert day.limit_of(fact) is None
    assert day.measurement_of(fact) is None


def test_the_header_is_read_whole(tmp_path: Path) -> None:
    read = of_journal(write(tmp_path)).header

    assert read.plan.name == "plan.toml"
    assert read.plan.details["title"] == "Implanted intrathecal pump: first slice"
    assert len(read.profile.sha256) == 64
    assert read.absent == {"schedule": "this model has no schedules"}
    assert read.conditions["fluid"] == "water"
    assert read.seed == 1
    assert read.is_simulated
    assert not read.partial


def test_void_turns_a_pass_inconclusive_wherever_it_comes(tmp_path: Path) -> None:
    def act(run: Writer) -> None:
        seq = passing(run)
        run.record(Kind.VOID, records=[seq], reason="the balance had drifted")
        run.end()

    run = one_case(tmp_path, act)

    (verdict,) = run.cases[0].verdicts
    assert verdict.recorded is Verdict.PASS
    assert verdict.void == "the balance had drifted"
    assert verdict.verdict is Verdict.INCONCLUSIVE
    assert run.cases[0].verdict is Verdict.INCONCLUSIVE
    assert run.verdict is Verdict.INCONCLUSIVE


def test_void_takes_a_fail_back_but_no_other_verdict(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[LOW])
    run.begin_case(LOW)
    wrong = run.judge(LOW, "ITB-FLOW-001", measured(15.0, 0.4))
    run.judge(LOW, "ITB-CNT-001", measured(0.0, 0.01))
    run.end_case(LOW, "FAIL", "outside")
    run.record(Kind.VOID, records=[wrong], reason="the balance had drifted")
    run.end()
    record = of_journal(tmp_path)

    assert record.verdict is Verdict.INCONCLUSIVE
    assert record.cases[0].verdict_on("ITB-FLOW-001") is Verdict.INCONCLUSIVE
    assert record.cases[0].verdict_on("ITB-CNT-001") is Verdict.PASS


def test_a_claim_without_a_verdict_cannot_pass(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[LOW])
    run.begin_case(LOW)
    run.judge(LOW, "ITB-FLOW-001", measured(1.0, 0.4))
    run.end_case(LOW, "PASS", "a tool error")
    run.end()
    record = of_journal(tmp_path)

    assert record.cases[0].verdict is Verdict.INCONCLUSIVE
    assert record.cases[0].verdict_on("ITB-CNT-001") is Verdict.INCONCLUSIVE


def test_a_verdict_of_the_end_record_cannot_be_better_than_the_others(
    tmp_path: Path,
) -> None:
    def act(run: Writer) -> None:
        run.begin_case(MAGNET)
        run.judge(MAGNET, "ITB-STL-001", measured(31.0, 0.05, "minute"))
        run.end_case(MAGNET, "PASS", "a tool error")
        run.end()

    assert one_case(tmp_path, act).verdict is Verdict.FAIL


def test_a_run_that_was_cut_off_is_at_best_inconclusive(tmp_path: Path) -> None:
    run = one_case(tmp_path, passing)

    assert run.cases[0].verdict is Verdict.PASS
    assert run.verdict is Verdict.INCONCLUSIVE
    assert run.state is RunState.ABORTED
    assert not run.is_complete


def test_a_case_that_was_cut_off_cannot_pass(tmp_path: Path) -> None:
    def act(run: Writer) -> None:
        run.begin_case(MAGNET)
        run.judge(MAGNET, "ITB-STL-001", measured(5.0, 0.05, "minute"))

    assert one_case(tmp_path, act).cases[0].verdict is Verdict.INCONCLUSIVE


def test_a_planned_case_that_never_began_is_listed(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[MAGNET, DAY])
    passing(run)
    run.end()
    record = of_journal(tmp_path)

    assert [case.id for case in record.cases] == [MAGNET, DAY]
    assert record.cases[1].verdict is Verdict.NOT_RUN
    assert record.verdict is Verdict.INCONCLUSIVE


def test_a_run_without_a_case_proves_nothing(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[])
    run.end()

    assert of_journal(tmp_path).verdict is Verdict.INCONCLUSIVE


def test_a_fault_weighs_more_than_the_end_record(tmp_path: Path) -> None:
    def act(run: Writer) -> None:
        passing(run)
        run.record(Kind.FAULT, state="BENCH_FAULT", error="PortFault", reason="gone")
        run.end("COMPLETE")

    run = one_case(tmp_path, act)

    assert run.state is RunState.BENCH_FAULT
    assert run.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("changes", "simulated", "partial"),
    [
        ({"fidelity": "hardware", "seed": None}, False, False),
        ({"fidelity": "wire"}, True, False),
        ({"fidelity": "hardware", "partial": True}, False, True),
        ({"fidelity": "hardware", "not_selected": [DAY]}, False, True),
    ],
)
def test_the_header_says_what_restricts_a_run(
    tmp_path: Path, changes: dict[str, JsonValue], simulated: bool, partial: bool
) -> None:
    run = Writer(tmp_path)
    run.begin(**changes)
    run.end()
    read = of_journal(tmp_path).header

    assert (read.is_simulated, bool(read.partial)) == (simulated, partial)


def test_an_altered_journal_is_folded_up_to_the_fault(tmp_path: Path) -> None:
    write(tmp_path)
    file = tmp_path / file_name(1)
    file.write_bytes(file.read_bytes().replace(b'"value":31.', b'"value":11.'))

    run = of_journal(tmp_path)

    assert run.integrity.broken is not None
    assert not run.is_complete
    assert [case.verdict for case in run.cases] == [
        Verdict.PASS,
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
        Verdict.NOT_RUN,
    ]


def test_a_sealed_record_that_makes_no_sense_breaks_the_journal(tmp_path: Path) -> None:
    def act(run: Writer) -> None:
        passing(run)
        run.end_case(MAGNET, "SPLENDID", "no such verdict")

    run = one_case(tmp_path, act)

    assert run.integrity.broken is not None
    assert "'SPLENDID' is no verdict" in str(run.integrity.broken)
    assert run.verdict is Verdict.INCONCLUSIVE


def test_without_a_header_there_is_no_run(tmp_path: Path) -> None:
    Writer(tmp_path).end()

    with pytest.raises(Broken, match="the first record, and no other"):
        of_journal(tmp_path)


def test_a_fold_without_a_header_has_no_result() -> None:
    with pytest.raises(ValueError, match="header"):
        RunFold().result(WHOLE)


def test_a_second_header_breaks_the_journal(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.begin(seed=7)
    writer.begin(seed=8)
    writer.end()
    run = of_journal(tmp_path)

    assert run.header.seed == 7
    assert "the first record, and no other" in str(run.integrity.broken)


def test_numbers_that_json_lacks_come_back(tmp_path: Path) -> None:
    def act(run: Writer) -> None:
        run.begin_case(MAGNET)
        endless = replace(measured(5.0, 0.05, "minute"), dof=0.5)
        run.judge(MAGNET, "ITB-STL-001", endless)
        run.end_case(MAGNET, "INCONCLUSIVE", "unusable")
        run.end()

    (case,) = one_case(tmp_path, act).cases

    assert case.measurements[0].expanded_u == float("inf")
    assert case.verdict is Verdict.INCONCLUSIVE
