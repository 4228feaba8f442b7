"""What is mutated, and the narrow tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Subject:
    """A module that is mutated.

    Attributes:
        path: its path from the root.
        tests: paths of files of tests, run in this order until one fails.
        shared: what tests import and what does not import the module; once is enough
            for all mutants.
    """

    path: str
    tests: tuple[str, ...]
    shared: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").replace("/", ".")


_JUDGING: Final = "tests/harness/judging"
# First what kills most, for the rest is not run then.
_EDGES: Final = f"{_JUDGING}/test_edges.py"
_LIMITS: Final = (
    f"{_JUDGING}/test_findings.py",
    f"{_JUDGING}/test_limit_edges.py",
    _EDGES,
    f"{_JUDGING}/test_limits.py",
    f"{_JUDGING}/test_rules.py",
)
_CHANCES: Final = (f"{_JUDGING}/test_chances.py", f"{_JUDGING}/test_conformity.py")
_VERDICTS: Final = (f"{_JUDGING}/test_verdicts.py", *_LIMITS)
_RULES: Final = (_EDGES, *_LIMITS, *_CHANCES)
_FOLDING: Final = "tests/harness/qualification"
_SHARED: Final = ("harness.units", "harness.metrology.monte_carlo")

SUBJECTS: Final = (
    Subject("harness/judging/chances.py", _CHANCES, _SHARED),
    Subject("harness/judging/conformity.py", _CHANCES, _SHARED),
    Subject("harness/judging/findings.py", _LIMITS, _SHARED),
    Subject("harness/judging/judgements.py", _LIMITS, _SHARED),
    Subject("harness/judging/limits.py", _LIMITS, _SHARED),
    Subject("harness/judging/rules.py", _RULES, _SHARED),
    Subject("harness/judging/verdicts.py", _VERDICTS, _SHARED),
    Subject(
        "harness/units.py",
        ("tests/harness/test_units_rules.py", "tests/harness/test_units.py"),
    ),
    Subject("harness/agreement.py", ("tests/harness/test_agreement.py",)),
    Subject(
        "protocols/pump_link/frame.py",
        (
            "tests/protocols/pump_link/test_frame_edges.py",
            "tests/protocols/pump_link/test_frame.py",
        ),
    ),
    Subject("harness/evidence/chain.py", ("tests/harness/evidence/test_chain.py",)),
    Subject("harness/qualification/bounds.py", (f"{_FOLDING}/test_bounds.py",)),
    Subject(
        "harness/qualification/matrix.py", (f"{_FOLDING}/test_matrix.py",), _SHARED
    ),
    Subject(
        "harness/qualification/outcome.py",
        (f"{_FOLDING}/test_outcome.py", f"{_FOLDING}/test_outcome_folding.py"),
        (*_SHARED, "harness.render.judged", "harness.render.run_fold"),
    ),
)
