"""Reading a predicate: whoever wrote it, every text in it is untrusted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from harness.clock import NS_PER_S
from harness.errors import SignatureFault
from harness.signing.keys import PublicKey

LONGEST_NAME: Final = 100
LONGEST_TEXT: Final = 2000
MOST_ENTRIES: Final = 1000

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"

E = TypeVar("E", bound=StrEnum)


def utc_text(t_ns: int) -> str:
    """Write a time as ``2026-11-22T13:45:00Z``, to the second below."""
    return datetime.fromtimestamp(t_ns // NS_PER_S, UTC).strftime(_TIME_FORMAT)


def one_line(text: str, where: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text that a person gave, its white space folded.

    Args:
        text: the text.
        where: what it is, for messages.
        longest: the most characters.

    Raises:
        SignatureFault: it is empty, too long or not printable; invisible characters
            and those that turn the direction of writing are not.
    """
    folded = " ".join(text.split())
    if not 1 <= len(folded) <= longest or not folded.isprintable():
        raise SignatureFault(
            f"{where} is {text!r:.80}; it must be printable text of 1 to {longest}"
            " characters"
        )
    return folded


class Members:
    """The members of a signed object: each is taken out once, the rest is refused.

    Args:
        members: the object.
        where: file and object, for messages.
    """

    def __init__(self, members: Mapping[str, Any], where: str) -> None:
        self.where = where
        self._members = dict(members)

    def text(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """Take out a text on one line.

        Raises:
            SignatureFault: missing, or anything else.
        """
        value = self._take(key)
        if not isinstance(value, str):
            raise self._wrong(key, value, "text")
        if one_line(value, f"{self.where}: {key}", longest) != value:
            raise self._wrong(key, value, "text on one line, with single blanks")
        return value

    def public_key(self, key: str) -> PublicKey:
        """Take out a public key in PEM, as `PublicKey.to_pem` writes it.

        Raises:
            SignatureFault: missing, or anything else.
        """
        value = self._take(key)
        if not isinstance(value, str) or not value.isascii():
            raise self._wrong(key, value, "a public key in PEM")
        pem = value.encode("ascii")
        found = PublicKey.from_pem(pem, f"{self.where}: {key}")
        if found.to_pem() != pem:
            raise self._wrong(key, value, "a public key and nothing else")
        return found

    def text_or_empty(self, key: str) -> str:
        """Take out a text, which may be empty.

        Raises:
            SignatureFault: missing, or anything else.
        """
        if self._members.get(key) == "":
            del self._members[key]
            return ""
        return self.text(key)

    def choice(self, key: str, options: type[E]) -> E:
        """Take out one of the values of an enumeration.

        Raises:
            SignatureFault: missing, or no such value.
        """
        text = self.text(key)
        if text not in set(options):
            raise self._wrong(key, text, f"one of {', '.join(options)}")
        return options(text)

    def digest(self, key: str) -> str:
        """Take out a SHA-256.

        Raises:
            SignatureFault: missing, or not 64 hex digits in lower case.
        """
        text = self.text(key)
        if not _SHA256.fullmatch(text):
            raise self._wrong(key, text, "a SHA-256 of 64 hex digits")
        return text

    def integer(self, key: str) -> int:
        """Take out a whole number above 0.

        Raises:
            SignatureFault: missing, or anything else.
        """
        value = self._take(key)
        if type(value) is not int or value < 1:
            raise self._wrong(key, value, "a whole number above 0")
        return value

    def utc_ns(self, key: str) -> int:
        """Take out a time, whole seconds in UTC; return nanoseconds since 1970.

        Raises:
            SignatureFault: missing, or not as :func:`utc_text` writes it.
        """
        text = self.text(key)
        try:
            t_ns = round(datetime.fromisoformat(text).timestamp()) * NS_PER_S
        except (ValueError, OverflowError):
            t_ns = -1
        if t_ns < 0 or utc_text(t_ns) != text:
            raise self._wrong(key, text, "a time in UTC such as 2026-11-22T13:45:00Z")
        return t_ns

    def list(self, key: str) -> Sequence[Any]:
        """Take out a list, whose entries are not checked yet.

        Raises:
            SignatureFault: missing, anything else, or too long.
        """
        value = self._take(key)
        if not isinstance(value, list) or len(value) > MOST_ENTRIES:
            raise self._wrong(key, value, f"a list of up to {MOST_ENTRIES} entries")
        return value

    def done(self) -> None:
        """Refuse what was not taken out.

        Raises:
            SignatureFault: an unknown member.
        """
        for key in self._members:
            raise SignatureFault(
                f"{self.where}: the member {key!r:.80} is unknown; a newer version of"
                " dosebench may have written it"
            )

    def _take(self, key: str) -> object:
        if key not in self._members:
            raise SignatureFault(
                f"{self.where}: the member {key!r} is missing; take another copy"
            )
        value: object = self._members.pop(key)
        return value

    def _wrong(self, key: str, value: object, wanted: str) -> SignatureFault:
        return SignatureFault(
            f"{self.where}: {key} is {value!r:.80}, not {wanted}; it was not written by"
            " dosebench"
        )
