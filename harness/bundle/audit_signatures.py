"""The part of an audit about people: who signed what, and whether that counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.bundle.attestations import SIGN_OFFS, Attestation, Role, conflict
from harness.bundle.auditor import Auditor
from harness.bundle.findings import Check, Conclusion, fails, holds


@dataclass(frozen=True, slots=True)
class Row:
    """The attestations of a bundle, whose signatures fit the keys that they name.

    Attributes:
        all: in order.
        manifest: digest of the manifest that is in the bundle.
    """

    all: tuple[Attestation, ...]
    manifest: str

    @property
    def current(self) -> tuple[Attestation, ...]:
        """Those about this manifest."""
        return tuple(each for each in self.all if each.manifest == self.manifest)

    @property
    def statement(self) -> Attestation | None:
        """The statement about this manifest; None where there is none."""
        found = [each for each in self.all if each.role is Role.STATEMENT]
        return found[-1] if found[-1].manifest == self.manifest else None

    def performers(self, auditor: Auditor) -> frozenset[str]:
        """Return the persons who performed the run, now or earlier, as far as known.

        Where nobody trusted has signed for that, it was whoever made the bundle: by
        silence alone a performer becomes no reviewer.
        """
        found = {e.key_id for e in self.all if e.role is Role.PERFORMED}
        now = [e for e in self.current if e.role is Role.PERFORMED]
        if not any(each.is_signed_by(auditor.keys) for each in now):
            found |= {e.key_id for e in self.current if e.role is Role.STATEMENT}
        return frozenset(map(auditor.person, found))


def row(attestations: Sequence[Attestation], manifest: bytes) -> Row:
    """Put attestations beside the manifest of their bundle."""
    return Row(tuple(attestations), hashlib.sha256(manifest).hexdigest())


def checks(found: Row, auditor: Auditor) -> Iterator[Check]:
    """Check every attestation, and who signed in which role."""
    if found.statement is None:
        text = "the last statement of a result is about other files than these"
        yield fails("statement", text, Conclusion.ALTERED)
    for each in found.all:
        yield _attestation(each, found, auditor)
    yield _roles(found, auditor)


def signed_by(found: Row) -> str:
    """Say who stands for the bundle, and which sign-off it lacks."""
    said, missing = [], []
    for role in SIGN_OFFS:
        who = [f"{e.name} on {e.time[:10]}" for e in found.current if e.role is role]
        if who:
            said.append(f"{role} by {', '.join(who)}")
        else:
            missing.append(role.value)
    lacking = f"not signed off as {', '.join(missing)}" if missing else ""
    return "; ".join(each for each in (*said, lacking) if each)


def _attestation(each: Attestation, found: Row, auditor: Auditor) -> Check:
    said = f'{each.name}, {each.time}: "{each.meaning}"'
    if each.manifest != found.manifest:
        text = f"{said}, but SUPERSEDED: about an older state of the files"
        return holds(each.role, text)
    if each.is_signed_by(auditor.keys):
        return holds(each.role, f"{said}, signed with the trusted key {each.key_id}")
    text = f"{said}, but the key {each.key_id} is not trusted"
    return fails(each.role, text, Conclusion.UNTRUSTED)


def _roles(found: Row, auditor: Auditor) -> Check:
    for each in found.current:
        others = [
            (other.role, auditor.person(other.key_id))
            for other in found.current
            if other is not each
        ]
        if other := conflict(each.role, auditor.person(each.key_id), others):
            text = f"one key signed both as {each.role} and as {other}"
            return fails("roles", text, Conclusion.UNTRUSTED)
        is_judge = each.role in (Role.REVIEWED, Role.APPROVED)
        if is_judge and auditor.person(each.key_id) in found.performers(auditor):
            text = (
                f"one key made the bundle and signed as {each.role}, and nobody trusted"
                f" signed as {Role.PERFORMED}"
            )
            return fails("roles", text, Conclusion.UNTRUSTED)
    return holds("roles", "whoever performed the run neither reviewed nor approved it")
