"""The hashes by which a run names the software that made it."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

from harness.execution import software

ROOT = Path(__file__).parents[3]


def test_the_source_hash_is_what_sha256sum_says() -> None:
    files = [
        str(file.relative_to(ROOT))
        for folder in ("harness", "protocols", "drivers", "fixtures")
        for file in sorted((ROOT / folder).rglob("*.py"))
    ]
    listed = subprocess.run(
        ["sha256sum", *files], cwd=ROOT, capture_output=True, check=True
    ).stdout

    assert len(files) > 100
    assert software.describe()["sha256"] == sha256(listed).hexdigest()


def test_the_lock_hash_is_that_of_the_lock() -> None:
    lock = (ROOT / "requirements.lock").read_bytes()

    assert software.describe()["lock"] == sha256(lock).hexdigest()


def test_an_edit_of_one_file_changes_the_hash(tmp_path: Path) -> None:
    file = tmp_path / "harness" / "clock.py"
    file.parent.mkdir()
    file.write_text("factor = 1\n")
    before = software._source_sha256(tmp_path)
    file.write_text("factor = 2\n")

    assert software._source_sha256(tmp_path) != before
