"""A session or a gauge study as text, JSON and a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from harness.qualification import (
    gauge,
    gauge_design,
    latency,
    method_blank,
    method_dispenses,
    method_weights,
)
from harness.qualification.gauge_anova import POOLED_ABOVE, SCATTER, Anova, analyse
from harness.qualification.method_lines import Line, Standing, worst
from harness.qualification.method_records import Part, Session
from harness.render.page_environment import page_environment

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_SCHEMA: Final = 1
_SIMULATED: Final = "SIMULATED: it says what the tool finds, and nothing of a bench"
_FACTORS_OF_ALL: Final = "scatter of repeats"


@dataclass(frozen=True, slots=True)
class Report:
    """What a page says.

    Attributes:
        title: what was validated.
        facts: what was used, name and text.
        marks: what restricts it, a sentence each.
        lines: every line.
        tables: further tables, as rows of text, the first of each its heading.
        data: what a program may want beside the lines.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]
    lines: tuple[Line, ...]
    tables: tuple[tuple[tuple[str, ...], ...], ...]
    data: dict[str, Any]

    @property
    def standing(self) -> Standing:
        """How all lines together stand."""
        return worst(self.lines)

    def text(self) -> Iterator[str]:
        """The report for a terminal."""
        yield f"{self.title}: {self.standing}"
        yield from self.marks
        for line in self.lines:
            allowed = f"; allowed {line.allowed}" if line.allowed else ""
            mend = f"; {line.mend}" if line.mend else ""
            said = f"{line.part}: {line.name}: {line.found}{allowed}{mend}"
            yield f"{line.standing:15} {said}"

    def to_json(self) -> str:
        """The report for a program."""
        said = {
            "schema": _SCHEMA,
            "title": self.title,
            "standing": self.standing,
            "marks": self.marks,
            "facts": dict(self.facts),
            "lines": [line.to_json() for line in self.lines],
            **self.data,
        }
        return json.dumps(said, indent=1, ensure_ascii=False) + "\n"

    def to_html(self) -> str:
        """The report for people: no script, nothing from outside."""
        environment = page_environment(_TEMPLATES)
        return environment.get_template("method.html").render(page=self)


def of_session(session: Session) -> Report:
    """Report one session."""
    lines = (
        *method_weights.lines(session),
        *method_blank.lines(session),
        *method_dispenses.lines(session),
        *latency.lines(session),
        *_missing(session),
    )
    return Report(
        title=f"Method validation on {session.bench} by {session.operator}",
        facts=tuple(_facts(session)),
        marks=tuple(_marks([session])),
        lines=lines,
        tables=(),
        data={"observations": [asdict(each) for each in session.observations]},
    )


def of_study(sessions: Sequence[Session]) -> Report:
    """Report a gauge study over several sessions.

    Raises:
        ConfigurationError: they make no crossed design.
    """
    design = gauge_design.gather(sessions)
    anova = analyse(design.values, design.factors)
    found = gauge.evaluate(anova)
    facts = [
        (f"{name}s" if name != gauge_design.BENCH else "benches", ", ".join(levels))
        for name, levels in design.levels.items()
    ]
    heads = [
        (f"journal of {name}", each.integrity.head)
        for name, each in zip(_names(sessions), sessions, strict=True)
    ]
    return Report(
        title="Gauge repeatability and reproducibility",
        facts=(*facts, ("repeats of each cell", str(anova.repeats)), *heads),
        marks=tuple(_marks(sessions)),
        lines=tuple(gauge.lines(found, gauge_design.allowed(sessions[0]))),
        tables=(_analysis(anova), _components(anova, found)),
        data={
            "gauge": asdict(found),
            "components": {
                _said(effect): variance
                for effect, variance in anova.components().items()
            },
            "factors": design.factors,
            "values": design.values.tolist(),
        },
    )


def _missing(session: Session) -> Iterator[Line]:
    for part in Part:
        wanted = [
            each for each in session.claims.steps if each.startswith(f"METHOD-{part}/")
        ]
        left = [each for each in wanted if each not in session.done]
        if left:
            yield Line(
                part,
                "steps that are not done",
                f"{len(left)} of {len(wanted)}",
                "",
                Standing.MISSING,
                f"give the same command again, with --part {part} or without",
            )


def _facts(session: Session) -> Iterator[tuple[str, str]]:
    header = session.header
    yield "operator", session.operator
    yield "bench", f"{session.bench}, {header['fidelity']}"
    for name in ("plan", "profile", "bench", "software"):
        said = "method file" if name == "plan" else name
        yield f"{said}, SHA-256", f"{header[name]['name']} {header[name]['sha256']}"
    for name, certificate in session.claims.certificates.items():
        yield f"certificate of {name}", certificate
    yield "journal", f"{session.integrity.records} records, {session.integrity.head}"


def _marks(sessions: Sequence[Session]) -> Iterator[str]:
    if any(each.header["fidelity"] != "hardware" for each in sessions):
        yield _SIMULATED
    for name, each in zip(_names(sessions), sessions, strict=True):
        if not each.integrity.complete:
            yield f"INCOMPLETE: the session {name} has not ended"
        for reason in each.header["engineering"]:
            yield f"ENGINEERING: {name}: {reason}"


def _names(sessions: Sequence[Session]) -> list[str]:
    """Return the name of each session: its folder, or its path where two share one."""
    often = Counter(each.folder.name for each in sessions)
    return [
        each.folder.name if often[each.folder.name] == 1 else each.folder.as_posix()
        for each in sessions
    ]


def _analysis(anova: Anova) -> tuple[tuple[str, ...], ...]:
    rows = [("source", "freedom", "sum of squares", "mean square", "F", "p", "")]
    for row in anova.rows:
        tested = ("", "") if row.f is None else (f"{row.f:.4g}", f"{row.p:.3g}")
        pooled = f"pooled with the scatter, p above {POOLED_ABOVE:g}"
        rows.append(
            (
                _said(row.effect),
                str(row.dof),
                f"{row.sum_of_squares:.4g}",
                f"{row.mean_square:.4g}",
                *tested,
                pooled if row.is_pooled else "",
            )
        )
    return tuple(rows)


def _components(anova: Anova, found: gauge.Gauge) -> tuple[tuple[str, ...], ...]:
    heading = ("component", "variance, mL²", "standard deviation, mL")
    named = {
        **{_said(effect): value for effect, value in anova.components().items()},
        "repeatability": found.repeatability,
        "reproducibility": found.reproducibility,
        "both": found.both,
    }
    return (
        heading,
        *(
            (name, f"{value:.4g}", f"{max(0.0, value) ** 0.5:.4g}")
            for name, value in named.items()
        ),
    )


def _said(effect: tuple[str, ...]) -> str:
    return _FACTORS_OF_ALL if effect == SCATTER else " × ".join(effect)
