"""The files beside a journal that follow from it alone, for people and for programs.

One record gives the same bytes in a live run and years later; `dosebench report` makes
them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from harness.errors import ReportFault
from harness.evidence import disk
from harness.render import html, junit, measurement_files, trace_files
from harness.render.facts import facts
from harness.render.run_record import RunRecord
from harness.render.views import RunView

REPORT: Final = "report.html"
DOSSIER: Final = "dossier.html"
FACTS: Final = "facts.json"
TRACE_JSON: Final = "traceability.json"
TRACE_CSV: Final = "traceability.csv"
MEASURED_JSON: Final = "measurements.json"
MEASURED_CSV: Final = "measurements.csv"
JUNIT: Final = "junit.xml"

# Spreadsheets take UTF-8 for something else without its mark.
_WITH_MARK: Final = "utf-8-sig"


WRITERS: Final[Mapping[str, Callable[[RunRecord], str]]] = MappingProxyType(
    {
        FACTS: facts,
        TRACE_JSON: trace_files.as_json,
        TRACE_CSV: trace_files.as_csv,
        MEASURED_JSON: measurement_files.as_json,
        MEASURED_CSV: measurement_files.as_csv,
        JUNIT: junit.as_xml,
        DOSSIER: html.dossier_page,
    }
)
"""What makes each file's text, by its name."""


def write(folder: Path, run: RunRecord, view: RunView | None = None) -> None:
    """Write every file of `WRITERS`; a reader sees all of a file or none.

    Args:
        folder: of the run.
        run: what the journal says.
        view: the same in words, where somebody has it already: its plots take seconds.

    Raises:
        ReportFault: one cannot be written.
    """
    for name, text in WRITERS.items():
        encoding = _WITH_MARK if name.endswith(".csv") else "utf-8"
        said = html.page(view) if view and name == DOSSIER else text(run)
        _write_whole(folder / name, said.encode(encoding))


def _write_whole(path: Path, content: bytes) -> None:
    try:
        with disk.whole(path) as file:
            file.write(content)
    except OSError as error:
        raise ReportFault(
            f"{path}: cannot be written ({error.strerror}); the journal is not touched"
            f" by this: free space or make the folder writable, then run dosebench"
            f" report {path.parent}"
        ) from error
