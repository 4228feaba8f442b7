"""Deviations: what was not as planned, signed by who says so.

A deviation never changes the journal. It stands beside it and is shown whoever signed
it. Whether it takes a recorded verdict out of the judgement is decided in
`harness.signing.standing`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from harness.errors import SignatureFault
from harness.signing import envelope as envelopes
from harness.signing import files
from harness.signing import statement as statements
from harness.signing.envelope import Envelope
from harness.signing.files import NewFile
from harness.signing.keys import PublicKey, SigningKey
from harness.signing.members import LONGEST_NAME, Members, one_line, utc_text
from harness.signing.statement import PredicateType, Statement, Subject

FOLDER: Final = "deviations"
SUFFIX: Final = ".dsse.json"
SUBJECT: Final = "journal"
LONGEST_REQUIREMENT: Final = 64
_MOST_BYTES: Final = 1024 * 1024
_ID = re.compile(r"DEV-[0-9]{4}-[0-9]{3,6}")


class Role(StrEnum):
    """As what somebody signs."""

    PERFORMER = "performer"
    REVIEWER = "reviewer"
    APPROVER = "approver"


@dataclass(frozen=True, slots=True)
class Invalidated:
    """One recorded verdict, so named that it cannot become another one.

    Attributes:
        head: hash (``h``) of the verdict's own record; for a verdict of an earlier run,
            the ``head`` that the record ``earlier`` states.
        seq: number of the verdict's record in its run.
    """

    head: str
    seq: int


@dataclass(frozen=True, slots=True)
class Deviation:
    """What was not as planned.

    Attributes:
        id: such as ``DEV-2026-001``; another one each time.
        text: what happened.
        root_cause: why; "" where it is not known, and then nothing is invalidated.
        name: who says so.
        role: as what.
        t_ns: when, by the signer's clock, ns since 1970 UTC.
        invalidates: the verdicts that shall not count.
        requirements: ids of the requirements concerned.
        supersedes: id of the deviation that this one corrects, or "".
    """

    id: str
    text: str
    root_cause: str
    name: str
    role: Role
    t_ns: int
    invalidates: tuple[Invalidated, ...] = ()
    requirements: tuple[str, ...] = ()
    supersedes: str = ""


@dataclass(frozen=True, slots=True)
class SignedDeviation:
    """A deviation whose signature fits; whether its key is trusted is another matter.

    Attributes:
        deviation: what was signed.
        run: digest of the run that it belongs to, as `harness.evidence.identity` says.
        key: the key that signed, as it stands in the deviation itself.
        sha256: of the envelope's file.
    """

    deviation: Deviation
    run: str
    key: PublicKey
    sha256: str

    @property
    def key_id(self) -> str:
        """Name of the key that signed."""
        return self.key.key_id


def sign(deviation: Deviation, run: str, key: SigningKey) -> Envelope:
    """Sign a deviation.

    Args:
        deviation: what to sign; white space in its texts is folded.
        run: digest of the run that it belongs to.
        key: of the person that it names.

    Raises:
        SignatureFault: a text is empty, too long or not printable, or the id is none.
    """
    statement = Statement(
        subjects=(Subject(SUBJECT, run),),
        predicate_type=PredicateType.DEVIATION,
        predicate={
            "id": deviation.id,
            "text": one_line(deviation.text, "the text"),
            "root_cause": one_line(deviation.root_cause, "the root cause")
            if deviation.root_cause.strip()
            else "",
            "name": one_line(deviation.name, "the name", LONGEST_NAME),
            "role": deviation.role,
            "time": utc_text(deviation.t_ns),
            "invalidates": [
                {"head": each.head, "seq": each.seq} for each in deviation.invalidates
            ],
            "requirements": list(deviation.requirements),
            "supersedes": deviation.supersedes,
            "public_key": key.public.to_pem().decode("ascii"),
        },
    )
    envelope = envelopes.sign(statement.to_bytes(), key)
    parse(envelope.to_bytes(), deviation.id)  # Nothing is signed that cannot be read.
    return envelope


def parse(data: bytes, where: str) -> SignedDeviation:
    """Read a deviation and check its signature with the key that it brings along.

    Args:
        data: the envelope's bytes.
        where: its file, for messages.

    Raises:
        SignatureFault: it is no deviation, or the signature does not fit.
    """
    envelope = Envelope.parse(data, where)
    statement = statements.parse(envelope.payload, where)
    if statement.predicate_type is not PredicateType.DEVIATION:
        raise SignatureFault(
            f"{where}: no deviation but {statement.predicate_type}; give the file that"
            " `dosebench deviation add` wrote"
        )
    names = [each.name for each in statement.subjects]
    if names != [SUBJECT]:
        raise SignatureFault(f"{where}: a deviation belongs to one {SUBJECT}")
    members = Members(statement.predicate, where)
    key = members.public_key("public_key")
    deviation = _deviation(members)
    members.done()
    if len(envelope.signatures) != 1 or not envelope.signers([key]):
        raise SignatureFault(
            f"{where}: not signed by the key that it names; it was altered, take"
            " another copy"
        )
    digest = hashlib.sha256(data).hexdigest()
    return SignedDeviation(deviation, statement.subjects[0].sha256, key, digest)


def add(run_folder: Path, envelope: Envelope) -> Path:
    """Put a signed deviation beside the journal of its run; return its file.

    Raises:
        SignatureFault: it is no deviation.
        ConfigurationError: that id is taken, or the file cannot be written.
    """
    data = envelope.to_bytes()
    signed = parse(data, "the deviation")
    folder = run_folder / FOLDER
    path = folder / f"{signed.deviation.id}{SUFFIX}"
    files.make_folder(folder)
    files.create(NewFile(path, data, "deviation"))
    return path


def read_deviations(run_folder: Path) -> tuple[SignedDeviation, ...]:
    """Read the deviations of a run, sorted by their ids.

    Raises:
        ConfigurationError: a file cannot be read.
        SignatureFault: one was altered, or has another name than its id.
    """
    found = sorted((run_folder / FOLDER).glob(f"*{SUFFIX}"))
    return tuple(_read(path) for path in found)


def _read(path: Path) -> SignedDeviation:
    signed = parse(files.read(path, "deviation", _MOST_BYTES), str(path))
    if path.name != f"{signed.deviation.id}{SUFFIX}":
        raise SignatureFault(
            f"{path}: holds {signed.deviation.id}; give the file that name again"
        )
    return signed


def _deviation(members: Members) -> Deviation:
    deviation = Deviation(
        id=checked_id(members.text("id"), members.where),
        text=members.text("text"),
        root_cause=members.text_or_empty("root_cause"),
        name=members.text("name", LONGEST_NAME),
        role=members.choice("role", Role),
        t_ns=members.utc_ns("time"),
        invalidates=tuple(_invalidated(members)),
        requirements=tuple(_requirements(members)),
        supersedes=members.text_or_empty("supersedes"),
    )
    if deviation.supersedes:
        checked_id(deviation.supersedes, members.where)
    if deviation.supersedes == deviation.id:
        raise SignatureFault(f"{members.where}: it supersedes itself; name another")
    return deviation


def checked_id(text: str, where: str) -> str:
    """Return the id of a deviation if it is one.

    Raises:
        SignatureFault: it is none.
    """
    if not _ID.fullmatch(text):
        raise SignatureFault(
            f"{where}: the id {text!r:.80} is not of the form DEV-2026-001"
        )
    return text


def _invalidated(members: Members) -> Iterator[Invalidated]:
    for number, entry in enumerate(members.list("invalidates"), start=1):
        each = _object(entry, f"{members.where}: invalidates {number}")
        yield Invalidated(each.digest("head"), each.integer("seq"))
        each.done()


def _object(entry: Any, where: str) -> Members:
    if not isinstance(entry, dict):
        raise SignatureFault(f"{where} is {entry!r:.80}, not an object")
    return Members(entry, where)


def _requirements(members: Members) -> Iterator[str]:
    for entry in members.list("requirements"):
        each = Members({"requirement": entry}, members.where)
        yield each.text("requirement", LONGEST_REQUIREMENT)
