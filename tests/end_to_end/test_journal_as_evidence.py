"""What an auditor can do with the journal alone, without believing the harness."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest
from iapws._iapws import _Liquid

from harness.evidence.records import Kind, Record
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import Weight
from protocols.pump_link.codec import PayloadError, message_of
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.messages import Message
from protocols.pump_link.replies import AlarmNotice, ProgramStaged, Status
from protocols.pump_link.requests import (
    Commit,
    CommitAt,
    RequestPatientBolus,
    SetClock,
    Stop,
    WriteBridge,
    WriteDrug,
    WritePatientBolus,
    WritePeriodic,
    WritePriming,
    WriteProgram,
    WriteRefill,
    WriteScheduleDay,
)
from tests.end_to_end import campaign
from tests.end_to_end.command import WITHOUT_PAGE, Journalled, Outcome
from tests.end_to_end.pumps import REFERENCE_40

BOLUS: Final = "ITB-BOL-001/single"
DATES: Final = "ITB-REF-003/3-weeks"
# Among them they send every dosing command and raise some alarms.
CASES: Final = (
    BOLUS,
    DATES,
    "ITB-FLOW-002/after-minimum-rate",
    "ITB-BOL-004/six",
    "ITB-BOL-007/refused",
    "ITB-BOL-012/resent",
    "ITB-SCH-006/on-and-back",
    "ITB-SCH-007/days-out-of-order",
    "ITB-PRM-001/short-catheter",
    "ITB-BRG-001/lower-rate",
    "ITB-DLY-001/running-before",
    "ITB-LNK-001/programme",
    "ITB-LNK-002/never-confirmed",
    "ITB-LOW-003/highest-rate",
    "ITB-STL-001/magnet",
)
# What a command sends first; all of it changes what the patient is given, or when.
DOSING: Final[Mapping[str, type[Message]]] = {
    "start_continuous": WriteProgram,
    "start_continuous_at": WriteProgram,
    "start_minimum": WriteProgram,
    "start_bolus": WriteProgram,
    "start_periodic": WritePeriodic,
    "start_schedule": WriteScheduleDay,
    "start_priming": WritePriming,
    "start_bridge": WriteBridge,
    "set_patient_bolus": WritePatientBolus,
    "request_patient_bolus": RequestPatientBolus,
    "stop": Stop,
    "set_reservoir": WriteRefill,
    "set_concentration": WriteDrug,
    "set_clock": SetClock,
    "send_corrupted_program": WriteProgram,
    "send_repeated_bolus": WriteProgram,
    "send_week": WriteScheduleDay,
    "stage_bolus_without_commit": WriteProgram,
    "stage_without_commit": WriteProgram,
}
# The tampered programme is sent intact, too, to be staged; a week has seven days.
IN_PARTS: Final = {
    "send_corrupted_program",
    "send_repeated_bolus",
    "send_week",
    "start_schedule",
}
AMBIENT: Final = re.compile(
    r"P= *([0-9.]+)hPa T= *([0-9.]+)'C TA= *([0-9.]+)'C RH= *([0-9.]+)%RH"
)
# Says beside the journal how long it was at every fsync.
SPY: Final = """
import os, sys
from fixtures.cli.main import main
fsync = os.fsync
def spy(descriptor):
    fsync(descriptor)
    with open("synced", "a") as file:
        print(os.fstat(descriptor).st_size, file=file)
os.fsync = spy
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def evidence(folder: Path, processes: Executor) -> Outcome:
    """A run of some cases."""
    home = folder / "evidence"
    return processes.submit(campaign.verify, home, REFERENCE_40, CASES).result()


def messages(record: Record, field: str) -> list[Message]:
    """What the pump's line carried in one direction of an exchange."""
    reader = FrameReader()
    found = []
    for frame in reader.feed(bytes.fromhex(str(record.fields[field]))):
        # A case may send a day of more steps than the link can declare.
        with suppress(PayloadError):
            if isinstance(frame, Frame):
                found.append(message_of(frame))
    return found


