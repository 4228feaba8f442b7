"""Deviations beside a journal: each as it was signed, and whether it is in force.

A file that cannot be used is shown too, and changes nothing. Whether a key may be
trusted is not decided here: that takes somebody outside of the run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import ConfigurationError, SignatureFault
from harness.render.run_record import DeviationRecord
from harness.signing import deviations as signed_files
from harness.signing import files
from harness.signing.deviations import FOLDER, SUFFIX, Invalidated, SignedDeviation
from harness.signing.members import utc_text
from harness.signing.standing import Standing, standing

_MOST_BYTES: Final = 1024 * 1024
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class _Unusable:
    """A file among the deviations that is none, and why."""

    name: str
    reason: str


def read(
    folder: Path, run: str, verdicts: Collection[Invalidated]
) -> tuple[DeviationRecord, ...]:
    """Return the deviations of a run, in the order of their files' names.

    Args:
        folder: of the run.
        run: hash of its first record.
        verdicts: every verdict that the journal holds, as a deviation names it.
    """
    found = [_read(path) for path in sorted((folder / FOLDER).glob(f"*{SUFFIX}"))]
    signed = [each for each in found if isinstance(each, SignedDeviation)]
    worth = iter(standing(signed, run, (), verdicts))
    return tuple(_records(found, worth))


def _records(
    found: list[SignedDeviation | _Unusable], worth: Iterator[Standing]
) -> Iterator[DeviationRecord]:
    for each in found:
        yield _unusable(each) if isinstance(each, _Unusable) else _record(next(worth))


def _read(path: Path) -> SignedDeviation | _Unusable:
    # The folder's name must not get into a page that is the same everywhere.
    name = ascii(path.name)[1:-1][:_LONGEST_NAME]
    try:
        data = files.read(path, "deviation", _MOST_BYTES)
    except ConfigurationError:
        return _Unusable(name, "the file cannot be read, or is too large")
    try:
        signed = signed_files.parse(data, name)
    except SignatureFault as error:
        return _Unusable(name, str(error))
    if path.name != f"{signed.deviation.id}{SUFFIX}":
        return _Unusable(name, f"the file holds {signed.deviation.id}")
    return signed


def _record(worth: Standing) -> DeviationRecord:
    signed = worth.signed
    deviation = signed.deviation
    return DeviationRecord(
        id=deviation.id,
        text=deviation.text,
        root_cause=deviation.root_cause,
        name=deviation.name,
        role=deviation.role,
        time=utc_text(deviation.t_ns),
        key_id=signed.key_id,
        requirements=deviation.requirements,
        invalidates=tuple((each.head, each.seq) for each in deviation.invalidates),
        in_force=worth.counts,
        why_not="" if worth.counts else worth.statement,
    )


def _unusable(file: _Unusable) -> DeviationRecord:
    return DeviationRecord(
        id=file.name,
        text="",
        root_cause="",
        name="",
        role="",
        time="",
        key_id="",
        requirements=(),
        invalidates=(),
        in_force=False,
        why_not=file.reason,
    )
