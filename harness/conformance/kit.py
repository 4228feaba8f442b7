"""Runs all checks, and writes what they found as a table or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from harness.conformance import codec, commands, on_the_line
from harness.conformance.outcome import Check, Finding, Outcome, not_applicable
from harness.conformance.subject import Subject
from harness.conformance.trial import Stage

S = TypeVar("S")

_MAY_NOT_MOVE: Final = (
    "the pump may not deliver here; give --may-deliver, or no --bench"
)
_NO_DRIVER: Final = "the model has no twin; give --bench with a pump that is connected"
_NO_HABITS: Final = "the package declares no habits of a driver that commands"
_NAME_WIDTH: Final = 23


def run(
    subject: Subject,
    stage: Stage | None,
    *,
    may_deliver: bool,
    noise_bytes: int = codec.NOISE_BYTES,
) -> Iterator[Finding]:
    """Yield what each check finds.

    Args:
        subject: what the package declares.
        stage: where the driver is tried; None where there is neither twin nor pump.
        may_deliver: whether the pump may be told to deliver.
        noise_bytes: how much garbage the codec is fed to see what it keeps.
    """
    for check in codec.checks(noise_bytes):
        yield check.on(subject.codec)
    checks = (*commands.CHECKS, *on_the_line.line_checks(subject.codec.is_checked))
    if stage is None:
        yield from _left_out(checks, _NO_DRIVER if subject.habits else _NO_HABITS)
        return
    for each in checks:
        if each.moves and not may_deliver:
            yield from _left_out([each], _MAY_NOT_MOVE)
        else:
            yield each.on(stage)


def has_passed(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing failed."""
    return all(each.result.outcome is not Outcome.FAIL for each in findings)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the table, and under what failed its bytes and what to do."""
    for each in findings:
        result = each.result
        yield f"{result.outcome:<15}{each.check:<{_NAME_WIDTH}}  {result.reason}"
        if result.example:
            yield f"{'':15}bytes: {result.example.hex(' ')}"
        if each.advice:
            yield f"{'':15}do: {each.advice}"


def as_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return the same for programs; bytes are hexadecimal."""
    return [
        {
            "check": each.check,
            "outcome": str(each.result.outcome),
            "reason": each.result.reason,
            "example": each.result.example.hex(),
            "advice": each.advice,
        }
        for each in findings
    ]


def _left_out(checks: Iterable[Check[S]], reason: str) -> Iterator[Finding]:
    for each in checks:
        yield Finding(each.name, not_applicable(reason), "")
