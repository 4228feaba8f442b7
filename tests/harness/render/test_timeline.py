"""What happened in a case, over one axis of time."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from harness.evidence.records import JsonValue, Kind
from harness.render.axis import places
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from harness.render.spans import Tone
from harness.render.timeline import Lane, Timeline, timeline
from harness.render.timeline_picture import picture
from tests.harness.render.sample_run import EPOCH_NS, NS_PER_S, Writer, measured

MAGNET = "ITB-STL-001/magnet"
SVG = "{http://www.w3.org/2000/svg}"
H = 3600 * NS_PER_S
LARGEST = 15_000


def laid_out(run: RunRecord) -> Timeline:
    found = timeline(run.cases[0], run.resumes)
    assert found is not None
    return found


def begun(folder: Path) -> Writer:
    run = Writer(folder)
    run.begin(cases=[MAGNET])
    run.begin_case(MAGNET)
    return run


def lane(shown: Timeline, name: str) -> Lane:
    (found,) = (each for each in shown.lanes if each.name == name)
    return found


def spans(found: Lane) -> list[tuple[float, float, str]]:
    """Begin and end in hours since the epoch, and what it is."""
    return [
        ((s.begin_ns - EPOCH_NS) / H, (s.end_ns - EPOCH_NS) / H, s.said)
        for s in found.spans
    ]


def test_the_programme_is_a_step_for_each_order(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run.recorder.intent("pump", "stop")
    run.wait(3600.0)
    run.recorder.intent("pump", "start_continuous", rate_nl_per_h=1_000_000)
    run.recorder.intent("pump", "set_clock", clock_s=1)
    run.wait(3600.0)
    details: dict[str, JsonValue] = {"bolus_nl": 500_000, "bolus_duration_s": 900}
    run.recorder.intent("pump", "start_bolus", **details, then_nl_per_h=500_000)
    run.wait(3600.0)
    run.recorder.intent("pump", "start_schedule", minute_nl_per_h=[[0, 1]])
    run.wait(3600.0)
    run.end_case(MAGNET, "PASS", "")
    run.end()

    shown = laid_out(of_journal(tmp_path))

    found = lane(shown, "programmed")
    assert spans(found) == [
        (0.0, 1.0, "stopped"),
        (1.0, 2.0, "continuous 24 mL/d"),
        (2.0, 2.25, "bolus 48 mL/d"),
        (2.25, 3.0, "then 12 mL/d"),
        (3.0, 4.0, "schedule"),
    ]
    assert [each.level for each in found.spans] == [0.0, 0.5, 1.0, 0.25, 1.0]
    assert lane(shown, "other commands").moments_ns == (EPOCH_NS + H,)


def test_an_order_ends_what_was_still_to_come_of_the_last(tmp_path: Path) -> None:
    run = begun(tmp_path)
    details: dict[str, JsonValue] = {"bolus_nl": 500_000, "bolus_duration_s": 7200}
    run.recorder.intent("pump", "start_bolus", **details, then_nl_per_h=0)
    run.wait(3600.0)
    run.recorder.intent("pump", "stop")
    run.wait(3600.0)
    run.end_case(MAGNET, "PASS", "")
    run.end()

    found = lane(laid_out(of_journal(tmp_path)), "programmed")

    assert [said for *_, said in spans(found)] == ["bolus 6 mL/d", "stopped"]


def test_an_alarm_lasts_from_its_raising_to_its_clearing(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run.wait(3600.0)
    run.recorder.alarm("pump", active=["STALL"], raised=["STALL"], cleared=[])
    run.wait(3600.0)
    run.recorder.alarm("pump", active=["STALL", "LOW"], raised=["LOW"], cleared=[])
    run.wait(3600.0)
    run.recorder.alarm("pump", active=["LOW"], raised=[], cleared=["STALL"])
    run.wait(3600.0)
    run.end_case(MAGNET, "PASS", "")
    run.end()

    shown = laid_out(of_journal(tmp_path))

    assert spans(lane(shown, "alarm STALL")) == [(1.0, 3.0, "active")]
    assert spans(lane(shown, "alarm LOW")) == [(2.0, 4.0, "active")]


def test_a_stimulus_lasts_until_its_next_action(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run.recorder.stimulus("height", "set to 0 m")
    run.recorder.stimulus("magnet", "taken away")
    run.wait(3600.0)
    run.recorder.stimulus("magnet", "brought")
    run.recorder.operator("look at it", "done")
    run.wait(3600.0)
    run.end_case(MAGNET, "PASS", "")
    run.end()

    shown = laid_out(of_journal(tmp_path))

    magnet = lane(shown, "magnet")
    assert spans(magnet) == [(0.0, 1.0, "taken away"), (1.0, 2.0, "brought")]
    assert [each.tone for each in magnet.spans] == [Tone.QUIET, Tone.STIMULUS]
    assert lane(shown, "other stimuli").moments_ns == (EPOCH_NS,)
    assert lane(shown, "operator").moments_ns == (EPOCH_NS + H,)


def test_a_curve_lies_where_it_was_measured(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run.wait(7200.0)
    points: list[JsonValue] = [[0.0, 0.0], [1.0, "nan"], [3600.0, 1.0]]
    for name, origin_ns in (("delivered", EPOCH_NS + H), ("flow", None)):
        run.record(
            Kind.SERIES,
            name=name,
            unit="mL",
            points=points,
            text="",
            origin_ns=origin_ns,
        )
    run.end_case(MAGNET, "PASS", "")
    run.end()

    shown = laid_out(of_journal(tmp_path))

    curve = lane(shown, "delivered (mL)").curve
    assert curve is not None
    assert list(curve.found) == [(EPOCH_NS + H, 0.0), (EPOCH_NS + 2 * H, 1.0)]
    assert "flow (mL)" not in {each.name for each in shown.lanes}


def broken_off(folder: Path) -> Path:
    """A case broken off after an hour, taken up again two hours later, and ended."""
    run = begun(folder)
    run.record(Kind.LINK, instrument="balance", event="lost", reason="unplugged")
    run.wait(1800.0)
    run.record(Kind.LINK, instrument="balance", event="restored", reason="")
    run.wait(1800.0)
    run.record(Kind.LINK, instrument="pump", event="refused", reason="another serial")
    last_ns = run.clock.now_ns()
    run.wait(7200.0)
    run.record(
        Kind.RESUME,
        records=4,
        last_ns=last_ns,
        torn="7b22",
        case=MAGNET,
        rule="restart",
        decision="restarted",
        reason="the rule says so",
    )
    run.begin_case(MAGNET, attempt=2)
    run.wait(3600.0)
    run.judge(MAGNET, "ITB-STL-001", measured(5.0, 0.05, "minute"))
    run.end_case(MAGNET, "PASS", "inside")
    run.end()
    return folder


def test_all_attempts_and_the_gap_between_them_lie_on_one_axis(tmp_path: Path) -> None:
    shown = laid_out(of_journal(broken_off(tmp_path)))

    assert (shown.end_ns - shown.begin_ns) / H == 4.0
    assert shown.attempts == ((EPOCH_NS + 3 * H, 2),)
    (gap,) = shown.gaps
    assert (gap.begin_ns - EPOCH_NS, gap.end_ns - EPOCH_NS) == (H, 3 * H)
    assert gap.said == "gap of 2 h, restarted"
    assert spans(lane(shown, "link to balance")) == [(0.0, 0.5, "lost")]
    assert spans(lane(shown, "link to pump"))[0][2] == "refused"


def test_a_case_that_never_began_has_no_timeline(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[MAGNET])
    run.end()

    assert timeline(of_journal(tmp_path).cases[0], ()) is None


@pytest.mark.parametrize("seconds", [0.0, 5.0, 180 * 86400.0])
def test_a_picture_is_small_and_stays_inside_its_frame(
    tmp_path: Path, seconds: float
) -> None:
    run = begun(tmp_path)
    points: list[JsonValue] = [[seconds * n / 599, (n % 7) * 1e-3] for n in range(600)]
    for name in ("delivered", "programmed", "flow", "programmed flow"):
        run.record(
            Kind.SERIES,
            name=name,
            unit="mL",
            points=points,
            text="",
            origin_ns=EPOCH_NS,
        )
    for _ in range(300):
        run.recorder.intent("pump", "request_patient_bolus")
        run.wait(seconds / 300)
    run.end_case(MAGNET, "PASS", "")
    run.end()

    root = ET.fromstring(picture(laid_out(of_journal(tmp_path)), "a title"))
    text = ET.tostring(root, "unicode")

    assert len(text) < LARGEST
    assert "nan" not in text
    width = float(root.attrib["viewBox"].split()[2])
    for box in root.iter("rect"):
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width + 1.0
    assert root.findtext("title") == "a title"


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    attack = "<script>alert(1)</script>\u202e\x00"
    run = begun(tmp_path)
    run.recorder.alarm("pump", active=[attack], raised=[attack], cleared=[])
    run.recorder.stimulus(attack, attack)
    run.recorder.stimulus(attack, attack)
    run.wait(60.0)
    run.end_case(MAGNET, "PASS", "")
    run.end()

    drawn = picture(laid_out(of_journal(tmp_path)), attack)

    root = ET.fromstring(drawn)
    assert {each.tag for each in root.iter()} <= {
        "svg", "title", "desc", "path", "rect", "text"
    }  # fmt: skip
    assert root.findtext("title") == "<script>alert(1)</script>\\u202e\\u0000"


@pytest.mark.parametrize(
    ("seconds", "first", "last", "count"),
    [
        (0.004, "0 ms", "4 ms", 5),
        (5.0, "0 s", "5 s", 6),
        (7200.0, "0 min", "120 min", 7),
        (180 * 86400.0, "0 d", "180 d", 10),
        (12_000 * 86400.0, "0 y", "30 y", 7),
        (1e12, "0 y", "28539 y", 10),
    ],
)
def test_an_axis_has_few_round_places(
    seconds: float, first: str, last: str, count: int
) -> None:
    found = places(round(seconds * NS_PER_S))

    assert found[0].said == first
    assert len(found) <= 11
    assert (found[-1].said, len(found)) == (last, count)
