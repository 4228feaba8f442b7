"""Who audits: whom they trust, and how closely they look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.signing import succession
from harness.signing.keys import PublicKey
from harness.signing.succession import Succession


@dataclass(frozen=True, slots=True)
class Auditor:
    """What an audit needs to know from outside the bundle.

    Attributes:
        keys: the keys that are trusted, with those that follow them.
        persons: id of the first key of a row of successions, by that of each later one.
        software: SHA-256 of the source of this tool, as a journal names it.
        rebuilds_all: whether the dossier is rebuilt too, which takes longer than facts.
    """

    keys: frozenset[PublicKey]
    persons: Mapping[str, str]
    software: str
    rebuilds_all: bool = False

    @classmethod
    def trusting(
        cls,
        keys: Iterable[PublicKey],
        successions: Iterable[Succession],
        software: str,
        *,
        rebuilds_all: bool = False,
    ) -> Auditor:
        """Return an auditor who trusts these keys, and those that follow them.

        Raises:
            SignatureFault: the successions contradict each other.
        """
        known = tuple(successions)
        trusted = succession.trusted(keys, known)
        return cls(trusted, _persons(known), software, rebuilds_all)

    def person(self, key_id: str) -> str:
        """Return what is the same for all keys that followed one another."""
        return self.persons.get(key_id, key_id)


def _persons(successions: Iterable[Succession]) -> dict[str, str]:
    before = {each.new.key_id: each.old.key_id for each in successions}
    found = {}
    for key_id in before:
        first, seen = key_id, {key_id}
        while first in before and before[first] not in seen:
            first = before[first]
            seen.add(first)
        found[key_id] = first
    return found
