"""Plays a tape, section by section, on the ports that a bench opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from harness.ports.replaying.clock import ReplayClock
from harness.ports.replaying.play import Play
from harness.ports.replaying.tape import Exchange, Part, Section, Tape
from harness.ports.replaying.wire import RecordedWire


@runtime_checkable
class TakesUp(Protocol):
    """An instrument whose driver can take up a conversation that another one led."""

    def take_up(self, past: Sequence[Exchange]) -> None:
        """Be as the driver was that has led these exchanges of all ports, in order."""


class Player(ReplayClock):
    """Where a replay stands on its tape; the clock of its bench.

    Args:
        tape: the recorded run.
        late_ns: how long that run may have been at work; as for `ReplayClock`.

    Attributes:
        tape: as given.
        broken: what diverged first, by the section's name.
        left: number of recorded questions that were not asked, by the section's name.
    """

    def __init__(self, tape: Tape, late_ns: int = 0) -> None:
        super().__init__(tape.start_ns, late_ns)
        self.tape = tape
        self.broken: dict[str, str] = {}
        self.left: dict[str, int] = {}
        self._wires: dict[str, RecordedWire] = {}
        self._seek(0)

    def wire(self, name: str) -> RecordedWire:
        """Return the far end of a port."""
        if name not in self._wires:
            self._wires[name] = wire = RecordedWire(name, self)
            wire.load(self._play, self._section.exchanges)
        return self._wires[name]

    def answer(self, prompt: str) -> str:
        """Return what was typed when a person was asked this, at that time.

        Raises:
            ReplayDiverged: something else was asked, or nothing any more.
        """
        self._play.check()
        then = next(self._answers, None)
        if then is None or not prompt.startswith(then.action):
            was = "nothing more" if then is None else ascii(then.action)
            raise self._play.breaks(
                f"the person is asked {prompt!a}, but was asked {was}"
            )
        self.advance_to(then.t_ns)
        return then.answer

    def begin_case(self, case_id: str) -> Sequence[Exchange] | None:
        """Go to the last attempt at a case.

        Returns:
            What the drivers have to take up; None where they have led it themselves.
        """
        return self._go_to(Part.CASE, case_id)

    def end_case(self, case_id: str) -> Sequence[Exchange] | None:
        """Go to what came after a case had ended, as `begin_case` does."""
        return self._go_to(Part.AFTER, case_id)

    def _go_to(self, part: Part, case_id: str) -> Sequence[Exchange] | None:
        index = self.tape.find(part, case_id)
        is_whole = self._leave()
        if index is None:
            # Whatever is asked now finds nothing to answer it.
            self._load(Section(part, case_id, self.now_ns()))
            return None
        follows = is_whole and index == self._index + 1
        self._seek(index)
        return None if follows else self.tape.past(index)

    def _leave(self) -> bool:
        """Keep what became of the present section; tell whether it was played out."""
        name, broken = self._section.name, self._play.broken
        left = sum(wire.left for wire in self._wires.values())
        if broken is not None:
            self.broken[name] = str(broken)
        elif left:
            self.left[name] = left
        return broken is None and not left

    def _seek(self, index: int) -> None:
        self._index = index
        self._load(self.tape.sections[index])

    def _load(self, section: Section) -> None:
        self._section = section
        self._play = Play(section.name, section.exchanges)
        self._answers = iter(section.answers)
        self.follow(section.awake_ns)
        self.advance_to(section.begin_ns)
        for wire in self._wires.values():
            wire.load(self._play, section.exchanges)
