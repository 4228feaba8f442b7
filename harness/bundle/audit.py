"""Auditing a bundle: everything that can be checked, in words for whoever must decide.

Nothing in a bundle is believed because it lies there. Damage is found by rebuilding the
archive and comparing bytes; whom to trust, the auditor says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from harness.bundle import (
    audit_evidence,
    audit_pack,
    audit_signatures,
    names,
    opened,
)
from harness.bundle.archive import NotCanonical, Progress
from harness.bundle.auditor import Auditor
from harness.bundle.bundling import verifier_bytes
from harness.bundle.findings import Audit, Check, Conclusion, fails, holds, unknown
from harness.bundle.opened import Bundle
from harness.errors import ConfigurationError
from harness.qualification.pack import DATA

_REST = "nothing else was looked at, because the files are not what was signed"


def audit(path: Path, auditor: Auditor, progress: Progress) -> Audit:
    """Check a bundle from its first byte to its last.

    Args:
        path: the bundle.
        auditor: who asks, and whom they trust.
        progress: told how many further bytes were read.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    try:
        bundle = opened.scan(path, progress)
    except NotCanonical as error:
        text = f"this is no bundle as dosebench writes it: {error}"
        altered = fails("archive", text, Conclusion.ALTERED)
        return Audit((altered, unknown("rest", _REST)), "", "")
    checks = list(_files(bundle))
    if any(each.costs is Conclusion.ALTERED for each in checks):
        return Audit((*checks, unknown("rest", _REST)), "", "")
    found = audit_signatures.row(bundle.attestations(), bundle.manifest())
    is_pack = names.RUN + DATA in bundle.entries
    examine = audit_pack.examine if is_pack else audit_evidence.examine
    try:
        evidence, verdict = examine(bundle, found, auditor)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename}: cannot be written ({error.strerror}); an audit unpacks"
            " the journal into the folder for temporary files: set TMPDIR to another"
        ) from error
    checks += evidence
    checks += audit_signatures.checks(found, auditor)
    checks.append(_verifier(bundle))
    return Audit(tuple(checks), verdict, audit_signatures.signed_by(found))


def _files(bundle: Bundle) -> Iterator[Check]:
    text = f"every byte is the one that its {len(bundle.entries)} files must give"
    yield holds("archive", text)
    if damage := list(opened.damage(bundle)):
        yield from (fails("manifest", each, Conclusion.ALTERED) for each in damage)
    else:
        digest = hashlib.sha256(bundle.manifest()).hexdigest()
        text = (
            f"every file is the one in the manifest, none is beside; SHA-256 {digest}"
        )
        yield holds("manifest", text)
    if wrong := list(opened.strangers(bundle)):
        yield from (fails("signatures", each, Conclusion.ALTERED) for each in wrong)
    else:
        text = "each fits the key that it names, and names the attestation before it"
        yield holds("signatures", text)


def _verifier(bundle: Bundle) -> Check:
    entry = bundle.entries.get(names.VERIFIER)
    own = hashlib.sha256(verifier_bytes()).hexdigest()
    if entry is not None and entry.sha256 == own:
        return holds("verify.py", f"the one of this version, SHA-256 {own}")
    text = (
        f"not the one of this version; do not run it, take the one with SHA-256 {own}"
    )
    return unknown("verify.py", text)
