"""Making a bundle from a run, and adding a sign-off to one: written whole or not."""

from __future__ import annotations

import filecmp
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from harness.bundle import (
    archive,
    attestations,
    contents,
    manifest,
    named_inputs,
    names,
    verifier,
)
from harness.bundle.archive import Member, NotCanonical, Progress
from harness.bundle.attestations import Attestation, Role, Signatory, conflict
from harness.bundle.formal import against_formal
from harness.bundle.opened import Bundle
from harness.errors import ConfigurationError
from harness.evidence import disk, reader
from harness.evidence.chain import MAX_LINE_BYTES, file_name
from harness.render import artefacts
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord

FIRST_JOURNAL: Final = f"{names.RUN}{file_name(1)}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run that can be bundled.

    Attributes:
        folder: of the run.
        record: what its journal says.
        files: name in the bundle, and file.
    """

    folder: Path
    record: RunRecord
    files: Mapping[str, Path]


def gather(run: Path) -> Evidence:
    """Read and verify a run.

    Raises:
        Broken: the journal is not what was written.
        ConfigurationError: the folder holds something else than a run, or its facts are
            not those of its journal.
    """
    files, record = contents.files(run), of_journal(run)
    if record.integrity.broken is not None:
        raise record.integrity.broken
    with TemporaryDirectory(prefix="dosebench-bundle-") as rebuilt:
        artefacts.write(Path(rebuilt), record)
        for made in sorted(Path(rebuilt).iterdir()):
            there = files.get(names.RUN + made.name)
            if there is None or not _is_same(made, there):
                raise ConfigurationError(
                    f"{run}: {made.name} is not what follows from the journal; run"
                    f" `dosebench report {run}`, then bundle again"
                )
    return Evidence(run, record, files)


def against(evidence: Evidence) -> tuple[str, ...]:
    """Return every reason why the run cannot become a formal bundle, in words."""
    header = next(reader.read(evidence.folder)).fields
    copies = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in evidence.files.items()
        if name.startswith(named_inputs.FOLDER)
    }
    absent = named_inputs.without_copy(header, copies)
    reasons = tuple(against_formal(evidence.record))
    return (*reasons, absent) if absent else reasons


def make(
    evidence: Evidence,
    output: Path,
    signatory: Signatory,
    replaces: Bundle | None,
    progress: Progress,
) -> str:
    """Write the bundle of a run and return the digest of its manifest.

    Args:
        evidence: the run.
        output: the new file.
        signatory: who makes the bundle.
        replaces: an older bundle of the same run, whose sign-offs are taken along.
        progress: told of every chunk, which are read twice.

    Raises:
        ConfigurationError: the file exists or cannot be written, a file of the run
            changed meanwhile, or the older bundle is of another run.
        NotCanonical: a file is too large for a bundle.
    """
    refuse_existing(output)
    members = [archive.of_file(name, path) for name, path in evidence.files.items()]
    members.append(archive.of_bytes(names.VERIFIER, verifier_bytes()))
    before: tuple[Attestation, ...] = ()
    beside: list[Member] = []
    if replaces is not None:
        _check_same_run(evidence, replaces)
        before = replaces.attestations()
        beside = [_copied(replaces, name) for name in _signed_files(replaces)]
    last = before[-1] if before else None
    result = contents.result(evidence.record)
    return seal(members, beside, result, last, output, signatory, progress)


def seal(
    members: Iterable[Member],
    beside: Iterable[Member],
    result: Mapping[str, object],
    last: Attestation | None,
    output: Path,
    signatory: Signatory,
    progress: Progress,
) -> str:
    """Write evidence with a signed statement, and return the digest of its manifest.

    Args:
        members: the evidence.
        beside: signatures of an older state.
        result: the predicate of the statement.
        last: attestation of that state.
        output: the new file.
        signatory: who makes the bundle.
        progress: told of every chunk, which are read twice.

    Raises:
        ConfigurationError: the file cannot be written, or one of the evidence changed.
        NotCanonical: a file is too large for a bundle.
    """
    evidence = tuple(members)
    listed = manifest.text((e.name, _digest(e, progress)) for e in evidence)
    statement = attestations.signed(Role.STATEMENT, listed, last, signatory, result)
    signed = _signature_files(statement, signatory)
    of_manifest = archive.of_bytes(names.MANIFEST, listed)
    _write(output, (*evidence, of_manifest, *beside, *signed), listed, progress)
    return statement.manifest


def sign(
    bundle: Bundle, role: Role, signatory: Signatory, progress: Progress
) -> Attestation:
    """Add a sign-off to a bundle that was audited; the file is replaced as a whole.

    Raises:
        ConfigurationError: the same key signed in a role that excludes this one, or the
            file cannot be written.
    """
    before = bundle.attestations()
    listed = bundle.manifest()
    digest = hashlib.sha256(listed).hexdigest()
    signed = [(e.role, e.key_id) for e in before if e.manifest == digest]
    if other := conflict(role, signatory.key.key_id, signed):
        raise ConfigurationError(
            f"{bundle.path}: this key signed as {other} already; whoever performed a"
            " run neither reviews nor approves it: let another person sign"
        )
    added = attestations.signed(role, listed, before[-1], signatory, {})
    kept = [_copied(bundle, name) for name in bundle.entries]
    members = (*kept, *_signature_files(added, signatory))
    _write(bundle.path, members, listed, progress)
    return added


def refuse_existing(output: Path) -> None:
    """Say that a bundle stands in the way.

    Raises:
        ConfigurationError: the file exists.
    """
    if output.exists():
        raise ConfigurationError(
            f"{output}: exists, and no bundle is overwritten; choose another --output"
        )


def verifier_bytes() -> bytes:
    """Return the stand-alone verifier that belongs to this version."""
    return Path(verifier.__file__).read_bytes()


def _is_same(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename}: cannot be read ({error.strerror}); make it readable"
        ) from error


def _check_same_run(evidence: Evidence, older: Bundle) -> None:
    entry = older.entries.get(FIRST_JOURNAL)
    if entry is None:
        raise NotCanonical(f"{older.path}: there is no {FIRST_JOURNAL}")
    with older.path.open("rb") as file:
        file.seek(entry.start)
        first = file.readline(MAX_LINE_BYTES)
    with evidence.files[FIRST_JOURNAL].open("rb") as file:
        if file.readline(MAX_LINE_BYTES) != first:
            raise ConfigurationError(
                f"{older.path}: a bundle of another run; give an older bundle of"
                f" {evidence.folder} with --replaces"
            )


def _signed_files(bundle: Bundle) -> list[str]:
    return [*bundle.under(names.ATTESTATIONS), *bundle.under(names.KEYS)]


def _copied(bundle: Bundle, name: str) -> Member:
    return archive.of_entry(bundle.path, bundle.entries[name])


def _signature_files(signed: Attestation, signatory: Signatory) -> list[Member]:
    key = signatory.key.public
    return [
        archive.of_bytes(signed.file, signed.envelope.to_bytes()),
        archive.of_bytes(names.key(key.key_id), key.to_pem()),
    ]


def _digest(member: Member, progress: Progress) -> str:
    digest = hashlib.sha256()
    for chunk in member.chunks():
        digest.update(chunk)
        progress(len(chunk))
    return digest.hexdigest()


def _write(
    path: Path, members: Iterable[Member], listed: bytes, progress: Progress
) -> None:
    """Write a bundle whole or not at all; of two members with one name, the later."""
    by_name = {member.name: member for member in members}
    try:
        with disk.whole(path) as file:
            entries = archive.write(file, by_name.values(), progress)
            if manifest.of_entries(entries) != listed:
                raise ConfigurationError(
                    f"{path}: a file changed while it was bundled; wait until the run"
                    " has ended, then try again"
                )
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or path}: the bundle cannot be written"
            f" ({error.strerror}); choose another place with --output"
        ) from error
