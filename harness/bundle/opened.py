"""A bundle as a file on the disk: read from end to end, and nothing of it trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.bundle import archive, attestations, manifest, names
from harness.bundle.archive import Entry, NotCanonical, Progress
from harness.bundle.attestations import Attestation, Role
from harness.errors import ConfigurationError, SignatureFault
from harness.signing.keys import PublicKey

_MOST_KEY_BYTES: Final = 16 * 1024
_MOST_ATTESTATIONS: Final = 1000


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that is a canonical archive; its contents are still unchecked.

    Attributes:
        path: the file.
        entries: its files, by name.
    """

    path: Path
    entries: dict[str, Entry]

    def bytes_of(self, name: str, at_most: int) -> bytes:
        """Return the contents of a small file in it.

        Raises:
            NotCanonical: there is no such file, or it is too large.
        """
        if name not in self.entries:
            raise NotCanonical(f"there is no {name}")
        with self.path.open("rb") as file:
            return archive.read(file, self.entries[name], at_most)

    def manifest(self) -> bytes:
        """Return the manifest.

        Raises:
            NotCanonical: there is none.
        """
        return self.bytes_of(names.MANIFEST, manifest.MOST_BYTES)

    def attestations(self) -> tuple[Attestation, ...]:
        """Return the attestations in their order, their signatures unchecked.

        Raises:
            NotCanonical: there is none, or one is not where it belongs.
            SignatureFault: one cannot be read.
        """
        files = self.under(names.ATTESTATIONS)
        if not 1 <= len(files) <= _MOST_ATTESTATIONS:
            raise NotCanonical(f"there are {len(files)} attestations")
        found: list[Attestation] = []
        for number, name in enumerate(files, start=1):
            each = attestations.parse(
                name, self.bytes_of(name, attestations.MOST_BYTES)
            )
            before = found[-1].sha256 if found else ""
            is_next = names.attestation_parts(name)[0] == number
            if not is_next or each.previous != before:
                raise NotCanonical(f"{name} does not follow the attestation before it")
            found.append(each)
        if found[0].role is not Role.STATEMENT:
            raise NotCanonical("the first attestation states no result")
        return tuple(found)

    def keys(self) -> tuple[PublicKey, ...]:
        """Return the public keys that lie in it, which proves nothing of them.

        Raises:
            NotCanonical: a file is not the key that its name says.
            SignatureFault: a file is no key.
        """
        return tuple(self._key(name) for name in self.under(names.KEYS))

    def under(self, folder: str) -> list[str]:
        """Return the names of the files in a folder of it, sorted."""
        return [name for name in self.entries if name.startswith(folder)]

    def _key(self, name: str) -> PublicKey:
        data = self.bytes_of(name, _MOST_KEY_BYTES)
        key = PublicKey.from_pem(data, name)
        if names.key(key.key_id) != name or key.to_pem() != data:
            raise NotCanonical(f"{name} holds another key than its name says")
        return key


def scan(path: Path, progress: Progress) -> Bundle:
    """Read a bundle from its first byte to its last.

    Raises:
        NotCanonical: it is no canonical archive.
        ConfigurationError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = archive.scan(file, progress)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); give the file of a bundle"
        ) from error
    return Bundle(path, {entry.name: entry for entry in found})


def damage(bundle: Bundle) -> Iterator[str]:
    """Say which files of evidence are not those that the manifest lists."""
    for entry in bundle.entries.values():
        if entry.is_damaged:
            yield f"{entry.name} does not fit its check value in the archive"
    try:
        listed = bundle.manifest()
    except NotCanonical as error:
        yield str(error)
    else:
        yield from manifest.differences(listed, bundle.entries.values())


def strangers(bundle: Bundle) -> Iterator[str]:
    """Say which keys and signatures in the bundle do not belong to each other."""
    try:
        keys, signed = bundle.keys(), bundle.attestations()
    except (NotCanonical, SignatureFault) as error:
        yield str(error)
        return
    for each in signed:
        if not each.is_signed_by(keys):
            yield f"{each.file} is not signed by the key that it names"
    used = {each.key_id for each in signed}
    for key in keys:
        if key.key_id not in used:
            yield f"{names.key(key.key_id)} signed nothing here"