def exchanges(records: list[Record], port: str) -> list[Record]:
    return [
        record
        for record in records
        if record.kind is Kind.EXCHANGE and record.fields["port"] == port
    ]


def weights_mg(records: list[Record]) -> list[tuple[float, float]]:
    """Time in hours and displayed mass, read as text: ``S S   0.01234 g``."""
    answers = [
        (record.t_ns, bytes.fromhex(str(record.fields["received"])).split())
        for record in weighed(records)
    ]
    return [
        (t_ns / 3.6e12, float(words[2]) * 1000.0)
        for t_ns, words in answers
        if len(words) == 4
    ]


def weighed(records: list[Record]) -> list[Record]:
    """The exchanges in which the balance was asked for a weight."""
    return [
        record
        for record in exchanges(records, "balance")
        if bytes.fromhex(str(record.fields["sent"])) == b"SI\r\n"
    ]


def densities(records: list[Record]) -> list[tuple[float, float]]:
    """Liquid and air, kg/m3, from lines such as ``P=1013.23hPa T= 20.08'C ...``."""
    found = []
    for record in exchanges(records, "ambient"):
        line = bytes.fromhex(str(record.fields["received"])).decode("ascii")
        p, t, ta, rh = (float(each) for each in AMBIENT.search(line).groups())  # type: ignore[union-attr]
        # OIML's short form for air; the release for water as a liquid, IAPWS SR6-08.
        air = (0.34848 * p - 0.009 * rh * math.exp(0.061 * t)) / (t + 273.15)
        found.append((float(_Liquid(ta + 273.15, 0.1)["rho"]), air))
    return found


def halves(
    points: list[tuple[float, float]],
) -> tuple[tuple[float, float], tuple[float, float]]:
    middle = len(points) // 2
    return mean(points[:middle]), mean(points[middle:])


def mean(points: list[tuple[float, float]]) -> tuple[float, float]:
    # From the first on, because a float has no nanoseconds left since 1970.
    hours, _ = points[0]
    n = len(points)
    return hours + sum(t - hours for t, _ in points) / n, sum(m for _, m in points) / n


def test_the_bolus_can_be_computed_from_the_raw_bytes(evidence: Outcome) -> None:
    records = evidence.within(BOLUS)
    clamp = [
        (record.seq, bytes.fromhex(str(record.fields["sent"])).strip())
        for record in exchanges(records, "clamp")
    ]
    closed, opened, closed_again = _blanks(clamp)
    before = [r for r in records if closed < r.seq < opened]
    after = [r for r in records if r.seq > closed_again]
    (t1, m1), (t2, m2) = halves(weights_mg(before))
    (t3, m3), (t4, m4) = halves(weights_mg(after))
    (_, a1), (w2, a2) = halves(densities(before))
    (w3, a3), (_, a4) = halves(densities(after))
    # The bench file's 9 mL of glass and liquid, which the air carries.
    rise_before, rise_after = m2 - m1 + 9.0 * (a2 - a1), m4 - m3 + 9.0 * (a4 - a3)
    lost_mg_per_h = -(rise_before / (t2 - t1) + rise_after / (t4 - t3)) / 2.0
    mass_mg = m3 - m2 + 9.0 * (a3 - a2) + lost_mg_per_h * (t3 - t2)
    water, air, weights = (w2 + w3) / 2.0, (a2 + a3) / 2.0, 8000.0
    needle = 1.0 - (0.5 / 20.0) ** 2
    volume_nl = mass_mg * 1e6 / (water - air) * (1.0 - air / weights) * needle

    (staged,) = [
        message
        for record in exchanges(records, "pump")
        for message in messages(record, "received")
        if isinstance(message, ProgramStaged)
    ]
    judged = evidence.measured[BOLUS, "ITB-BOL-001"]
    judged_nl = staged.bolus_nl * (1.0 + judged.value / 100.0)
    assert staged.bolus_nl == 100_000
    # A hundredth of a kelvin in the liquid's mean temperature is worth 2e-6.
    assert volume_nl == pytest.approx(judged_nl, rel=1e-5)


