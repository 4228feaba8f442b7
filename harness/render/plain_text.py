"""Text of others as a reader may see it: nothing hidden, nothing turned round."""

from __future__ import annotations

import re
from typing import Final

# Control and formatting characters, also those that reverse a line, and halves of
# surrogate pairs, which no file can hold. A table of Unicode would change with Python.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    r"""Show characters that cannot be seen as their code: ``\u202e``."""
    return _UNSEEN.sub(lambda found: _code(found[0]), text)


def _code(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
