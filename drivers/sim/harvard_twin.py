"""A Harvard PHD ULTRA, or KDS Legato, as a device on a wire.

Words may be cut to four letters. What it says of a refused command, and the form in
which it reads settings back, are invented [I].
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from drivers.sim.contracts import Device, HandledMechanism
from drivers.sim.parts import Parts
from drivers.sim.syringe_pump import SyringePumpParameters
from drivers.sim.syringe_twin import SyringeTwin
from protocols.errors import RemoteProtocolError
from protocols.harvard import (
    XON,
    Prompt,
    Word,
    parse_diameter,
    parse_rate,
    parse_volume,
)

_COMMAND: Final = re.compile(r"(?:([0-9]{1,2}):)?([a-z]+)(?: (.+))?")
_SHORTEST: Final = 4
_LONGEST: Final = 256
_UNKNOWN: Final = "Command error"
_WRONG: Final = "Argument error"
_NOT_NOW: Final = "Command not allowed while the pump runs"
_S_PER_H: Final = 3_600
_FL_PER_NL: Final = 10**6
_NS_PER_S: Final = 10**9


class HarvardTwin(SyringeTwin):
    """One pump with its syringe; implements :class:`contracts.Device`.

    Args:
        parameters: the pump.
        mechanism: what its drive moves and feels.
    """

    MODEL: ClassVar = "PHD ULTRA"

    def __init__(
        self, parameters: SyringePumpParameters, mechanism: HandledMechanism
    ) -> None:
        super().__init__(parameters, mechanism)
        self._answers: Mapping[str, Callable[[int, str], str]] = MappingProxyType(
            {
                "poll": self._poll,
                Word.VERSION: lambda t, arg: f"{self.MODEL} {parameters.firmware}",
                Word.STATUS: self._status,
                Word.DIAMETER: self._diameter,
                Word.RATE: self._rate,
                Word.TARGET: self._target,
                Word.VOLUME: lambda t, arg: f"{self._volume_nl(t) / 1e3:.4f} ul",
                Word.CLEAR_TARGET: self._clear_target,
                Word.CLEAR_VOLUME: self._clear_volume,
                Word.INFUSE: self._infuse,
                Word.STOP: self._stop,
            }
        )
        self._pending = b""
        self._now_ns = 0
        self._by_hand = mechanism.hand_setting(0)
        self._has_reached = False
        self._polls = False
        self._diameter_um = parameters.diameter_um
        self._rate_nl_per_h = 0
        self._target_nl: int | None = None
        self._began_ns = 0

    @classmethod
    def on_bench(cls, parts: Parts) -> Device:
        """Make the pump of a simulated bench."""
        return cls(parts.simulation.syringe, parts.world)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; carry out and answer each whole command."""
        self.advance(t_ns)
        if not self._is_up:
            return
        *lines, pending = (self._pending + data).split(b"\r")
        self._pending = pending[-_LONGEST:]
        for line in lines:
            self._hear(t_ns, line.decode("latin-1").strip().lower())

    def advance(self, t_ns: int) -> None:
        """Follow the power, the hands, and what stops the plunger."""
        self._now_ns = t_ns
        self._follow_power(t_ns)
        order = self._mechanism.hand_setting(t_ns)
        if order != self._by_hand and self._is_up:
            self._rate_nl_per_h = order[1] or self._rate_nl_per_h
            self._target_nl = None
            self._move(t_ns, runs=order[1] > 0)
        self._by_hand = order
        was_running = self._drive.runs
        self._drive.advance(t_ns)
        if was_running and not self._drive.runs:
            self._has_reached = not self._drive.has_stalled

    def next_event_ns(self) -> int:
        """Return the next moment at which the pump may act by itself, or FAR."""
        return self._drive.due_ns(self._now_ns)

    @property
    def _prompt(self) -> Prompt:
        if self._drive.runs:
            return Prompt.INFUSING
        if self._drive.has_stalled:
            return Prompt.STALLED
        return Prompt.TARGET_REACHED if self._has_reached else Prompt.IDLE

    def _follow_power(self, t_ns: int) -> None:
        if self._power_has_changed(t_ns) and not self._is_up:
            self._drive.lose_power(t_ns)
            self._pending, self._has_reached = b"", False

    def _hear(self, t_ns: int, text: str) -> None:
        found = _COMMAND.fullmatch(text)
        address = self._parameters.address
        if found is not None and int(found[1] or 0) != address:
            return
        line = "" if not text else self._obeyed(t_ns, found)
        lines = f"\n{line}\r" if line else ""
        shown = f"{address:02d}" if address else ""
        answer = f"{lines}\n{shown}{self._prompt}".encode("ascii")
        self._output.append((t_ns, answer + (XON if self._polls else b"")))

    def _obeyed(self, t_ns: int, found: re.Match[str] | None) -> str:
        """Carry out one command; return what is said to it."""
        word = "" if found is None else found[2]
        fits = [
            name
            for name in self._answers
            if name == word or (len(word) >= _SHORTEST and name.startswith(word))
        ]
        if found is None or len(fits) != 1:
            return _UNKNOWN
        try:
            return self._answers[fits[0]](t_ns, found[3] or "")
        except RemoteProtocolError:
            return _WRONG

    def _poll(self, t_ns: int, arg: str) -> str:
        self._polls = arg in ("on", "remote")
        return ""

    def _status(self, t_ns: int, arg: str) -> str:
        rate_fl_per_s = self._rate_nl_per_h * _FL_PER_NL // _S_PER_H
        volume_fl = int(self._volume_nl(t_ns) * _FL_PER_NL)
        seconds = (t_ns - self._began_ns) // _NS_PER_S if self._drive.runs else 0
        stall = "S" if self._drive.has_stalled else "."
        return f"{rate_fl_per_s} {seconds} {volume_fl} i.{stall}.I"

    def _diameter(self, t_ns: int, arg: str) -> str:
        if not arg:
            return f"{self._diameter_um / 1e3:.4f} mm"
        if self._drive.runs:
            return _NOT_NOW
        self._diameter_um = round(parse_diameter(f"{arg} mm").value)
        self._drive.set_diameter(self._diameter_um)
        return ""

    def _rate(self, t_ns: int, arg: str) -> str:
        if not arg:
            return f"{self._rate_nl_per_h / 1e3:.4f} ul/hr"
        rate_nl_per_h = round(parse_rate(arg).value)
        largest = self._largest_nl_per_h
        if not 0 < rate_nl_per_h <= largest:
            return f"{_WRONG}: out of range"
        self._rate_nl_per_h = rate_nl_per_h
        if self._drive.runs:
            self._move(t_ns, runs=True)
        return ""

    @property
    def _largest_nl_per_h(self) -> int:
        """The rate at the plunger's largest speed, of a syringe of this diameter."""
        area_um2 = math.pi * self._diameter_um**2 / 4
        return int(area_um2 * self._parameters.max_speed_um_per_h / 1e6)

    def _target(self, t_ns: int, arg: str) -> str:
        if arg:
            self._target_nl = round(parse_volume(arg).value)
            return ""
        if self._target_nl is None:
            return "Target volume not set"
        return f"{self._target_nl / 1e3:.4f} ul"

    def _clear_target(self, t_ns: int, arg: str) -> str:
        self._target_nl = None
        return ""

    def _clear_volume(self, t_ns: int, arg: str) -> str:
        self._drive.clear()
        return ""

    def _infuse(self, t_ns: int, arg: str) -> str:
        if not self._rate_nl_per_h:
            return "Rate not set"
        self._move(t_ns, runs=True)
        return ""

    def _stop(self, t_ns: int, arg: str) -> str:
        self._move(t_ns, runs=False)
        return ""

    def _move(self, t_ns: int, *, runs: bool) -> None:
        self._has_reached = False
        if not runs:
            self._drive.stop(t_ns)
            return
        left_nl = self._target_nl
        if left_nl is not None:
            left_nl = max(0, left_nl - round(self._volume_nl(t_ns)))
        self._began_ns = t_ns
        self._drive.run(t_ns, self._rate_nl_per_h, left_nl)

    def _volume_nl(self, t_ns: int) -> float:
        infused_nl, _ = self._drive.dispensed_nl(t_ns)
        return infused_nl


class LegatoTwin(HarvardTwin):
    """The same under another name."""

    MODEL: ClassVar = "KDS LEGATO 100"
