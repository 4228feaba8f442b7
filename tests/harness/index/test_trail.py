"""From a record back to what it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.evidence import reader
from harness.evidence.records import Kind, Record
from harness.index.trail import exchanges, trail
from tests.harness.render import sample_run
from tests.harness.render.sample_run import NS_PER_S, Writer, measured

LOW, *_ = sample_run.CASES
FLOW = "ITB-FLOW-001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with ten balance readings, its second attempt with ten others."""
    written = Writer(tmp_path_factory.mktemp("run"))
    written.begin(cases=[LOW])
    written.instrument("balance", "XPR205", "B1", "2026-08-31")
    for attempt in (1, 2):
        written.begin_case(LOW, attempt)
        start_ns = written.clock.now_ns()
        for number in range(10):
            written.wait(1.0)
            for port in ("balance", "pump"):
                said = f"{attempt}.{number} {port}\r\n".encode()
                now_ns = written.clock.now_ns()
                written.recorder.exchange(port, now_ns, b"?", now_ns, said)
        value = measured(1.0, 0.1, instrument="balance").to_json()
        value |= {"t_start_ns": start_ns + 3 * NS_PER_S}
        value |= {"t_end_ns": start_ns + 7 * NS_PER_S}
        limit, _ = written.limits[FLOW]
        seq = written.record(
            Kind.MEASUREMENT, case=LOW, name=FLOW, monte_carlo=None, **value
        )
        written.record(
            Kind.VERDICT,
            case=LOW,
            requirement=FLOW,
            verdict="PASS",
            statement="inside",
            zone="pass",
            margin=9.0,
            expanded_u=0.2,
            k=2.0,
            p_c=1.0,
            unit="percent",
            evidence=[limit, seq],
            settled=False,
        )
        written.end_case(LOW, "PASS", "judged")
    written.end()
    return written.folder


def records(folder: Path, kind: Kind) -> list[Record]:
    return [each for each in reader.read(folder) if each.kind is kind]


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_verdict_leads_to_the_readings_of_its_own_attempt(
    folder: Path, attempt: int
) -> None:
    verdict = records(folder, Kind.VERDICT)[attempt - 1]

    found = trail(folder, verdict.seq)
    assert found.asked.record == verdict
    assert (found.asked.case, found.asked.attempt) == (LOW, attempt)
    kinds = [each.record.kind for each in found.rests_on]
    assert kinds == [Kind.MEASUREMENT, Kind.LIMIT]
    assert found.measurement is not None
    assert found.measurement.value == 1.0
    said = [
        bytes.fromhex(str(record.fields["received"])).decode()
        for _, record in exchanges(folder, found.stretches)
    ]
    # The readings at 3, 4, ... 7 s, which are the third to the seventh.
    assert said == [f"{attempt}.{number} balance\r\n" for number in range(2, 7)]


def test_the_end_of_a_case_leads_to_its_verdicts(folder: Path) -> None:
    (_, second) = records(folder, Kind.CASE_END)

    found = trail(folder, second.seq)
    verdicts = [e for e in found.rests_on if e.record.kind is Kind.VERDICT]
    assert [each.attempt for each in verdicts] == [2]


def test_an_exchange_is_shown_itself(folder: Path) -> None:
    exchange = records(folder, Kind.EXCHANGE)[3]

    found = trail(folder, exchange.seq)
    assert found.asked.record == exchange
    assert found.rests_on == ()
    assert found.stretches == ()


def test_a_broken_journal_shows_what_stands_before(
    folder: Path, tmp_path: Path
) -> None:
    whole = (folder / "journal-0001.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    (verdict, after) = records(folder, Kind.VERDICT)
    lines[after.seq - 2] = lines[after.seq - 2].replace(b"1.0", b"2.0", 1)
    (tmp_path / "journal-0001.jsonl").write_bytes(b"".join(lines))

    found = trail(tmp_path, verdict.seq)
    assert found.broken is not None
    assert found.broken.line == after.seq - 1
    assert found.measurement is not None
    with pytest.raises(ConfigurationError, match=f"only 1 to {after.seq - 2}; .*hash"):
        trail(tmp_path, after.seq)


@pytest.mark.parametrize("seq", [0, -1, 10_000])
def test_a_record_that_is_not_there(folder: Path, seq: int) -> None:
    with pytest.raises(ConfigurationError, match=f"there is no record {seq}, only 1"):
        trail(folder, seq)


def test_a_folder_without_a_journal(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="give the folder of a run"):
        trail(tmp_path, 1)


def test_a_withdrawn_verdict_says_so(tmp_path: Path) -> None:
    written = Writer(tmp_path)
    written.begin(cases=[LOW])
    written.begin_case(LOW)
    seq = written.judge(LOW, FLOW, measured(1.0, 0.1))
    void = written.record(Kind.VOID, records=[seq], reason="a loose tube")
    written.end()

    assert trail(tmp_path, seq).withdrawn == "a loose tube"
    assert next(e.record.seq for e in trail(tmp_path, void).rests_on) == seq
