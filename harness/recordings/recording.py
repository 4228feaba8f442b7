"""A weight series that another program recorded, as the analysis takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.evidence.records import JsonValue
from harness.recordings import layout, order, reader
from harness.recordings.columns import Chooser, Chosen, Options
from harness.recordings.layout import BLANKS
from harness.recordings.order import Keep
from harness.recordings.reader import Samples, Table
from harness.recordings.source import Progress, examine

_SEPARATOR_NAMES: Final = MappingProxyType(
    {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar", BLANKS: "blanks"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A weight series out of a file.

    Attributes:
        path: the file.
        sha256: hash of its bytes, in hexadecimal.
        understood: how the file was read, as names and values.
        t_s: times from the first sample, shape (n,), strictly increasing.
        first_s: what the first stamp says, if the times are numbers; else 0.
        mass_g: what the balance showed, shape (n,).
        warnings: sentences for the reader.
        jumps: likewise, about steps that are no flow, unless they are boluses.
    """

    path: Path
    sha256: str
    understood: tuple[tuple[str, str], ...]
    t_s: NDArray[np.float64]
    mass_g: NDArray[np.float64]
    first_s: float
    warnings: tuple[str, ...]
    jumps: tuple[str, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """What identifies the file, and how it was read."""
        return {
            "name": self.path.name,
            "sha256": self.sha256,
            "samples": len(self.t_s),
            "duration_s": float(self.t_s[-1]),
            "read_as": dict(self.understood),
        }


def read(
    path: Path,
    options: Options,
    keep: Keep | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Read a recording.

    What the file states wins; an option only says what it does not state.

    Args:
        path: a table of text, in any of the dialects that :mod:`layout` finds.
        options: which columns and units it has.
        keep: which of two samples with one stamp counts.
        progress: is told now and then which share of the file is done.

    Raises:
        ConfigurationError: the file cannot be read with certainty; the text names the
            line, the column and the mend.
    """
    source = examine(path)
    found = layout.find(source)
    chooser = Chooser(source, found, options)
    time, mass = chooser.time(), chooser.mass()
    table = Table(source, found, time, mass, chooser.decimal(time, mass))
    samples, doubles = order.in_order(source, reader.read(table, progress), keep)
    understood = (
        ("encoding", source.encoding),
        ("separator", _SEPARATOR_NAMES[found.separator]),
        ("decimal sign", str(table.decimal)),
        ("time column", _described(time)),
        ("mass column", _described(mass)),
        ("first sample in line", str(found.first_line)),
    )
    return Recording(
        path=path,
        sha256=source.sha256,
        understood=understood,
        t_s=samples.t_s,
        mass_g=samples.mass_g,
        first_s=samples.first_s,
        warnings=(*found.remarks, *_left_out(samples), *doubles),
        jumps=order.jumps(samples),
    )


def _described(chosen: Chosen) -> str:
    date = f", date in column {chosen.date}" if chosen.date is not None else ""
    return f"{chosen.column}, {chosen.unit}{date}"


def _left_out(samples: Samples) -> tuple[str, ...]:
    said = []
    if samples.empty_lines:
        said.append(
            "samples without their time or mass were left out:"
            f" {order.listed(samples.empty_lines)}"
        )
    if samples.remark_lines is not None:
        first, last = samples.remark_lines
        lines = f"line {first}" if first == last else f"lines {first} to {last}"
        said.append(f"{lines}, after the samples, passed over")
    return tuple(said)
