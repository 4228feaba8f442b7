"""What an exception that left a procedure means for its run, and how it is written."""

from __future__ import annotations

from typing import Final

from harness.errors import BenchFault, PumpFinding
from harness.judging import RunState

_LONGEST: Final = 500


def state_after(error: BaseException) -> RunState:
    """Say what an exception that left a procedure means for the run.

    A finding about the pump, or an assertion, leaves only its case INCONCLUSIVE.
    """
    if isinstance(error, BenchFault):
        return RunState.BENCH_FAULT
    if isinstance(error, PumpFinding | AssertionError):
        return RunState.COMPLETE
    return RunState.TOOL_ERROR


def one_line(error: BaseException) -> str:
    """An exception's text, bounded, on one line."""
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__
