"""Figures put into `docs/reference/benchmarks.md` by the command that measured them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.measuring import Result

PAGE: Final = (
    Path(__file__).resolve().parents[1] / "docs" / "reference" / "benchmarks.md"
)
_HEAD: Final = (
    "| benchmark | measured | floor | judged | target |\n"
    "| --- | ---: | ---: | ---: | --- |\n"
)


def write(results: Sequence[Result]) -> None:
    """Put each benchmark's figures between its marks; one without marks is left out.

    Raises:
        OSError: the page cannot be read or written.
    """
    before = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(filled(before, results), encoding="utf-8")


def filled(before: str, results: Sequence[Result]) -> str:
    """Return a page with the figures in it."""
    after = before
    for name in dict.fromkeys(map(_benchmark, results)):
        rows = "".join(_row(each) for each in results if _benchmark(each) == name)
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        above, _, rest = after.partition(begin)
        _, found, below = rest.partition(end)
        if found:
            after = above + begin + _HEAD + rows + end + below
    return after


def _benchmark(result: Result) -> str:
    return result.name.partition(":")[0]


def _row(result: Result) -> str:
    met = {None: "", True: "met ", False: "missed "}[result.met]
    return (
        f"| {result.name} | {_figure(result.measured)} {result.unit}"
        f" | {_figure(result.floor)} {result.unit}"
        f" | {_figure(result.judged)} {result.judged_name} | {met}|\n"
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
