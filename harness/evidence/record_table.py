"""The table of all kinds of record: the fields of each one and what they mean.

It is the only list of kinds. `harness.evidence.journal` has every record checked
against it before writing, and `docs/reference/journal.md` shows it to the auditor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from harness.evidence.records import Kind


class FieldType(StrEnum):
    """The JSON type of a field; its value is the text in the documentation."""

    TEXT = "text"
    HEX = "hex text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "true or false"
    LIST = "list"
    OBJECT = "object"
    HASHED = "object with name and sha256"


@dataclass(frozen=True, slots=True)
class Field:
    """One required field of a kind of record.

    Attributes:
        name: the member's name in the line; it carries the unit where there is one.
        type: its JSON type.
        meaning: what it says, for the auditor.
        nullable: whether `null` may stand there, meaning "there is none".
    """

    name: str
    type: FieldType
    meaning: str
    nullable: bool = False


_CASE = Field("case", FieldType.TEXT, "id of the case: requirement/point")
_REQUIREMENT = Field("requirement", FieldType.TEXT, "id of the requirement")
_VERDICT = Field("verdict", FieldType.TEXT, "NOT_RUN, PASS, INCONCLUSIVE or FAIL")
_STATEMENT = Field("statement", FieldType.TEXT, "the reason, in one sentence")
_STATE = Field("state", FieldType.TEXT, "COMPLETE, ABORTED, BENCH_FAULT or TOOL_ERROR")
_ROLE = Field("role", FieldType.TEXT, "the role on the bench that this concerns")
_PORT = Field("port", FieldType.TEXT, "name of the port")
_UNIT = Field("unit", FieldType.TEXT, "the unit of the numbers in this record")
_REASON = Field("reason", FieldType.TEXT, "why, in one sentence")
_INSTRUMENT = Field("instrument", FieldType.TEXT, "role of the instrument")
_P_C = Field("p_c", FieldType.NUMBER, "conformance probability", nullable=True)
_COMMAND = Field("command", FieldType.TEXT, "name of the command")
KINDS: Final[Mapping[Kind, tuple[Field, ...]]] = MappingProxyType(
    {
        Kind.RUN: (
            Field("schema", FieldType.INTEGER, "version of this table"),
            Field("plan", FieldType.HASHED, "the test plan"),
            Field("profile", FieldType.HASHED, "the pump profile"),
            Field("register", FieldType.HASHED, "the requirement register"),
            Field("bench", FieldType.HASHED, "the bench file"),
            Field("software", FieldType.HASHED, "this tool, name with version"),
            Field("seed", FieldType.INTEGER, "seed of the simulation", nullable=True),
            Field("fidelity", FieldType.TEXT, "in-process, wire, hardware or replay"),
            Field("git", FieldType.OBJECT, "commit of the source, and whether clean"),
            Field(
                "formal", FieldType.OBJECT, "approval of a formal run", nullable=True
            ),
            Field("setup", FieldType.OBJECT, "the set-up of the bench", nullable=True),
            Field(
                "planned_end_ns",
                FieldType.INTEGER,
                "bench time at which the last case should end, ns",
                nullable=True,
            ),
            Field("engineering", FieldType.LIST, "why the run is no evidence"),
        ),
        Kind.RESUME: (
            Field("records", FieldType.INTEGER, "records before this one"),
            Field("last_ns", FieldType.INTEGER, "bench time of the last of them, ns"),
            Field("torn", FieldType.HEX, "end of a line that was cut off and removed"),
            Field("case", FieldType.TEXT, "id of the case broken off", nullable=True),
            Field("rule", FieldType.TEXT, "restart rule of that case, or empty"),
            Field("decision", FieldType.TEXT, "continued, restarted, given up or none"),
            _REASON,
        ),
        Kind.INSTRUMENT: (
            _ROLE,
            Field("model", FieldType.TEXT, "model as the instrument says it"),
            Field("serial", FieldType.TEXT, "serial number as the instrument says it"),
            Field("firmware", FieldType.TEXT, "firmware as the instrument says it"),
            Field(
                "calibration_due",
                FieldType.TEXT,
                "last day of the calibration, YYYY-MM-DD",
                nullable=True,
            ),
        ),
        Kind.LINK: (
            _INSTRUMENT,
            Field("event", FieldType.TEXT, "lost, restored or refused"),
            _REASON,
        ),
        Kind.CHECK: (
            Field(
                "moment",
                FieldType.TEXT,
                "before or after the cases, or method: validation of the method",
            ),
            _INSTRUMENT,
            Field("name", FieldType.TEXT, "what was checked"),
            Field("value", FieldType.NUMBER, "what was found"),
            Field("u", FieldType.NUMBER, "its standard uncertainty"),
            Field("lower", FieldType.NUMBER, "lower limit", nullable=True),
            Field("upper", FieldType.NUMBER, "upper limit", nullable=True),
            _UNIT,
            Field("holds", FieldType.FLAG, "whether it is in order", nullable=True),
            _STATEMENT,
        ),
        Kind.EARLIER: (
            Field("run", FieldType.TEXT, "an earlier formal run of the same unit"),
            Field("digest", FieldType.TEXT, "hash of its first record"),
            Field("head", FieldType.TEXT, "hash of its last record"),
            _STATE,
            Field("verdicts", FieldType.LIST, "its verdicts: case, requirement, ..."),
        ),
        Kind.CASE_BEGIN: (
            _CASE,
            Field("attempt", FieldType.INTEGER, "number of this attempt, from 1"),
            Field("requirements", FieldType.LIST, "ids of the requirements claimed"),
            Field(
                "second_look",
                FieldType.TEXT,
                "how long it measures on where its first look decides nothing",
                nullable=True,
            ),
        ),
        Kind.CASE_END: (_CASE, _VERDICT, _STATEMENT),
        Kind.LIMIT: (
            _CASE,
            _REQUIREMENT,
            Field("lower", FieldType.NUMBER, "lower limit", nullable=True),
            Field("upper", FieldType.NUMBER, "upper limit", nullable=True),
            _UNIT,
            Field("rule", FieldType.TEXT, "the decision rule"),
            Field("source", FieldType.TEXT, "where the limit comes from"),
        ),
        Kind.EXCHANGE: (
            _PORT,
            Field("sent_ns", FieldType.INTEGER, "bench time of sending, ns"),
            Field(
                "sent", FieldType.HEX, "bytes sent; empty if the answer came unasked"
            ),
            Field("received", FieldType.HEX, "bytes received; empty if none came"),
        ),
        Kind.REJECTION: (
            _INSTRUMENT,
            _REASON,
            Field("raw", FieldType.HEX, "the bytes that were not accepted"),
        ),
        Kind.RETRY: (
            _INSTRUMENT,
            _COMMAND,
            Field("attempt", FieldType.INTEGER, "number of this attempt"),
            _REASON,
        ),
        Kind.INTENT: (
            _INSTRUMENT,
            _COMMAND,
            Field("details", FieldType.OBJECT, "its arguments, unit in the name"),
        ),
        Kind.STIMULUS: (
            Field("name", FieldType.TEXT, "the stimulus"),
            Field("action", FieldType.TEXT, "what was done to the pump or its line"),
        ),
        Kind.OPERATOR: (
            Field("action", FieldType.TEXT, "what a person was asked to do"),
            Field("answer", FieldType.TEXT, "what was answered"),
        ),
        Kind.ALARM: (
            _INSTRUMENT,
            Field("active", FieldType.LIST, "names of the alarms now active"),
            Field("raised", FieldType.LIST, "names of those just raised"),
            Field("cleared", FieldType.LIST, "names of those just cleared"),
        ),
        Kind.MEASUREMENT: (
            _CASE,
            Field("name", FieldType.TEXT, "the measurand"),
            Field("value", FieldType.NUMBER, "the value"),
            Field("u", FieldType.NUMBER, "its standard uncertainty"),
            Field("dof", FieldType.NUMBER, "degrees of freedom of u"),
            Field("k", FieldType.NUMBER, "coverage factor"),
            Field("expanded_u", FieldType.NUMBER, "expanded uncertainty, k times u"),
            Field("coverage", FieldType.NUMBER, "probability that this U covers"),
            _UNIT,
            _INSTRUMENT,
            Field("t_start_ns", FieldType.INTEGER, "bench time of the start, ns"),
            Field("t_end_ns", FieldType.INTEGER, "bench time of the end, ns"),
            Field("budget", FieldType.LIST, "the entries of the uncertainty budget"),
            Field("correlations", FieldType.LIST, "of entries of the budget"),
            Field("remarks", FieldType.LIST, "sentences for the reader"),
            Field(
                "monte_carlo",
                FieldType.OBJECT,
                "the distributions propagated, beside U",
                nullable=True,
            ),
        ),
        Kind.LOOK: (
            _CASE,
            _REQUIREMENT,
            Field("number", FieldType.INTEGER, "number of the look, from 1"),
            Field("of", FieldType.INTEGER, "looks at most, as the case declared"),
            Field("finding", FieldType.TEXT, "the verdict that it amounts to"),
            _STATEMENT,
            _P_C,
            Field("evidence", FieldType.LIST, "seq of the records it rests on"),
        ),
        Kind.VERDICT: (
            _CASE,
            _REQUIREMENT,
            _VERDICT,
            _STATEMENT,
            Field("zone", FieldType.TEXT, "where the value lies", nullable=True),
            Field("margin", FieldType.NUMBER, "to the limit, + inside", nullable=True),
            Field("expanded_u", FieldType.NUMBER, "U of the value", nullable=True),
            Field("k", FieldType.NUMBER, "its coverage factor", nullable=True),
            _P_C,
            _UNIT,
            Field("evidence", FieldType.LIST, "seq of the records it rests on"),
            Field("settled", FieldType.FLAG, "stands for a judgement that never came"),
        ),
        Kind.SERIES: (
            Field("name", FieldType.TEXT, "what is plotted"),
            _UNIT,
            Field("points", FieldType.LIST, "points [s since origin_ns, value]"),
            Field(
                "origin_ns",
                FieldType.INTEGER,
                "bench time of 0 s, ns; null for a course that lies over no time",
                nullable=True,
            ),
            Field("text", FieldType.TEXT, "by which method it came about, or empty"),
        ),
        Kind.FAULT: (
            _STATE,
            Field("error", FieldType.TEXT, "name of the error"),
            _REASON,
        ),
        Kind.VOID: (
            Field("records", FieldType.LIST, "seq of the verdicts made INCONCLUSIVE"),
            _REASON,
        ),
        Kind.SAFE_STATE: (
            _ROLE,
            Field("outcome", FieldType.TEXT, "the state reached, or why it was not"),
        ),
        Kind.NOTE: (Field("text", FieldType.TEXT, "a remark that decides nothing"),),
        Kind.END: (
            _STATE,
            Field(
                "records", FieldType.INTEGER, "records in the run, this one included"
            ),
        ),
    }
)


def markdown() -> str:
    """Return the table of kinds for `docs/reference/journal.md`."""
    rows = ["| kind | field | type | meaning |", "| --- | --- | --- | --- |"]
    for kind, fields in KINDS.items():
        for field in fields:
            null = " or null" if field.nullable else ""
            rows.append(
                f"| `{kind}` | `{field.name}` | {field.type}{null} | {field.meaning} |"
            )
    return "\n".join(rows) + "\n"
