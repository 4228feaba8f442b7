"""A run of a week: how long its report, its bundle and its audit take, and how much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import week_run
from benchmarks.child import Usage, python
from benchmarks.measuring import Result
from harness.evidence import reader
from harness.evidence.records import Kind

EXCHANGES: Final = 2_600_000
_REPORT_S: Final = 60.0
_MEMORY_MIB: Final = 1024.0
_MIB: Final = 1 << 20
_PASSPHRASE: Final = {"DOSEBENCH_PASSPHRASE": "five words drawn at random"}
_VERIFIER: Final = "harness/bundle/verifier.py"
_HASHING: Final = "SHA-256 of the journal's files"
_PARSING: Final = "json.loads of each line of the journal"


def run(exchanges: int = EXCHANGES) -> list[Result]:
    """Measure; needs 3 GB for temporary files, and a minute to write the journal."""
    with TemporaryDirectory(prefix="dosebench-week-") as name:
        folder = Path(name)
        short = week_run.real(folder / "short")
        long = folder / "long" / "week"
        week_run.make(short, long, exchanges)
        return list(_measured(folder, short, long))


def _measured(folder: Path, short: Path, long: Path) -> Iterator[Result]:
    bare = "-m", "benchmarks.bare_files"
    hashing = python(*bare, "sha256", str(long))
    parsing = python(*bare, "json", str(long))
    least = _dosebench("report", str(short))
    report = _dosebench("report", str(long))
    yield Result(
        "week: dosebench report",
        report.processor_s,
        parsing.processor_s,
        "s of processor time",
        _PARSING,
        report.wall_s,
        "s",
        _REPORT_S,
    )
    yield Result(
        "week: memory of dosebench report",
        report.peak_bytes / _MIB,
        least.peak_bytes / _MIB,
        "MiB",
        "the same of the run without the week",
        report.peak_bytes / _MIB,
        "MiB",
        _MEMORY_MIB,
    )
    bundle, signer = folder / "week.zip", ("--key", str(folder / "a.key.pem"))
    trusted = "--trusted-key", str(folder / "a.pub.pem")
    _dosebench("key", "new", "a", "--folder", str(folder))
    made = _dosebench("bundle", str(long), *signer, "--name", "A", "-o", str(bundle))
    yield _times("dosebench bundle", made, hashing, _HASHING)
    audit = _dosebench("audit", str(bundle), *trusted)
    yield _times("dosebench audit", audit, hashing, _HASHING)
    alone = python(_VERIFIER, str(bundle), *trusted)
    yield _times("stand-alone verifier", alone, hashing, _HASHING)
    show = _dosebench("show", str(long), str(_first_verdict(long)))
    yield _times("dosebench show, of a verdict", show, parsing, _PARSING)
    runs = "runs", "--runs", str(long.parent)
    yield _times("dosebench runs, first", _dosebench(*runs), parsing, _PARSING)
    yield _times("dosebench runs, again", _dosebench(*runs), parsing, _PARSING)


def _dosebench(*arguments: str) -> Usage:
    return python("-m", "fixtures.cli", *arguments, environment=_PASSPHRASE)


def _times(name: str, used: Usage, floor: Usage, floor_name: str) -> Result:
    return Result(
        f"week: {name}",
        used.processor_s,
        floor.processor_s,
        "s of processor time",
        floor_name,
        used.wall_s,
        "s",
    )


def _first_verdict(folder: Path) -> int:
    records = reader.Pass(folder).records(lambda *_: None)
    return next(each.seq for each in records if each.kind is Kind.VERDICT)
