"""A run as JUnit XML, for CI systems and for tools that trace requirements.

There is no one standard. The elements and attributes are those that pytest writes and
Jenkins reads; each case also has properties, as pytest gives them to a test. Everything
follows from the journal: the times are bench time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from harness.evidence.records import Kind
from harness.judging import RunState, Verdict
from harness.render import marks, wording
from harness.render.case_record import CaseRecord
from harness.render.header_record import PlanCase
from harness.render.run_record import RunRecord
from harness.render.verdict_record import VerdictRecord
from harness.units import NS_PER_S

# What no XML 1.0 document may hold, not even escaped (section 2.2 of the standard).
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'


def as_xml(run: RunRecord) -> str:
    """Return one suite with a test for each case of the plan.

    FAIL and INCONCLUSIVE are failures of that type, a case that was broken off by a
    fault of the run is an error, and a case that was not to run is skipped.
    """
    planned = {case.id for case in run.cases}
    skipped = [each for each in run.header.plan_cases if each.id not in planned]
    outcomes = [_outcome(case) for case in run.cases]
    suite = _element(
        "testsuite",
        name=_plan_id(run),
        tests=str(len(outcomes) + len(skipped) + _has_fault(run)),
        failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error") + _has_fault(run)),
        skipped=str(len(skipped)),
        time=_seconds(run.t_last_ns - run.t_first_ns),
        timestamp=_timestamp(run.t_first_ns),
    )
    _add_properties(suite, _of_run(run))
    for case, outcome in zip(run.cases, outcomes, strict=True):
        suite.append(_test(run, case, outcome))
    suite.extend(_skipped(run, each) for each in skipped)
    if _has_fault(run):
        suite.append(_fault(run))
    root = _element("testsuites", name="dosebench")
    root.append(suite)
    ET.indent(root, " ")
    return f"{_DECLARATION}{ET.tostring(root, encoding='unicode')}\n"


def _test(run: RunRecord, case: CaseRecord, outcome: str) -> ET.Element:
    began, ended = case.t_begin_ns, case.t_end_ns
    lasted_ns = 0 if began is None or ended is None else ended - began
    test = _element(
        "testcase",
        classname=f"{_plan_id(run)}.{case.procedure or 'not_begun'}",
        name=case.id,
        time=_seconds(lasted_ns),
    )
    _add_properties(test, _of_case(run, case))
    if outcome:
        verdict = case.verdict.name
        said = f"{verdict}: {case.statement}"
        test.append(_element(outcome, said, type=verdict, message=said))
    judged = "\n".join(_judged(case, each) for each in case.verdicts)
    if judged:
        test.append(_element("system-out", judged))
    return test


def _skipped(run: RunRecord, case: PlanCase) -> ET.Element:
    test = _element(
        "testcase",
        classname=f"{_plan_id(run)}.{case.procedure}",
        name=case.id,
        time=_seconds(0),
    )
    test.append(_element("skipped", type="skipped", message=case.why_not))
    return test


def _has_fault(run: RunRecord) -> bool:
    """Whether something is wrong that no case shows."""
    return run.state is not RunState.COMPLETE or not run.is_complete


def _fault(run: RunRecord) -> ET.Element:
    """A journal that is not whole must not look like a run that passed."""
    test = _element(
        "testcase", classname=_plan_id(run), name="the run itself", time=_seconds(0)
    )
    reasons = [f"{each.error}: {each.reason}" for each in run.faults]
    if run.integrity.broken is not None:
        reasons.append(str(run.integrity.broken))
    elif not run.is_complete:
        reasons.append("the journal has no end record")
    said = f"{run.state.name}: {'; '.join(reasons)}"
    test.append(_element("error", said, type=run.state.name, message=said))
    return test


def _outcome(case: CaseRecord) -> str:
    if any(event.kind is Kind.FAULT for event in case.events):
        return "error"
    return "" if case.verdict is Verdict.PASS else "failure"


def _judged(case: CaseRecord, verdict: VerdictRecord) -> str:
    measured, limit = case.measurement_of(verdict), case.limit_of(verdict)
    said = f"{verdict.requirement}: {verdict.verdict.name}"
    if measured is not None:
        said += (
            f", {wording.with_u(measured.value, measured.expanded_u, measured.unit)}"
        )
    if limit is not None:
        said += f", limit {wording.limit(limit)}"
    return f"{said}; {verdict.statement} (record {verdict.seq})"


def _of_run(run: RunRecord) -> Iterator[tuple[str, str]]:
    header = run.header
    yield "verdict", run.verdict.name
    yield "state", run.state.name
    yield "complete", "yes" if run.is_complete else "no"
    yield "marks", ", ".join(marks.words(run))
    yield "run", run.digest
    yield "head", run.integrity.head
    for what, file in (
        ("plan", header.plan),
        ("profile", header.profile),
        ("register", header.register),
        ("bench", header.bench),
        ("software", header.software),
    ):
        yield what, file.details.get("id") or file.name
        yield f"{what}.sha256", file.sha256
    for each in run.instruments:
        if each.is_pump:
            yield "pump.model", each.model
            yield "pump.serial", each.serial
            yield "pump.firmware", each.firmware


def _of_case(run: RunRecord, case: CaseRecord) -> Iterator[tuple[str, str]]:
    judged = [each.requirement for each in case.verdicts]
    yield "verdict", case.verdict.name
    for requirement in dict.fromkeys((*case.claims, *judged)):
        verdict = case.verdict_on(requirement)
        yield "requirement", requirement
        if verdict is not None:
            yield requirement, verdict.name
        seqs = [str(v.seq) for v in case.verdicts if v.requirement == requirement]
        if seqs:
            yield f"{requirement}.seq", " ".join(seqs)
    yield "marks", ", ".join(marks.words(run))
    yield "run", run.digest


def _add_properties(to: ET.Element, found: Iterator[tuple[str, str]]) -> None:
    properties = ET.SubElement(to, "properties")
    for name, value in found:
        properties.append(_element("property", name=name, value=value))


def _element(tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    clean = {name: _clean(value) for name, value in attributes.items()}
    element = ET.Element(tag, clean)
    element.text = None if text is None else _clean(text)
    return element


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"#x{ord(found[0]):02X}", text)


def _plan_id(run: RunRecord) -> str:
    return run.header.plan.details.get("id", run.header.plan.name)


def _seconds(t_ns: int) -> str:
    return f"{t_ns / NS_PER_S:.3f}"


def _timestamp(t_ns: int) -> str:
    return f"{datetime.fromtimestamp(t_ns // NS_PER_S, UTC):%Y-%m-%dT%H:%M:%S}"
