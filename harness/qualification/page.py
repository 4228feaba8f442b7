"""The findings of a campaign as text, as tables for other programs, and as a page."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from harness.judging import Verdict
from harness.qualification.bounds import CONFIDENCE
from harness.qualification.findings import Findings
from harness.qualification.healthy import HealthySet
from harness.qualification.matrix import Fate, Row
from harness.qualification.outcome import Judged
from harness.render.page_environment import page_environment
from harness.render.text_table import columns

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_LETTERS: Final = {
    Verdict.FAIL: "F",
    Verdict.INCONCLUSIVE: "I",
    Verdict.PASS: "·",
    Verdict.NOT_RUN: "",
}
_H: Final = 3600.0
_DAY: Final = 86400.0


@dataclass(frozen=True, slots=True)
class DefectLine:
    """A defect as a line of a table."""

    id: str
    title: str
    source: str
    requirement: str
    fate: str
    is_killed: bool
    case: str
    after: str
    margin: str
    others: str
    state: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One verdict of the matrix: its letter and the class of its cell."""

    letter: str
    css: str


@dataclass(frozen=True, slots=True)
class TestLine:
    """A test as a line of the matrix."""

    case: str
    requirement: str
    cells: tuple[Cell, ...]


def lines(findings: Findings) -> Iterator[str]:
    """Yield what a terminal shows."""
    head = ["defect", "must fail", "fate", "found by", "found after", "beyond, in U"]
    rows = [
        [each.id, each.requirement, each.fate, each.case, each.after, each.margin]
        for each in _defects(findings)
    ]
    if rows:
        yield from columns([head, *rows])
        yield ""
    for name, facts in _groups(findings):
        yield f"healthy pumps, {name}:"
        yield from (f"  {what}: {result}" for what, result in facts)
        yield ""
    for level in findings.levels:
        yield f"{len(level.found):3} of {level.of}  {level.level.value}"
    if findings.levels:
        yield ""
    yield findings.headline
    yield from findings.complaints


