"""The picture of how long to collect."""

from __future__ import annotations

from xml.etree import ElementTree

from harness.judging import Limit, guard_band
from harness.planning import plot
from harness.planning.duration import Question, answer
from harness.planning.forecast import forecaster
from harness.units import FRACTION, ureg
from tests.harness.planning.benches import balance, setup


def draw(drift_mg_per_h: float, title: str = "2 µL/h") -> str:
    lower, upper = (ureg.Quantity(sign * 10.0, FRACTION) for sign in (-1.0, 1.0))
    limit = Limit("--limit", lower, upper, guard_band(), FRACTION, "test")
    question = Question(limit, 5.0)
    forecast = forecaster(setup(balance(0.03, drift_mg_per_h)))
    found = answer(question, forecast, 2.0, 2.0)
    return plot.draw(found.curve, found.decided, 10.0, title)


def test_the_picture_names_limit_and_answer() -> None:
    svg = draw(0.022)
    ElementTree.fromstring(svg)
    for text in ("limit (10 %)", "limit / 3 (3.33 %)", "decides after", "U (95 %)"):
        assert text in svg
    assert "mathdefault" not in svg


def test_without_an_answer_there_is_no_mark() -> None:
    assert "decides after" not in draw(0.2)


def test_the_same_question_gives_the_same_bytes() -> None:
    assert draw(0.022) == draw(0.022)


def test_what_is_written_is_escaped() -> None:
    svg = draw(0.022, "<script>")
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg
