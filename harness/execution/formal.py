"""What a run rests on as evidence, found out before its first record.

A formal run names plan, register, profile, seeded faults and procedures that somebody
whom the laboratory trusts has approved by signature, and the set-up of the bench. Every
other run is marked ENGINEERING, with the reasons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from harness.clock import wall_ns
from harness.errors import ConfigurationError, SignatureFault
from harness.evidence.records import JsonValue
from harness.execution import earlier, loaded, setup_record, software
from harness.execution.calibration import planned_end_ns
from harness.execution.earlier import EarlierFormal
from harness.execution.folder import Invocation
from harness.execution.header import BenchSetup
from harness.execution.inputs import InputFile, Place
from harness.execution.setup_record import SetupRecord
from harness.execution.software import UNKNOWN, Checkout
from harness.plans.digests import digests
from harness.plans.plan import Plan
from harness.plans.selection import left_out
from harness.signing import approvals, files
from harness.signing.approvals import Approval
from harness.signing.envelope import Envelope
from harness.signing.keys import load_public_key

T = TypeVar("T")

_MOST_BYTES: Final = 4 * 1024 * 1024
_NOT_FORMAL: Final = (
    "not a formal run: no signed approval was asked for before its first record"
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a run rests on beside plan and bench.

    Attributes:
        git: commit of the source.
        formal: the approval, as the run record names it; None if it is no formal run.
        setup: the set-up record; None without one.
        engineering: why the run is no evidence, beside what the bench file says.
        files: set-up record and approval, to be kept with the run.
        earlier: formal runs of the same plan and profile, of whatever unit.
    """

    git: Checkout = UNKNOWN
    formal: Mapping[str, JsonValue] | None = None
    setup: SetupRecord | None = None
    engineering: tuple[str, ...] = (_NOT_FORMAL,)
    files: tuple[InputFile, ...] = ()
    earlier: tuple[EarlierFormal, ...] = ()

    def to_json(self, bench: BenchSetup, end_ns: int) -> dict[str, JsonValue]:
        """Return what the run record says of it.

        Args:
            bench: the bench, which may have reasons of its own.
            end_ns: bench time at which the last case ends at the latest.
        """
        return {
            "engineering": [*self.engineering, *bench.engineering],
            "git": self.git.to_json(),
            "formal": self.formal,
            "setup": None if self.setup is None else self.setup.to_json(),
            "planned_end_ns": end_ns,
        }


@dataclass(frozen=True, slots=True)
class _Approved:
    """An approval that holds, and its file."""

    approval: Approval
    file: InputFile


def establish(
    how: Invocation,
    plan: Plan,
    bench: BenchSetup,
    selected: Collection[str],
    folder: Path,
) -> Basis:
    """Find out what a run rests on; before its first record, and nothing is moved.

    Args:
        how: how the run was started.
        plan: the plan, with its profile.
        bench: the bench, not yet open.
        selected: ids of the cases that were chosen.
        folder: of the run; the earlier runs lie beside it.

    Raises:
        ConfigurationError: a formal run is asked for and may not begin, for all the
            reasons at once; or the set-up record cannot be read.
    """
    git = software.loaded_from()
    if how.formal:
        return _formal(how, plan, bench, selected, folder, git)
    if how.approval is not None or how.trusted_keys:
        raise ConfigurationError(
            "--approval and --trusted-key belong to a formal run; add --formal, or"
            " leave them out"
        )
    setup = _setup(how, plan)
    reasons = (_NOT_FORMAL, *_against_source(git), *_against_setup(setup))
    return Basis(git, None, setup, reasons, _files(setup))


def _formal(
    how: Invocation,
    plan: Plan,
    bench: BenchSetup,
    selected: Collection[str],
    folder: Path,
    git: Checkout,
) -> Basis:
    reasons: list[str] = []
    approved = _tried(lambda: _approved(how, plan), reasons)
    setup = _tried(lambda: _setup(how, plan), reasons)
    found = _tried(lambda: earlier.find(folder.parent, plan, folder), reasons)
    if how.setup is None or setup is not None:
        reasons += _against_setup(setup)
    reasons += (*_against_source(git), *loaded.strangers(plan))
    reasons += _against_selection(plan, selected)
    reasons += (*bench.engineering, *_against_calibration(plan, bench))
    if reasons or approved is None or found is None:
        listed = "".join(f"\n  - {each}" for each in reasons)
        raise ConfigurationError(f"a formal run cannot begin:{listed}")
    return Basis(
        git=git,
        formal=_said(approved),
        setup=setup,
        engineering=(),
        files=(*_files(setup), approved.file),
        earlier=found,
    )


def _tried(step: Callable[[], T], reasons: list[str]) -> T | None:
    try:
        return step()
    except (ConfigurationError, SignatureFault) as error:
        reasons.append(str(error))
        return None


def _approved(how: Invocation, plan: Plan) -> _Approved:
    """Check the approval.

    Raises:
        ConfigurationError: approval or key is missing, or cannot be read.
        SignatureFault: the approval does not hold.
    """
    if how.approval is None:
        raise ConfigurationError(
            "there is no approval; have the plan approved with `dosebench approve`, and"
            " give its file with --approval"
        )
    if not how.trusted_keys:
        raise ConfigurationError(
            "no key is trusted; give the public key of whoever approves with"
            " --trusted-key, from where you got it yourself"
        )
    trusted = [load_public_key(each) for each in how.trusted_keys]
    data = files.read(how.approval, "approval", _MOST_BYTES)
    where = str(how.approval)
    envelope = Envelope.parse(data, where)
    approval = approvals.check(envelope, trusted, digests(plan), wall_ns(), where)
    digest = hashlib.sha256(data).hexdigest()
    return _Approved(approval, InputFile(Place.APPROVAL, how.approval, digest))


def _said(approved: _Approved) -> dict[str, JsonValue]:
    return {"sha256": approved.file.sha256, **approved.approval.to_json()}


def _setup(how: Invocation, plan: Plan) -> SetupRecord | None:
    return None if how.setup is None else setup_record.read(how.setup, plan.setup)


def _files(setup: SetupRecord | None) -> tuple[InputFile, ...]:
    if setup is None:
        return ()
    return (InputFile(Place.SETUP, setup.path, setup.sha256),)


def _against_source(git: Checkout) -> Iterator[str]:
    if git.commit is None or git.clean is None:
        yield "the commit of the source is not known; run from a clone made with git"
    elif not git.clean:
        yield (
            f"the source is not clean: it differs from its commit {git.commit[:12]};"
            " commit or undo what was changed"
        )


def _against_setup(setup: SetupRecord | None) -> Iterator[str]:
    if setup is None:
        yield "there is no set-up record; write one, and give it with --setup"
    elif setup.missing:
        yield (
            f"the set-up record {setup.path.name} does not say"
            f" {', '.join(setup.missing)}, which the plan requires"
        )


def _against_selection(plan: Plan, selected: Collection[str]) -> Iterator[str]:
    missing = sum(case.id not in selected for case in plan.cases)
    if missing:
        yield (
            f"{missing} cases of the plan were not selected; leave out -k, --case and"
            " names of tests"
        )


def _against_calibration(plan: Plan, bench: BenchSetup) -> Iterator[str]:
    absent = left_out(plan.cases, bench.roles)
    now_ns = bench.clock.now_ns()
    end_ns = planned_end_ns(now_ns, (c for c in plan.cases if c.id not in absent))
    reasons = (each.why_not(now_ns, end_ns) for each in bench.calibrations)
    yield from filter(None, reasons)
