"""What a run tells the shell: one number from verdict and state."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from harness.judging import RunState, Verdict


class ExitCode(IntEnum):
    """What a run tells whoever started it; 4 and 5 are pytest's own."""

    PASSED = 0
    FAILED = 1
    ABORTED = 2
    TOOL_ERROR = 3
    INCONCLUSIVE = 10
    BENCH_FAULT = 11


_STATE_CODES: Final = (
    (RunState.TOOL_ERROR, ExitCode.TOOL_ERROR),
    (RunState.BENCH_FAULT, ExitCode.BENCH_FAULT),
    (RunState.ABORTED, ExitCode.ABORTED),
)


def exit_code(verdict: Verdict, state: RunState) -> ExitCode:
    """Return the code of a run.

    A FAIL outweighs a run fault, and a run fault an INCONCLUSIVE.

    Args:
        verdict: the worst of its cases.
        state: what became of the run itself.
    """
    if verdict is Verdict.FAIL:
        return ExitCode.FAILED
    for faulty, code in _STATE_CODES:
        if state is faulty:
            return code
    return ExitCode.PASSED if verdict is Verdict.PASS else ExitCode.INCONCLUSIVE
