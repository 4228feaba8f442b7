"""What restricts a run as evidence: marks that stand wherever its verdict stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.judging import RunState
from harness.render import wording
from harness.render.header_record import Header
from harness.render.run_record import RunRecord

_DATE = len("2026-01-31")


class Word(StrEnum):
    """A mark in a word or two; a run that did not complete is marked by its state."""

    BROKEN = "JOURNAL BROKEN"
    INCOMPLETE = "INCOMPLETE"
    SIMULATED = "SIMULATED"
    DIRTY = "DIRTY"
    ENGINEERING = "ENGINEERING"
    PARTIAL = "PARTIAL"
    ABORTED = "ABORTED"
    BENCH_FAULT = "BENCH FAULT"
    TOOL_ERROR = "TOOL ERROR"
    OVERDUE = "CALIBRATION ENDED"
    VOID = "VOID VERDICTS"
    DEVIATION = "DEVIATION"
    UNSIGNED = "UNSIGNED"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that restricts what the run proves: a word, and what it means."""

    word: Word
    meaning: str


def marks(run: RunRecord, *, in_bundle: bool = False) -> tuple[Mark, ...]:
    """Return the marks of a run, the gravest first.

    Args:
        run: the run.
        in_bundle: whether the reader has checked a bundle's signature; no page can
            carry the signature that is made over it.
    """
    found = [*_of_journal(run), *_of_header(run.header), *_of_course(run)]
    if not in_bundle:
        found.append(
            Mark(
                Word.UNSIGNED,
                "this text carries no signature; only `dosebench audit` of a bundle"
                " shows who signed for the run",
            )
        )
    return tuple(found)


def words(run: RunRecord, *, in_bundle: bool = False) -> tuple[str, ...]:
    """Return the marks of a run by their words alone."""
    return tuple(each.word.value for each in marks(run, in_bundle=in_bundle))


def overdue(run: RunRecord) -> Iterator[str]:
    """Yield every instrument whose calibration ended before the run did."""
    ended = wording.utc(run.t_last_ns)
    for each in run.instruments:
        if each.calibration_due is not None and ended[:_DATE] > each.calibration_due:
            yield f"{each.role} {each.serial} (due {each.calibration_due})"


def _of_journal(run: RunRecord) -> Iterator[Mark]:
    if run.integrity.broken is not None:
        yield Mark(Word.BROKEN, str(run.integrity.broken))
    elif not run.is_complete:
        yield Mark(
            Word.INCOMPLETE,
            "the journal has no end record: the run still goes on, or it was cut off",
        )


def _of_header(header: Header) -> Iterator[Mark]:
    if header.is_simulated:
        meaning = f"not evidence about any pump (fidelity: {header.fidelity})"
        yield Mark(Word.SIMULATED, meaning)
    if header.git_clean is None:
        yield Mark(Word.DIRTY, "from which commit the tool was made is not known")
    elif not header.git_clean:
        meaning = f"the tool's source differed from its commit {header.git_commit}"
        yield Mark(Word.DIRTY, meaning)
    if header.engineering:
        yield Mark(Word.ENGINEERING, "; ".join(header.engineering))
    if header.partial:
        yield Mark(Word.PARTIAL, "; ".join(header.partial))


def _of_course(run: RunRecord) -> Iterator[Mark]:
    if run.state is not RunState.COMPLETE:
        yield Mark(
            Word[run.state.name],
            "the run did not end as planned; cases that were not judged are"
            " INCONCLUSIVE",
        )
    if ended := tuple(overdue(run)):
        meaning = f"before the end of the run, of {', '.join(ended)}"
        yield Mark(Word.OVERDUE, meaning)
    if run.voids:
        yield Mark(Word.VOID, "verdicts were withdrawn after they were given")
    if in_force := [each.id for each in run.deviations if each.in_force]:
        yield Mark(
            Word.DEVIATION,
            f"verdicts do not count because of {', '.join(in_force)}; whether whoever"
            " signed may be trusted, `dosebench audit` tells",
        )
