"""The run record as the view that a report shows."""

from __future__ import annotations

from collections.abc import Iterator

from harness.render.header_record import (
    Hashed,
    Header,
    PlanCase,
    Proof,
    Requirement,
    Subject,
)
from harness.render.record_fields import (
    Fields,
    flag_or_none,
    mapping,
    object_of,
    objects,
    text,
    texts,
    whole,
    whole_or_none,
)

_NO_REASON = "only a part of the plan was selected"


def header(fields: Fields) -> Header:
    """View the run record."""
    seed, profile = fields["seed"], object_of(fields, "profile")
    coverage = object_of(fields, "coverage")
    return Header(
        plan=_hashed(object_of(fields, "plan")),
        profile=_hashed(profile),
        register=_hashed(object_of(fields, "register")),
        bench=_hashed(object_of(fields, "bench")),
        coverage=_hashed(coverage) if coverage else None,
        software=_hashed(object_of(fields, "software")),
        procedures=tuple(map(_hashed, objects(fields, "procedures"))),
        seed=None if seed is None else whole(fields, "seed"),
        fidelity=text(fields, "fidelity"),
        partial=_partial(fields),
        conditions=mapping(fields, "conditions"),
        absent=mapping(profile, "absent"),
        requirements=tuple(map(_requirement, objects(fields, "requirements"))),
        subjects=tuple(map(_subject, objects(fields, "subjects"))),
        plan_cases=tuple(map(_plan_case, objects(fields, "plan_cases"))),
        proofs=tuple(map(_proof, objects(fields, "proofs"))),
        planned=texts(fields, "cases"),
        engineering=tuple(_engineering(fields)),
        git_commit=text(object_of(fields, "git"), "commit"),
        git_clean=flag_or_none(object_of(fields, "git"), "clean"),
        formal=mapping(fields, "formal"),
        setup=mapping(fields, "setup"),
        planned_end_ns=whole_or_none(fields, "planned_end_ns"),
    )


def _engineering(fields: Fields) -> Iterator[str]:
    """Yield why the run is no evidence, also what its record does not admit."""
    said = texts(fields, "engineering")
    yield from said
    if not said and not mapping(fields, "formal"):
        yield "no approval of plan, register and profile was given before the run"
    if not said and not mapping(fields, "setup"):
        yield "there is no record of the set-up of the bench"


def _partial(fields: Fields) -> tuple[str, ...]:
    """A part stays a part, also where the record gives no reason."""
    reasons = texts(fields, "partial_reasons")
    is_partial = fields.get("partial") is True or bool(texts(fields, "not_selected"))
    return reasons or (_NO_REASON,) * is_partial


def _hashed(fields: Fields) -> Hashed:
    names = [name for name in fields if name not in ("name", "sha256", "absent")]
    details = {name: text(fields, name) for name in names}
    return Hashed(text(fields, "name"), text(fields, "sha256"), details)


def _requirement(fields: Fields) -> Requirement:
    return Requirement(
        id=text(fields, "id"),
        text=text(fields, "text"),
        source=text(fields, "source"),
        hazard=text(fields, "hazard"),
        kind=text(fields, "kind"),
        limit=text(fields, "limit"),
        gip=texts(fields, "gip"),
        features=texts(fields, "features"),
        absent=text(fields, "absent"),
    )


def _subject(fields: Fields) -> Subject:
    return Subject(
        id=text(fields, "id"),
        kind=text(fields, "kind"),
        title=text(fields, "title"),
        absent=text(fields, "absent"),
    )


def _plan_case(fields: Fields) -> PlanCase:
    return PlanCase(
        id=text(fields, "id"),
        procedure=text(fields, "procedure"),
        claims=texts(fields, "claims"),
        why_not=text(fields, "why_not"),
        applies=fields.get("applies") is not False,
        positive=texts(fields, "positive"),
        negative=texts(fields, "negative"),
        form=text(fields, "form"),
    )


def _proof(fields: Fields) -> Proof:
    return Proof(
        requirement=text(fields, "requirement"),
        case=text(fields, "case"),
        fault=text(fields, "fault"),
        also_fails=texts(fields, "also_fails"),
        because=text(fields, "because"),
    )