def as_csv(findings: Findings) -> str:
    """Return tests × defects as a table: a verdict in each cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["case", "requirement", *(r.sought.id for r in findings.matrix.rows)]
    )
    for (case, requirement), verdicts in findings.matrix.cells().items():
        names = (each.name if each is not Verdict.NOT_RUN else "" for each in verdicts)
        writer.writerow([case, requirement, *names])
    return text.getvalue()


def as_json(findings: Findings) -> str:
    """Return all findings in full precision."""
    said: dict[str, Any] = {
        "schema": 1,
        "plan": findings.plan,
        "complaints": list(findings.complaints),
        "defects": [_defect_json(row) for row in findings.matrix.rows],
        "healthy": [_set_json(each) for each in (findings.allowed, findings.near)],
        "levels": [
            {"level": each.level.value, "found": list(each.found), "of": each.of}
            for each in findings.levels
        ],
    }
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def as_html(findings: Findings) -> str:
    """Return one page: no script, nothing from outside."""
    page = {
        "plan": findings.plan,
        "headline": "; ".join((findings.headline, *findings.complaints)),
        "is_good": not findings.complaints,
        "defects": _defects(findings),
        "healthy": [{"name": n, "facts": facts} for n, facts in _groups(findings)],
        "levels": [
            {
                "name": each.level.value,
                "found": f"{len(each.found)} of {each.of}",
                "share": f"{each.share:.0%}",
            }
            for each in findings.levels
        ],
        "columns": [row.sought.id for row in findings.matrix.rows],
        "tests": _tests(findings),
    }
    environment = page_environment(_TEMPLATES)
    return environment.get_template("matrix.html").render(page=page)


def as_markdown(findings: Findings) -> str:
    """Return the tables for the documentation."""
    said = ["| id | defect | must fail | first found by | found after | beyond, in U |"]
    said.append("| --- | --- | --- | --- | ---: | ---: |")
    for each in _defects(findings):
        by = each.case if each.is_killed else f"**{each.fate}**"
        cells = (each.id, each.title, each.requirement, by, each.after, each.margin)
        said.append(f"| {' | '.join(map(_in_markdown, cells))} |")
    said += ["", "| healthy pumps | what | result |", "| --- | --- | --- |"]
    for name, facts in _groups(findings):
        said += [f"| {name} | {what} | {result} |" for what, result in facts]
    said += ["", "| what is looked at | found | share |", "| --- | ---: | ---: |"]
    said += [
        f"| {e.level.value} | {len(e.found)} of {e.of} | {e.share:.0%} |"
        for e in findings.levels
    ]
    return "\n".join(said) + "\n"


def _in_markdown(text: str) -> str:
    """Keep a cell of a table one cell, and what a user wrote plain text."""
    return html.escape(text, quote=False).replace("|", "&#124;")


def _defects(findings: Findings) -> list[DefectLine]:
    return [_defect(row) for row in findings.matrix.rows]


def _defect(row: Row) -> DefectLine:
    first = next(iter((*row.killers, *row.others)), None)
    others = dict.fromkeys(each.requirement for each in row.others)
    return DefectLine(
        id=row.sought.id,
        title=row.sought.title,
        source=row.sought.source,
        requirement=row.sought.requirement,
        fate=row.fate.value,
        is_killed=row.fate is Fate.KILLED,
        case="" if first is None else first.case,
        after="" if first is None else _time(first.case_s),
        margin="" if row.margin_in_u is None else f"{row.margin_in_u:.3g}",
        others=", ".join(others),
        state="not run" if row.run is None else row.run.state.name,
    )


def _tests(findings: Findings) -> list[TestLine]:
    wanted = [row.sought.requirement for row in findings.matrix.rows]
    found = []
    for (case, requirement), verdicts in findings.matrix.cells().items():
        cells = tuple(
            Cell(_LETTERS[verdict], _css(verdict, is_named=requirement == named))
            for verdict, named in zip(verdicts, wanted, strict=True)
        )
        found.append(TestLine(case, requirement, cells))
    return found


def _css(verdict: Verdict, *, is_named: bool) -> str:
    if verdict is Verdict.FAIL:
        return "fail named" if is_named else "fail"
    return "undecided" if verdict is Verdict.INCONCLUSIVE else ""


def _groups(findings: Findings) -> list[tuple[str, list[tuple[str, str]]]]:
    found = []
    if findings.allowed.runs:
        found.append((findings.allowed.name, [*_failures(findings.allowed)]))
    if findings.near.runs:
        near = findings.near
        rate = f"{len(near.near_failed)} of {len(near.near)}, {near.near_rate:.2%}"
        facts = [*_decided(near), ("FAIL of values at or above 0.8 of a limit", rate)]
        facts.append(("the decision rule promises at most", "2.5 %"))
        found.append((near.name, facts))
    return found


def _failures(healthy: HealthySet) -> Iterator[tuple[str, str]]:
    yield "pumps that failed", f"{len(healthy.failed)} of {len(healthy.counted)}"
    bound = f"{healthy.upper_bound:.3%}, with {CONFIDENCE:.0%} confidence"
    yield "probability that one fails, at most", bound
    yield from _decided(healthy)


def _decided(healthy: HealthySet) -> Iterator[tuple[str, str]]:
    yield "values judged", str(len(healthy.values))
    share = f"{len(healthy.undecided)} of {len(healthy.well_inside)}"
    yield (
        "INCONCLUSIVE of values below 0.8 of their limit",
        f"{share}, {healthy.undecided_share:.2%}",
    )


def _defect_json(row: Row) -> dict[str, Any]:
    return {
        **asdict(row.sought),
        "fate": row.fate.value,
        "state": None if row.run is None else row.run.state.name,
        "killers": [_judged(each) for each in row.killers],
        "others": [_judged(each) for each in row.others],
        "margin_in_u": row.margin_in_u,
        "verdict_hash": None if row.run is None else row.run.verdict_hash,
    }


def _judged(each: Judged) -> dict[str, Any]:
    return {**asdict(each), "verdict": each.verdict.name}


def _set_json(each: HealthySet) -> dict[str, Any]:
    return {
        "set": each.name,
        "runs": len(each.runs),
        "failed": [run.job for run in each.failed],
        "broken": [run.job for run in each.broken],
        "upper_bound": each.upper_bound,
        "values": len(each.values),
        "well_inside": len(each.well_inside),
        "undecided": len(each.undecided),
        "near": len(each.near),
        "near_failed": len(each.near_failed),
    }


def _time(seconds: float) -> str:
    if seconds >= _DAY:
        return f"{seconds / _DAY:.3g} d"
    return f"{seconds / _H:.3g} h" if seconds >= _H else f"{seconds / 60.0:.3g} min"
