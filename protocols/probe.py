"""How whatever is on a line is asked whether it is a certain instrument.

A question is safe on any line: to no instrument that is known here is it a command, and
least of all to a pump. The tests put every question to every simulated pump.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Who has answered; what an instrument does not tell is "". Untrusted text."""

    model: str
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """Questions, asked one after the other, and how their answers are read.

    Attributes:
        questions: what is sent; each is answered, or not, before the next goes.
        read: takes what came after each question, b"" if nothing, and returns who
            that is; None if it is not this instrument.
    """

    questions: tuple[bytes, ...]
    read: Callable[[tuple[bytes, ...]], Found | None]
