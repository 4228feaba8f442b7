"""What the simulated balances share that print what their display shows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Generic, TypeVar

from drivers.sim.balance_body import BalanceBody
from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.weighing import Load, Pan
from protocols.mt_sics.line_reader import LineReader

CommandT = TypeVar("CommandT")


class DisplayBody(BalanceBody, Generic[CommandT]):
    """Device side of such a balance; a subclass has its commands and its lines.

    Args:
        parameters: of the balance.
        pan: what it weighs.
        start_ns: when its power came on, in the presence of the filled vessel.
        label: keys its noise and its drift.
    """

    ANSWERS_ZERO: ClassVar[bool]
    """Whether it says, sooner or later, that it has zeroed."""

    def __init__(
        self,
        parameters: BalanceParameters,
        pan: Pan,
        start_ns: int,
        label: str = "balance",
    ) -> None:
        super().__init__(parameters, pan, start_ns, label)
        self._reader = LineReader()
        self._commands = self._obeyed()

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; obey each whole line."""
        for line in self._reader.feed(data):
            self._stop_waiting()
            command = self._parse(line)
            if command is None:
                self._misunderstand(t_ns)
            else:
                self._commands[command](t_ns)

    def owes_reply(self) -> bool:
        """Tell whether a zero waits for stability, and will be answered."""
        return self.ANSWERS_ZERO and super().owes_reply()

    @abstractmethod
    def _obeyed(self) -> Mapping[CommandT, Callable[[int], None]]:
        """Return what obeys each command."""

    @abstractmethod
    def _parse(self, line: bytes) -> CommandT | None:
        """Return the command in a line."""

    @abstractmethod
    def _misunderstand(self, t_ns: int) -> None:
        """Answer a line that is no command."""

    @abstractmethod
    def _zeroed(self, t_ns: int, load: Load) -> None:
        """Answer that it has zeroed, or that the load is outside the zero range."""

    @abstractmethod
    def _not_stable(self, t_ns: int) -> None:
        """Answer that it did not become stable."""

    def _forget(self, t_ns: int) -> None:
        self._reader.reset()

    def _wait_to_zero(self, t_ns: int) -> None:
        self._wait(t_ns, self._zero_if_stable, self._not_stable)

    def _zero_if_stable(self, t_ns: int) -> bool:
        is_stable = self._weighing.weigh(t_ns).stable
        if is_stable:
            self._zeroed(t_ns, self._weighing.set_zero(t_ns))
        return is_stable
