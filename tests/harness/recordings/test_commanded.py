"""Boluses at known times: one that never came is named, and so is one too many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import ConfigurationError
from harness.flow.jumps import Search
from harness.recordings.bolus_analysis import BolusQuestion, bolus_answer
from harness.recordings.commanded import Rhythm, within
from harness.recordings.recording import Recording

SET_ML, DENSITY = 0.05, 0.998
EVERY_S, FIRST_S, COUNT = 300.0, 60.0, 25


def recorded(missing: set[int], extra_s: tuple[float, ...] = ()) -> Recording:
    """25 boluses on a basal flow, numbered from 1, some missing, some uncommanded."""
    t_s = np.arange(0.0, FIRST_S + COUNT * EVERY_S)
    at_s = [FIRST_S + k * EVERY_S for k in range(COUNT) if k + 1 not in missing]
    mass_g = 1e-6 * t_s + np.random.default_rng(9).normal(0.0, 1e-5, len(t_s))
    for each in (*at_s, *extra_s):
        mass_g += SET_ML * DENSITY * (t_s > each + 2.0)
    return Recording(Path("bolus.csv"), "00", (), t_s, mass_g, 0.0, (), ())


def question(
    rhythm: Rhythm | None = None,
    commands_s: tuple[float, ...] | None = None,
    start_s: float | None = None,
) -> BolusQuestion:
    search = Search(commands_s=commands_s)
    return BolusQuestion(SET_ML, DENSITY, search, rhythm=rhythm, start_s=start_s)


def test_a_missed_bolus_is_named_by_its_number_and_its_time() -> None:
    asked = question(Rhythm(FIRST_S, EVERY_S))

    found = bolus_answer(recorded({7, 25}), asked)

    assert found.warnings == (
        "no jump of the mass is seen for bolus 7 (commanded at 31 min), 25 (commanded"
        " at 121 min)",
    )
    assert found.statistics.count == COUNT
    assert found.statistics.mean_ml == pytest.approx(SET_ML * 23 / 25, rel=1e-3)
    seventh = found.given[6]
    assert seventh.commanded_s == 1860.0
    assert not seventh.bolus.detected
    assert seventh.volume_ml == pytest.approx(0.0, abs=5.0 * seventh.u_ml)


def test_a_bolus_that_nobody_commanded_is_named() -> None:
    found = bolus_answer(recorded(set(), (1150.0,)), question(Rhythm(60.0, 300.0)))

    (said,) = found.warnings
    assert said.startswith("the mass jumps at 115")
    assert "where no bolus was commanded" in said


def test_commands_keep_the_recordings_time_in_a_part_of_it() -> None:
    times_s = tuple(60.0 + 300.0 * k for k in range(3, 10))

    found = bolus_answer(recorded({5}), question(commands_s=times_s, start_s=700.0))

    assert [each.commanded_s for each in found.given] == list(times_s)
    for each, command_s in zip(found.given, times_s, strict=True):
        assert each.bolus.before_s < command_s <= each.bolus.start_s + 20.0
        assert command_s + 2.0 < each.bolus.after_s < command_s + 200.0
    assert found.warnings[0] == "7 boluses instead of 25"
    assert "bolus 2 (commanded at 21 min)" in found.warnings[1]


def test_a_rhythm_takes_what_the_recording_holds() -> None:
    assert Rhythm(60.0, 300.0).times_s(960.0, 60.0) == (60.0, 360.0, 660.0)
    assert Rhythm(60.0, 300.0).times_s(1020.0, 60.0) == (60.0, 360.0, 660.0, 960.0)
    assert Rhythm(0.0, 300.0, 2).times_s(1e6, 60.0) == (0.0, 300.0)


@pytest.mark.parametrize(
    ("rhythm", "said"),
    [
        (Rhythm(0.0, 1e-3), "boluses every 0.001 s: each is looked for within 1 min"),
        (Rhythm(1e15, 300.0), "the recording ends at 1000 s, less than 1 min after"),
        (Rhythm(0.0, 300.0, 25), "25 boluses every 5 min from 0 s on: the recording h"),
    ],
)
def test_a_rhythm_that_does_not_fit_is_refused(rhythm: Rhythm, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        rhythm.times_s(1000.0, 60.0)


def test_a_command_outside_of_the_part_is_named() -> None:
    assert within((600.0, 900.0), 600.0, 1000.0) == (0.0, 300.0)
    with pytest.raises(ConfigurationError, match="bolus 2, commanded at 20 min, lies"):
        within((600.0, 1200.0), 600.0, 1000.0)
