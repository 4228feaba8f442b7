"""The runs of a qualification: elsewhere, over the wire, killed and resumed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fixtures.qualification import repeatability
from harness.qualification.pack import Grade


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")
def test_the_real_command_repeats_itself(tmp_path: Path) -> None:
    found = repeatability.repeat(tmp_path, ("ITB-BOL-001/single",))
    assert [e for e in found.part.checks if e.grade is not Grade.PASSED] == []
    assert len(found.part.checks) == 8
    assert found.journal is not None
