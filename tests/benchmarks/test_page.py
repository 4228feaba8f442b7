"""Figures find their place in the page."""

from __future__ import annotations

from benchmarks.measuring import Result
from benchmarks.page import PAGE, filled

BEFORE = "above\n<!-- week -->\nold\n<!-- end of week -->\nbelow\n"


def result(name: str, measured: float, target: float | None = None) -> Result:
    return Result(name, measured, 2.0, "s", "floor", measured, "s", target)


def test_only_the_figures_between_the_marks_change() -> None:
    results = [result("week: report", 12.345, 60.0), result("week: audit", 1234.5)]

    assert filled(BEFORE, results) == (
        "above\n<!-- week -->\n"
        "| benchmark | measured | floor | judged | target |\n"
        "| --- | ---: | ---: | ---: | --- |\n"
        "| week: report | 12.3 s | 2 s | 12.3 s | met |\n"
        "| week: audit | 1,234 s | 2 s | 1,234 s | |\n"
        "<!-- end of week -->\nbelow\n"
    )


def test_a_benchmark_without_marks_is_left_out() -> None:
    assert filled(BEFORE, [result("soak: a day", 1.0)]) == BEFORE


def test_a_target_that_is_missed_is_called_so() -> None:
    assert "| missed |" in filled(BEFORE, [result("week: report", 61.0, 60.0)])


def test_the_page_has_its_marks() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ("cost", "week"):
        assert filled(page, [result(f"{name}: a", 987.0)]) != page
