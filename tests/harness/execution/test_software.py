"""The hashes by which a run names the software that made it."""

from __future__ import annotations

import os
import subprocess
from hashlib import sha256
from importlib import machinery
from pathlib import Path

import pytest

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


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(
        ["git", "-C", folder, *who, *words], check=True, capture_output=True
    )
    return done.stdout.decode().strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with one source file, one text, and a commit."""
    folder = tmp_path / "clone"
    (folder / "harness").mkdir(parents=True)
    (folder / "harness" / "clock.py").write_text("factor = 1\n")
    (folder / "README.md").write_text("read\n")
    (folder / ".gitignore").write_text("ignored.*\n__pycache__/\n")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "One")
    return folder


def test_a_clean_clone_has_its_commit(clone: Path) -> None:
    (clone / "harness" / "__pycache__").mkdir()
    (clone / "harness" / "__pycache__" / "clock.pyc").write_bytes(b"x")
    (clone / "notes.txt").write_text("no source")
    found = software.checkout(clone)

    assert found == software.Checkout(git(clone, "rev-parse", "HEAD"), clean=True)


@pytest.mark.parametrize(
    "file", ["README.md", "harness/clock.py", "harness/new.py", "harness/ignored.py"]
)
def test_whatever_differs_from_the_commit_is_not_clean(clone: Path, file: str) -> None:
    (clone / file).write_text("changed\n")

    assert software.checkout(clone).clean is False


def test_a_staged_change_is_not_clean(clone: Path) -> None:
    (clone / "README.md").write_text("changed\n")
    git(clone, "add", "--all")

    assert software.checkout(clone).clean is False


def test_a_copy_in_the_repository_of_others_has_no_commit(clone: Path) -> None:
    assert software.checkout(clone / "harness") == software.UNKNOWN


def test_without_a_repository_nothing_is_known(tmp_path: Path) -> None:
    assert software.checkout(tmp_path) == software.UNKNOWN


def test_what_git_sets_in_a_hook_leads_nowhere_else(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    assert software.checkout(clone).commit is not None


def test_without_git_nothing_is_known(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    assert software.checkout(clone) == software.UNKNOWN


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_git_cannot_be_told_to_look_away(clone: Path, flag: str) -> None:
    git(clone, "update-index", flag, "harness/clock.py")
    (clone / "harness" / "clock.py").write_text("factor = 2\n")

    assert git(clone, "status", "--porcelain") == ""
    assert software.checkout(clone).clean is False


def test_a_change_with_the_size_and_time_of_before_is_seen(clone: Path) -> None:
    file = clone / "harness" / "clock.py"
    git(clone, "config", "core.trustctime", "false")
    git(clone, "config", "core.checkStat", "minimal")
    os.utime(file, (10**9, 10**9))
    git(clone, "update-index", "--refresh")
    file.write_text("factor = 2\n")
    os.utime(file, (10**9, 10**9))

    assert git(clone, "status", "--porcelain", "--untracked-files=no") == ""
    assert software.checkout(clone).clean is False


def test_a_filter_cannot_show_git_other_contents(clone: Path) -> None:
    (clone / ".git" / "info" / "attributes").write_text("*.py filter=lie\n")
    git(clone, "config", "filter.lie.clean", "echo factor = 1")
    (clone / "harness" / "clock.py").write_text("factor = 3\n")

    assert git(clone, "status", "--porcelain") == ""
    assert software.checkout(clone).clean is False


def test_a_replaced_object_is_not_the_one_of_the_commit(clone: Path) -> None:
    file = clone / "harness" / "clock.py"
    before = git(clone, "rev-parse", "HEAD:harness/clock.py")
    file.write_text("factor = 2\n")
    after = git(clone, "hash-object", "-w", "harness/clock.py")
    git(clone, "replace", before, after)

    assert software.checkout(clone).clean is False


@pytest.mark.parametrize("end", machinery.all_suffixes())
def test_whatever_python_could_load_counts_as_added(clone: Path, end: str) -> None:
    (clone / "harness" / f"clock{end}").write_bytes(b"")

    assert software.checkout(clone).clean is False


def test_a_file_that_is_gone_is_a_change(clone: Path) -> None:
    (clone / "README.md").unlink()

    assert software.checkout(clone).clean is False


def test_the_files_of_the_commit(clone: Path) -> None:
    (clone / "new.py").write_text("")

    assert software.tracked(clone) == {
        clone / name for name in ("README.md", ".gitignore", "harness/clock.py")
    }
