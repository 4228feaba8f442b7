"""A run that is killed three times, on a bench that goes on delivering meanwhile."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from benchmarks import kills
from benchmarks.kills import Child
from harness.evidence.reader import inspect
from harness.judging import RunState, Verdict
from harness.render.run_fold import of_journal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

KILLS = 3
EXPECTED = {
    "KILL-FLOW-001/first": Verdict.PASS,
    "KILL-BOL-001/single": Verdict.PASS,
    "KILL-FLOW-002/too-strict": Verdict.FAIL,
    "KILL-REF-001/too-fast": Verdict.PASS,
    "KILL-CNT-001/goes-on": Verdict.PASS,
}


@pytest.mark.slow
def test_no_kill_loses_a_record_or_changes_a_verdict(tmp_path: Path) -> None:
    draw = random.Random(5)
    with kills.served(tmp_path, 1) as bench:
        words = kills.verify(tmp_path, bench, 1)
        for _ in range(KILLS):
            child = Child(tmp_path, words, None)
            child.wait_for_header()
            was_alive, said = child.run_for(draw.uniform(0.1, 0.9)), child.said()
            assert was_alive, said
            folder = kills.folder_in(tmp_path / "runs")
            found = inspect(folder)
            assert found.broken is None
            assert found.records >= child.acknowledged(on_disk=False)
            # The tool's own source may be edited while its tests run.
            words = ["resume", str(folder), "--allow-changed-software"]
        child = Child(tmp_path, words, None)
        child.wait_for_header()
        child.run_for(60.0)
        said = child.said()
        record = of_journal(folder)

    assert child.process.returncode == 1, said
    assert record.state is RunState.COMPLETE
    assert len(record.resumes) == KILLS
    assert {case.id: case.verdict for case in record.cases} == EXPECTED
