"""What one known program that speaks MT-SICS does otherwise.

Source: mt-sics-emulator 0.1.1 (MIT), a simulator of a balance.
"""

from dataclasses import replace
from typing import Final

from protocols.mt_sics.commands import Keyword
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import Refusal, Reply, Weight

EMULATOR_COMMANDS: Final = frozenset(
    {
        Keyword.RESET.value,
        Keyword.STABLE_WEIGHT.value,
        Keyword.WEIGHT.value,
        Keyword.ZERO.value,
        Keyword.TARE.value,
        Keyword.TARE_NOW.value,
    }
)
"""What it can do and is used here: its I0 answers with a description, not a list."""

_ECHO = b"SI "


def parse_of_emulator(line: bytes) -> Reply:
    """Return the reply in a line, where SI is answered ``SI`` and not ``S``.

    Never raises; see `protocols.mt_sics.parser.parse`.
    """
    if not line.startswith(_ECHO):
        return parse(line)
    reply = parse(b"S " + line.removeprefix(_ECHO))
    if isinstance(reply, (Weight, Refusal)):
        return replace(reply, raw=line)
    return parse(line)
