"""What stood on the bench, what was checked, and who approved the run, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.render import wording
from harness.render.bench_record import CheckRecord
from harness.render.header_record import Header
from harness.render.measurement_record import LimitRecord
from harness.render.trace_parts import Chip

Row = tuple[str, str]
_TONES = {True: ("holds", "pass"), False: ("DOES NOT HOLD", "fail")}
_OPEN = ("cannot be told", "inconclusive")


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check of an instrument before or after the cases, in words."""

    moment: str
    instrument: str
    name: str
    found: str
    limit: str
    chip: Chip
    statement: str
    seq: int


@dataclass(frozen=True, slots=True)
class BasisView:
    """What makes a run formal, as far as it is: approval, set-up and source."""

    approval: tuple[Row, ...]
    setup: tuple[Row, ...]
    source: tuple[Row, ...]


def checks(found: Iterable[CheckRecord]) -> tuple[CheckView, ...]:
    """Put checks of the balance into words."""
    return tuple(map(_check, found))


def basis(header: Header) -> BasisView:
    """Put into words what a run rests on beside its files."""
    return BasisView(
        approval=_named(header.formal),
        setup=_named(header.setup),
        source=tuple(_source(header)),
    )


def _named(found: Mapping[str, str]) -> tuple[Row, ...]:
    return tuple((name.replace("_", " "), said) for name, said in found.items())


def _source(header: Header) -> Iterable[Row]:
    yield "commit", header.git_commit or "not known"
    clean = {True: "clean", False: "CHANGED since that commit", None: "not known"}
    yield "working tree", clean[header.git_clean]
    end_ns = header.planned_end_ns
    yield "planned end", "not known" if end_ns is None else wording.utc(end_ns)


def _check(check: CheckRecord) -> CheckView:
    limit = LimitRecord(0, "", check.lower, check.upper, check.unit, "", "")
    word, tone = _OPEN if check.holds is None else _TONES[check.holds]
    unit = wording.symbol(check.unit)
    return CheckView(
        moment=check.moment,
        instrument=check.instrument,
        name=check.name,
        found=f"{wording.short(check.value, 6)} {unit}, u = "
        f"{wording.short(check.u, 2)} {unit}",
        limit=wording.limit(limit),
        chip=Chip(word, tone),
        statement=check.statement,
        seq=check.seq,
    )
