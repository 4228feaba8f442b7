"""The options of a run on pytest's command line, and what they say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.execution.folder import Invocation
from harness.execution.header import BenchSetup
from harness.plans import loading
from harness.plans.plan import Form, Plan


def add_to(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    group = parser.getgroup("dosebench", "verification of a pump")
    group.addoption("--bench", metavar="FILE", help="bench file (TOML)")
    other = "profile to use instead of the plan's (TOML)"
    group.addoption("--profile", metavar="FILE", help=other)
    form = "form of the cases that have two (default: full)"
    group.addoption("--form", choices=tuple(Form), default=Form.FULL, help=form)
    only = "run only this case; may be given several times"
    group.addoption("--case", action="append", default=[], metavar="ID", help=only)
    seed = "seed of the simulated bench (default: 1)"
    group.addoption("--seed", type=int, default=1, metavar="N", help=seed)
    runs = "folder that takes a folder for each run (default: runs)"
    group.addoption("--runs", default="runs", metavar="DIR", help=runs)
    again = "go on with the run in this folder, which was broken off"
    group.addoption("--resume", metavar="RUN", help=again)
    changed = "resume even if the tool has changed; the run is no evidence then"
    group.addoption("--allow-changed-software", action="store_true", help=changed)
    begin = "resume, but begin the open case again whatever its rule, for this reason"
    group.addoption("--begin-again", default="", metavar="WHY", help=begin)
    late = "bring the journal to the disk at its end only; the run is no evidence then"
    group.addoption("--sync-at-end", action="store_true", help=late)
    setup = "set-up record of the bench (TOML)"
    group.addoption("--setup", metavar="FILE", help=setup)
    is_formal = "a run that may count as evidence, or none at all"
    group.addoption("--formal", action="store_true", help=is_formal)
    approval = "approval of the plan, for a formal run"
    group.addoption("--approval", metavar="FILE", help=approval)
    key = "public key whose approval counts; may be given several times"
    group.addoption(
        "--trusted-key", action="append", default=[], metavar="FILE", help=key
    )


def load_plan(config: pytest.Config, path: Path) -> Plan:
    """Load a plan with the profile and in the form that are asked for.

    Raises:
        ConfigurationError: something in it is wrong.
    """
    other = config.getoption("profile")
    profile = None if other is None else config.invocation_params.dir / other
    return loading.load(path, profile, Form(config.getoption("form")))


def invocation(config: pytest.Config, plan: Plan, bench: BenchSetup) -> Invocation:
    """Gather how the run was started, with absolute paths."""
    base = config.invocation_params.dir

    def path(option: str) -> Path | None:
        given = config.getoption(option)
        return None if given is None else (base / given).resolve()

    return Invocation(
        plan=plan.path.resolve(),
        bench=bench.path.resolve(),
        profile=path("profile"),
        form=config.getoption("form"),
        seed=config.getoption("seed"),
        cases=tuple(config.getoption("case")),
        k=config.getoption("keyword"),
        setup=path("setup"),
        formal=config.getoption("formal"),
        approval=path("approval"),
        trusted_keys=tuple(
            (base / each).resolve() for each in config.getoption("trusted_key")
        ),
    )
