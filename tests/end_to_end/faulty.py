"""Short runs over lines that are made faulty, and what became of each."""

from __future__ import annotations

import signal
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any, Final

from fixtures import toml_text
from harness.evidence.records import Kind
from harness.judging import RunState, Verdict
from harness.render.run_fold import of_journal
from tests.end_to_end import campaign
from tests.end_to_end.command import Judged, Outcome
from tests.end_to_end.faulty_benches import BENCHES, Bench

_LONGEST_S: Final = 120.0

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
        bench: key of `BENCHES`.
        line: one of the instrument's roles.
        fault: what is wrong with its line, by name; empty for the sound one.
        must_fail: whether the unit is the bench's wrong one.
        seed: of the unit and of the faults.
        cases: ids; all of the bench when empty.
    """

    bench: str
    line: str = ""
    fault: Fault = ()
    must_fail: bool = False
    seed: int = 1
    cases: tuple[str, ...] = ()

    @property
    def on_sound_line(self) -> Run:
        """The same run with nothing wrong on any line."""
        return replace(self, line="", fault=())

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
    bench = BENCHES[run.bench]
    home.mkdir(parents=True)
    path = home / "faulty.toml"
    path.write_text(_text(run, bench), encoding="utf-8")
    pump = replace(bench.pump, bench=path)
    signal.signal(signal.SIGALRM, _hangs)
    signal.setitimer(signal.ITIMER_REAL, _LONGEST_S, _LONGEST_S)
    chosen = run.cases or bench.cases
    done = campaign.verify(home / "run", pump, chosen, seed=run.seed, plan=bench.plan)
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    return _result(done)


def _hangs(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"hangs after {_LONGEST_S} s")


def _result(done: Outcome) -> Result:
    if done.folder.name == "runs":  # it ended before there was a journal
        return Result({}, None, done.code, done.output, "")
    ends = done.of(Kind.END)
    state = str(ends[0].fields["state"]) if ends else None
    digest = sha256(done.journal).hexdigest()
    return Result(_verdicts(done), state, done.code, done.output, digest)


def _verdicts(done: Outcome) -> dict[Judged, Verdict]:
    """What stands: a case that was begun again has its last attempt's."""
    return {
        (case.id, claim): case.verdict_on(claim) or Verdict.NOT_RUN
        for case in of_journal(done.folder).cases
        for claim in case.claims
    }


def _text(run: Run, bench: Bench) -> str:
    members = tomllib.loads(bench.pump.bench.read_text("utf-8"))
    del members["check_weight"]  # it takes as long as a case
    members["bench"]["reconnect_within"] = "1 minute"
    entries = members["instrument"]
    for role, keys in bench.instruments.items():
        _with_role(entries, role).update(keys)
    unit = bench.wrong if run.must_fail else {}
    members["simulation"] = {**bench.simulation, **unit}
    if run.fault:
        faults = {"seed": run.seed, "fault": [dict(run.fault)]}
        _with_role(entries, run.line)["line_faults"] = faults
    return toml_text.dumps(members)


def _with_role(entries: list[dict[str, Any]], role: str) -> dict[str, Any]:
    return next(each for each in entries if role in each["roles"])
