"""From a recording of an occlusion to its time to alarm and its bolus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import MeasurementRefused
from harness.flow.jumps import Search
from harness.flow.occlusion import Events
from harness.recordings.limit import Side
from harness.recordings.occlusion_analysis import (
    OcclusionAnswer,
    OcclusionQuestion,
    occlusion_answer,
)
from harness.recordings.recording import Recording

DENSITY, BOLUS_ML = 0.998, 0.7
EVENTS = Events(600.0, 900.0, 1200.0)


def recorded(
    bolus_ml: float = BOLUS_ML, sign: float = 1.0, tau_s: float = 3.0
) -> Recording:
    """12 mL/h until the closing, nothing until the release, then an exponential."""
    t_s = np.arange(0.0, 1800.0)
    released = 1.0 - np.exp(-np.maximum(0.0, t_s - EVENTS.released_s) / tau_s)
    volume_ml = 12.0 / 3600.0 * np.minimum(t_s, EVENTS.closed_s) + bolus_ml * released
    noise_g = np.random.default_rng(4).normal(0.0, 1e-4, len(t_s))
    mass_g = sign * DENSITY * volume_ml + noise_g
    return Recording(Path("o.csv"), "00", (), t_s, mass_g, 0.0, (), ())


def ask(
    recording: Recording,
    limit_s: float | None = None,
    *,
    falling: bool = False,
    timing_s: float = 1.0,
) -> OcclusionAnswer:
    question = OcclusionQuestion(
        EVENTS, DENSITY, Search(), timing_s, falling=falling, limit_s=limit_s
    )
    return occlusion_answer(recording, question)


@pytest.mark.parametrize(("sign", "falling"), [(1.0, False), (-1.0, True)])
def test_time_and_bolus(sign: float, falling: bool) -> None:
    found = ask(recorded(sign=sign), falling=falling)

    assert found.found.time_to_alarm_s == 300.0
    assert found.found.bolus_ml == pytest.approx(BOLUS_ML, abs=2 * found.expanded_u_ml)
    assert found.expanded_u_ml == pytest.approx(2 * 1e-4 * 2**0.5 / 50**0.5, rel=0.3)
    assert found.seen
    assert (found.side, found.warnings) == (None, ())


@pytest.mark.parametrize(
    ("limit_s", "timing_s", "side"),
    [
        (301.0, 1.0, Side.INSIDE),
        (300.0, 1.0, Side.UNDECIDED),
        (299.0, 1.0, Side.UNDECIDED),
        (298.9, 1.0, Side.OUTSIDE),
        (310.0, 15.0, Side.UNDECIDED),
    ],
)
def test_the_limit_is_that_of_the_time_to_alarm(
    limit_s: float, timing_s: float, side: Side
) -> None:
    assert ask(recorded(), limit_s, timing_s=timing_s).side is side


def test_no_bolus_is_none_and_no_number_is_made_of_it() -> None:
    found = ask(recorded(0.0))

    assert not found.seen
    assert not found.found.detected


def test_what_does_not_fit_the_events_is_said() -> None:
    (slow,) = ask(recorded(tau_s=120.0)).warnings
    assert "the bolus took longer than 1 min" in slow
    (other_way,) = ask(recorded(sign=-1.0)).warnings
    assert "needs --falling" in other_way


def test_a_release_after_the_recording_names_the_file() -> None:
    question = OcclusionQuestion(Events(1.0, 2.0, 1900.0), DENSITY, Search())

    with pytest.raises(MeasurementRefused, match=r"o\.csv: .*released at 1900 s, but"):
        occlusion_answer(recorded(), question)


def test_json_holds_the_question_and_the_answer() -> None:
    found = ask(recorded(), 400.0).to_json()

    assert found["limit"] == {"side": "inside", "limit_s": 400.0}
    assert (found["closed_s"], found["alarm_s"], found["released_s"]) == (
        600,
        900,
        1200,
    )
    assert found["seen"] is True
