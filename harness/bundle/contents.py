"""Which files of a run go into its bundle, and what is said of them when signing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from harness.bundle import names
from harness.errors import ConfigurationError
from harness.judging import Verdict
from harness.render import marks
from harness.render.header_record import Hashed
from harness.render.run_record import RunRecord

# What a run leaves; anything else in its folder was put there by somebody.
_FILES: Final = re.compile(
    r"journal-\d{4,}\.jsonl|wall-times\.jsonl|run\.json|facts\.json|junit\.xml"
    r"|(report|dossier)[a-z0-9-]*\.html|(traceability|measurements)\.(json|csv)"
    r"|inputs/.+|deviations/[^/]+\.dsse\.json"
)
_PASSING: Final = re.compile(r"\..*|.*\.part")
# in-toto knows three results; what was not shown is neither passed nor failed.
_RESULTS: Final = {Verdict.PASS: "PASSED", Verdict.FAIL: "FAILED"}
_WARNED: Final = "WARNED"


def files(run: Path) -> dict[str, Path]:
    """Return the evidence in a run's folder: name in the bundle, and file.

    Hidden files and half-written ones (``*.part``) are left out.

    Raises:
        ConfigurationError: something lies there that does not belong to a run, or that
            cannot be bundled.
    """
    try:
        return dict(sorted(_found(run)))
    except OSError as error:
        raise ConfigurationError(
            f"{run}: cannot be read ({error.strerror}); give the folder of a run"
        ) from error


def _found(run: Path) -> Iterator[tuple[str, Path]]:
    for path in run.rglob("*"):
        inside = path.relative_to(run).as_posix()
        if any(_PASSING.fullmatch(part) for part in inside.split("/")):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ConfigurationError(
                f"{path}: a link or device, not a file; put the file itself there"
            )
        if path.is_dir():
            continue
        if _FILES.fullmatch(inside) is None:
            raise ConfigurationError(
                f"{path}: no part of a run; move it to another folder, then bundle"
                " again"
            )
        name = names.RUN + inside
        if reason := names.fault(name):
            raise ConfigurationError(f"{path}: {reason}; rename it")
        yield name, path


def result(run: RunRecord) -> dict[str, object]:
    """Return the predicate of the run's result, without its signature.

    A test result of in-toto (https://github.com/in-toto/attestation,
    spec/predicates/test-result.md), version 0.1, and a member of ours. A run that is
    marked is WARNED at best.
    """
    header, said = run.header, list(marks.words(run, in_bundle=True))
    passed = run.verdict is Verdict.PASS and not said
    overall = Verdict.FAIL if run.verdict is Verdict.FAIL else Verdict.INCONCLUSIVE
    by_result: dict[str, list[str]] = {"PASSED": [], _WARNED: [], "FAILED": []}
    for case in run.cases:
        by_result[_RESULTS.get(case.verdict, _WARNED)].append(case.id)
    coverage = () if header.coverage is None else (header.coverage,)
    configuration = (header.plan, header.profile, header.register, header.bench)
    return {
        "result": _RESULTS.get(Verdict.PASS if passed else overall, _WARNED),
        "configuration": _resources(
            (*configuration, *coverage, *header.procedures, header.software)
        ),
        "passedTests": by_result["PASSED"],
        "warnedTests": by_result[_WARNED],
        "failedTests": by_result["FAILED"],
        "run": {
            "verdict": run.verdict.name,
            "state": run.state.name,
            "complete": run.is_complete,
            "marks": said,
            "records": run.integrity.records,
            "head": run.integrity.head,
            "git": {"commit": header.git_commit, "clean": header.git_clean},
            "formal": dict(header.formal) or None,
        },
    }


def _resources(hashed: Iterable[Hashed]) -> list[dict[str, object]]:
    return [{"name": each.name, "digest": {"sha256": each.sha256}} for each in hashed]
