"""Short runs over lines that are made faulty, and what became of each."""

from __future__ import annotations

import signal
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Final

from fixtures import toml_text
from harness.evidence.records import Kind
from harness.judging import RunState, Verdict
from harness.plans.coverage import Parameters
from harness.render.run_fold import of_journal
from tests.end_to_end import campaign
from tests.end_to_end.command import Judged, Outcome
from tests.end_to_end.pumps import REFERENCE_40

LOW: Final = "ITB-FLOW-001/low"
BOLUS: Final = "ITB-BOL-001/small"
STALL: Final = "ITB-STL-001/magnet"
_LONGEST_S: Final = 120.0

SOUND: Final = "sound"
UNITS: Final[Mapping[str, tuple[tuple[str, ...], Parameters]]] = MappingProxyType(
    {
        SOUND: ((LOW, BOLUS, STALL), {}),
        "14 % too fast, and mute when it stalls": (
            (LOW, BOLUS, STALL),
            {
                "flow_error": "14 %",
                "mute_flag": ("MOTOR_STALL",),
                "mute_log": ("MOTOR_STALL",),
                "mute_sound": ("MOTOR_STALL",),
            },
        ),
    }
)
"""Cases and parameters of each simulated unit."""

Fault = tuple[tuple[str, object], ...]
"""One ``[[instrument.line_faults.fault]]`` as a bench file has it."""

SHOULD_RECOVER: Final = frozenset({"split", "merged", "delayed", "doubled"})
"""Kinds of fault that a run is to get over."""


class Became(Enum):
    """What became of a run; the value is the word of the page."""

    SAME = "all verdicts of the sound line"
    UNDECIDED = "INCONCLUSIVE"
    BENCH_FAULT = "fault of the bench"
    WRONG_PASS = "WRONG PASS"
    WRONG_FAIL = "WRONG FAIL"
    BROKEN = "ERROR OF THE TOOL"


ALLOWED: Final = frozenset({Became.SAME, Became.UNDECIDED, Became.BENCH_FAULT})


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is to be made.

    Attributes:
        line: the instrument's first role.
        fault: what is wrong with its line, by name; empty for the sound one.
        unit: key of `UNITS`.
        seed: of the unit and of the faults.
        cases: ids; all of the unit when empty.
    """

    line: str
    fault: Fault
    unit: str
    seed: int = 1
    cases: tuple[str, ...] = ()

    @property
    def kind(self) -> object:
        """The kind of its fault; None where there is none."""
        return dict(self.fault).get("kind")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it.

    Attributes:
        verdicts: what stands of each case and requirement.
        state: of the run; None where not even its end was journalled.
        code: of the command.
        output: what it printed.
        digest: of its journal.
    """

    verdicts: Mapping[Judged, Verdict]
    state: str | None
    code: int
    output: str
    digest: str

    def became(self, sound: Result) -> Became:
        """Compare with the same run on a sound line."""
        if self.state in (None, RunState.TOOL_ERROR.name) or "Traceback" in self.output:
            return Became.BROKEN
        pairs = [
            (verdict, self.verdicts.get(judged, Verdict.NOT_RUN))
            for judged, verdict in sound.verdicts.items()
        ]
        if any(w is not Verdict.PASS and g is Verdict.PASS for w, g in pairs):
            return Became.WRONG_PASS
        if any(w is not Verdict.FAIL and g is Verdict.FAIL for w, g in pairs):
            return Became.WRONG_FAIL
        if all(wanted is got for wanted, got in pairs):
            return Became.SAME
        is_fault = self.state == RunState.BENCH_FAULT.name
        return Became.BENCH_FAULT if is_fault else Became.UNDECIDED


def make(run: Run, home: Path) -> Result:
    """Make a run in this process, which ends with the task."""
    cases, seeded = UNITS[run.unit]
    home.mkdir(parents=True)
    bench = home / "faulty.toml"
    bench.write_text(_bench(run, seeded), encoding="utf-8")
    pump = replace(REFERENCE_40, bench=bench)
    signal.signal(signal.SIGALRM, _hangs)
    signal.setitimer(signal.ITIMER_REAL, _LONGEST_S, _LONGEST_S)
    chosen = run.cases or cases
    done = campaign.verify(home / "run", pump, chosen, seed=run.seed)
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    return _result(done)


def _hangs(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"hangs after {_LONGEST_S} s")


def _result(done: Outcome) -> Result:
    ends = done.of(Kind.END)
    state = str(ends[0].fields["state"]) if ends else None
    digest = sha256(done.journal).hexdigest()
    verdicts = _verdicts(done) if done.folder.name != "runs" else {}
    return Result(verdicts, state, done.code, done.output, digest)


def _verdicts(done: Outcome) -> dict[Judged, Verdict]:
    """What stands: a case that was begun again has its last attempt's."""
    return {
        (case.id, claim): case.verdict_on(claim) or Verdict.NOT_RUN
        for case in of_journal(done.folder).cases
        for claim in case.claims
    }


def _bench(run: Run, seeded: Parameters) -> str:
    members = tomllib.loads(REFERENCE_40.bench.read_text("utf-8"))
    del members["check_weight"]  # it takes as long as a case
    members["bench"]["reconnect_within"] = "1 minute"
    members["simulation"] = {"pump": _lists(seeded)} if seeded else {}
    if run.fault:
        entries = members["instrument"]
        faulty = next(each for each in entries if run.line in each["roles"])
        faulty["line_faults"] = {"seed": run.seed, "fault": [dict(run.fault)]}
    return toml_text.dumps(members)


def _lists(seeded: Parameters) -> dict[str, object]:
    return {
        k: list(v) if isinstance(v, Sequence) and not isinstance(v, str) else v
        for k, v in seeded.items()
    }