def _blanks(clamp: list[tuple[int, bytes]]) -> tuple[int, int, int]:
    """The seq of the last three clamp commands: what lies between weighs one dose."""
    moves = [(seq, text) for seq, text in clamp if text.startswith(b"CLAMP")][-3:]
    (closed, _), (opened, _), (closed_again, _) = moves
    texts = [text for _, text in moves]
    assert texts == [b"CLAMP CLOSED", b"CLAMP OPEN", b"CLAMP CLOSED"]
    return closed, opened, closed_again


def test_every_reading_in_a_curve_stands_in_the_raw_bytes(evidence: Outcome) -> None:
    records = evidence.within(BOLUS)
    (curve,) = [
        record.fields["points"]
        for record in records
        if record.kind is Kind.SERIES and record.fields["name"] == "counted"
    ]
    assert isinstance(curve, list)
    answers = [
        message
        for record in exchanges(records, "pump")
        for message in messages(record, "received")
    ]
    staged = [isinstance(answer, ProgramStaged) for answer in answers].index(True)
    counts = [
        each.delivered_nl for each in answers[staged:] if isinstance(each, Status)
    ]
    raw = {round((count - counts[0]) / 1e6, 9) for count in counts}
    assert len(curve) > 100
    assert {round(volume, 9) for _, volume in curve} <= raw
    # The first report comes a moment after the bolus has begun.
    assert 99_000 < counts[-1] - counts[0] <= 100_000


def test_every_weight_is_one_that_the_public_codec_understands(
    evidence: Outcome,
) -> None:
    records = evidence.within(BOLUS)
    lines = [
        bytes.fromhex(str(record.fields["received"])) for record in weighed(records)
    ]
    decoded = [parse(line) for line in lines]
    assert len(decoded) > 400
    assert all(isinstance(reply, Weight) for reply in decoded)
    masses = [reply.mass_ng() / 1e6 for reply in decoded if isinstance(reply, Weight)]
    assert masses == pytest.approx([mg for _, mg in weights_mg(records)])


def test_every_alarm_in_the_journal_stands_in_the_raw_bytes(evidence: Outcome) -> None:
    recorded = [record.fields["raised"] for record in evidence.of(Kind.ALARM)]
    notices = [
        message
        for record in exchanges(list(evidence.records), "pump")
        for message in messages(record, "received")
        if isinstance(message, AlarmNotice)
    ]
    # The pump says again what it was not told to have been heard.
    raw = [[flag.name for flag in notice.raised] for notice, _ in groupby(notices)]
    assert recorded == raw
    assert ["MOTOR_STALL"] in raw
    assert ["LOW_RESERVOIR"] in raw


def test_every_dosing_command_was_announced_before_it_was_sent(
    evidence: Outcome,
) -> None:
    intents: list[str] = []
    announced_ns = -1
    for record in evidence.records:
        if record.kind is Kind.INTENT:
            intents.append(str(record.fields["command"]))
            announced_ns = record.t_ns
        elif record.kind is Kind.EXCHANGE and record.fields["port"] == "pump":
            for message in messages(record, "sent"):
                if isinstance(message, tuple(DOSING.values())):
                    assert isinstance(message, DOSING[intents[-1]]), record.seq
                    if intents[-1] not in IN_PARTS:
                        assert record.fields["sent_ns"] == announced_ns, record.seq
                    announced_ns = -1
                elif isinstance(message, Commit | CommitAt):
                    assert announced_ns == -1, "a commit without an announced programme"
    assert {*intents} == DOSING.keys()


def test_an_intent_is_on_disk_before_anything_else_happens(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPY, "verify", "--case", DATES, "--runs", "runs"],
        cwd=tmp_path,
        env=WITHOUT_PAGE,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()
    synced = {int(size) for size in (tmp_path / "synced").read_text().split()}
    run = Journalled(next((tmp_path / "runs").glob("*")))
    ends = []
    end = 0
    for line in run.journal.splitlines(keepends=True):
        end += len(line)
        if json.loads(line)["kind"] == Kind.INTENT:
            ends.append(end)
    assert len(ends) >= 4
    assert synced.issuperset(ends)
    assert len(run.journal) in synced
