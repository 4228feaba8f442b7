"""Imported once by the server from which the processes of the campaign are forked.

It imports what every run imports, and reads the plan once, so that the units which Pint
has understood are known in all of them. Nothing that a run decides is kept.
"""

from __future__ import annotations

import gc
import importlib

from harness.plans import loading
from tests.end_to_end.command import PLAN

_LIBRARIES = ("construct", "matplotlib.figure", "pytest_html", "pyvisa_py", "serial")
_OURS = (
    "harness.pytest_plugin",
    "harness.report",
    "fixtures.plugin",
    "fixtures.around_cases",
)

for _name in (*_LIBRARIES, *_OURS):
    importlib.import_module(_name)
for _procedure in loading.load(PLAN / "plan.toml").procedures.by_name.values():
    importlib.import_module(f"test_plans.implanted.{_procedure.file.stem}")
# None of it becomes garbage: no run has to look through it.
gc.freeze()
