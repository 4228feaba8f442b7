"""What the commands do to a simulated New Era pump, and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from drivers.sim.new_era_settings import Settings
from drivers.sim.syringe_drive import Drive
from drivers.sim.syringe_pump import SyringePumpParameters
from protocols.new_era.replies import Answer, Refused
from protocols.new_era.requests import Request
from protocols.new_era.vocabulary import Command, Direction, Refusal, Status

_ONLY_STANDING: Final = frozenset(
    {
        Command.RATE,
        Command.VOLUME,
        Command.DIAMETER,
        Command.DIRECTION,
        Command.PHASE,
        Command.FUNCTION,
    }
)
"""What cannot be set while the pump runs."""
_WITHOUT_ARGUMENT: Final = frozenset(
    {Command.STATUS, Command.VERSION, Command.DISPENSED, Command.STOP, Command.PURGE}
)
_CLEARS: Final = frozenset({"INF", "WDR"})


class Dialogue:
    """The program of one pump: one phase with a rate and perhaps a volume.

    Args:
        parameters: the pump.
        drive: what it runs.

    Attributes:
        settings: what it is set to.
    """

    def __init__(self, parameters: SyringePumpParameters, drive: Drive) -> None:
        self.settings = Settings(parameters)
        self._parameters = parameters
        self._drive = drive
        self._is_paused = False
        self._purges = False
        drive.set_diameter(self.settings.diameter_um)

    @property
    def status(self) -> Status:
        """What it says it is doing."""
        drive = self._drive
        if drive.runs and self._purges:
            return Status.PURGING
        if drive.runs:
            return Status.INFUSING if drive.rate_nl_per_h > 0 else Status.WITHDRAWING
        return Status.PAUSED if self._is_paused else Status.STOPPED

    def answer(self, t_ns: int, request: Request) -> Answer | Refused:
        """Do what is asked."""
        said = self._obey(t_ns, request.command, request.argument)
        address = self.settings.address
        if isinstance(said, Refusal):
            return Refused(address, self.status, said)
        return Answer(address, self.status, said)

    def start(self, t_ns: int) -> str | Refusal:
        """Run the program, or what is left of it after a pause."""
        settings, drive = self.settings, self._drive
        if drive.runs or not settings.rate_nl_per_h:
            return Refusal.NOT_NOW
        is_infusing = settings.direction is Direction.INFUSE
        rate = settings.rate_nl_per_h if is_infusing else -settings.rate_nl_per_h
        if self._is_paused and drive.rate_nl_per_h == rate:
            drive.go_on(t_ns)
        else:
            drive.run(t_ns, rate, settings.volume_nl or None)
        self._is_paused = self._purges = False
        return ""

    def stop(self, t_ns: int) -> str | Refusal:
        """Pause what runs, end what is paused."""
        was_running = self._drive.runs
        if not was_running and not self._is_paused:
            self._drive.stop(t_ns)
            return Refusal.NOT_NOW
        self._drive.stop(t_ns)
        self._is_paused = was_running and not self._purges
        return ""

    def end(self) -> None:
        """Forget the pause: the program has ended by itself, or by an alarm."""
        self._is_paused = self._purges = False

    def by_hand(self, t_ns: int, rate_nl_per_h: int) -> None:
        """Take an order from the keys: a constant rate, or 0 to stop."""
        self._drive.stop(t_ns)
        self.end()
        if rate_nl_per_h:
            self.settings.set_rate(rate_nl_per_h)
            self._drive.run(t_ns, self.settings.rate_nl_per_h, None)

    def _obey(self, t_ns: int, command: Command, argument: str) -> str | Refusal:
        if argument and command in _WITHOUT_ARGUMENT:
            return Refusal.UNKNOWN
        done: Mapping[Command, Callable[[], str | Refusal]] = {
            Command.STATUS: lambda: "",
            Command.VERSION: lambda: (
                f"{self._parameters.model}V{self._parameters.firmware}"
            ),
            Command.DISPENSED: lambda: self._dispensed(t_ns),
            Command.CLEAR_DISPENSED: lambda: self._clear(t_ns, argument),
            Command.RUN: lambda: self.start(t_ns),
            Command.PURGE: lambda: self._purge(t_ns),
            Command.STOP: lambda: self.stop(t_ns),
        }
        if command in done:
            return done[command]()
        return self._set(command, argument) if argument else self.settings.ask(command)

    def _dispensed(self, t_ns: int) -> str:
        return self.settings.dispensed(*self._drive.dispensed_nl(t_ns))

    def _set(self, command: Command, argument: str) -> str | Refusal:
        if self._drive.runs and command in _ONLY_STANDING:
            return Refusal.NOT_NOW
        if refusal := self.settings.set(command, argument):
            return refusal
        if command is Command.DIAMETER:
            self._drive.clear()
            self._drive.set_diameter(self.settings.diameter_um)
        if command is Command.VOLUME:
            self._is_paused = False
        return ""

    def _clear(self, t_ns: int, argument: str) -> str | Refusal:
        if self._drive.runs:
            return Refusal.NOT_NOW
        if argument not in _CLEARS:
            return Refusal.OUT_OF_RANGE
        self._drive.dispensed_nl(t_ns)
        self._drive.clear(argument == "INF", argument == "WDR")
        return ""

    def _purge(self, t_ns: int) -> str | Refusal:
        if self._drive.runs:
            return Refusal.NOT_NOW
        is_infusing = self.settings.direction is Direction.INFUSE
        top = self.settings.top_nl_per_h
        self._drive.run(t_ns, top if is_infusing else -top, None)
        self._is_paused, self._purges = False, True
        return ""
