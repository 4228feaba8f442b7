"""Data sheet: what the pump must bear on its line."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import astuple

from drivers.itb_pump.part import PumpPart
from drivers.itb_pump.programming import require_echo, stage
from drivers.itb_pump.therapy import bolus_details, wire_bolus
from drivers.itb_pump.translation import rounded
from harness.errors import LinkViolation
from harness.roles import LinkTamper
from harness.units import Quantity
from protocols.pump_link.fields import SCHEDULE_STEPS_MAX, ScheduleStep
from protocols.pump_link.frame import CRC_SIZE, HEADER_SIZE
from protocols.pump_link.replies import Nak, ProgramStaged, PumpMessage
from protocols.pump_link.requests import (
    Commit,
    GetStatus,
    Stop,
    WriteProgram,
    WriteScheduleDay,
)
from protocols.pump_link.vocabulary import NakCode, PumpMode

# In the frame: the last byte of `rate_nl_per_h`, behind the mode's one byte.
_RATE_BYTE = HEADER_SIZE + 4
# Every byte of the check value, from the last.
_CRC_BYTES = range(-1, -1 - CRC_SIZE, -1)
# In the payload of a day of a schedule: how many rows follow, and one row.
_COUNT_BYTE = 1
_ROW = struct.Struct(">HI")


class Tampering(PumpPart, LinkTamper):
    """Damage, repetition and noise; each is journalled as a stimulus."""

    def send_corrupted_program(self, rate: Quantity) -> None:
        """Send a programme, the commit of an intact one, a stop: each a bit flipped.

        The flipped bit of the programme lies in its rate, those of commit and stop in
        each byte of their check values: a pump that does not look at all of them runs
        ``rate``, or stops. Afterwards a new session leaves nothing staged.

        Raises:
            LinkViolation: the pump answered a damaged frame.
        """
        program = self._intend_rate("send_corrupted_program", rate)
        self._recorder.stimulus(self._name, "a programme with one bit flipped is sent")
        try:
            answers = [self._link.ask_damaged(program, _RATE_BYTE)]
            token = stage(self._link, program).token
            for request in (Commit(token), Stop()):
                name = type(request).__name__.lower()
                said = f"a {name} with one bit flipped is sent, for each check byte"
                self._recorder.stimulus(self._name, said)
                answers += [self._link.ask_damaged(request, at) for at in _CRC_BYTES]
        finally:
            self._link.open_session()
        if any(answers):
            raise LinkViolation(
                f"{self._name} answered a frame whose check value is wrong:"
                f" {'; '.join(filter(None, answers))}; keep the journal as a finding"
            )

    def stage_without_commit(self, rate: Quantity) -> None:
        """Enter a rate, compare the pump's echo, and never commit it.

        The pump must forget it after 30 s and go on as before.

        Raises:
            CommandRefused: the pump cannot run the rate.
            LinkViolation: the pump understood something else.
        """
        program = self._intend_rate("stage_without_commit", rate)
        self._recorder.stimulus(self._name, "a programme is entered and not confirmed")
        stage(self._link, program)

    def stage_bolus_without_commit(
        self, volume: Quantity, duration: Quantity, then: Quantity
    ) -> None:
        """Enter a bolus, compare the pump's echo, and never commit it.

        The pump must forget it after 30 s and go on as before.

        Args:
            volume: rounded to the link's nL.
            duration: a whole number of seconds.
            then: volume per time, rounded to nL/h.

        Raises:
            ConfigurationError: the link cannot carry a value.
            CommandRefused: the pump cannot give the bolus.
            LinkViolation: the pump understood something else.
        """
        program = wire_bolus(volume, duration, then)
        self._recorder.intent(
            self._name, "stage_bolus_without_commit", **bolus_details(program)
        )
        self._recorder.stimulus(self._name, "a bolus is entered and not confirmed")
        stage(self._link, program)

    def send_repeated_bolus(
        self, volume: Quantity, duration: Quantity, then: Quantity
    ) -> None:
        """Give one bolus whose two frames are each sent twice, the same byte by byte.

        The pump owes its stored answer to a repetition. After another question the
        commit goes out a third time, now with a sequence of the past, which the pump
        owes a refusal. All frames are sent before anything is raised, so that the bolus
        can be weighed in any case.

        Args:
            volume: rounded to the link's nL.
            duration: a whole number of seconds.
            then: volume per time, rounded to nL/h; 0 leaves the pump stopped.

        Raises:
            ConfigurationError: the link cannot carry a value.
            CommandRefused: the pump cannot give the bolus.
            LinkViolation: it answered a repetition as if it were new.
        """
        program = wire_bolus(volume, duration, then)
        self._recorder.intent(
            self._name, "send_repeated_bolus", **bolus_details(program)
        )
        self._recorder.stimulus(self._name, "each frame of a bolus is sent twice")
        staged = self._link.ask_twice(program)
        # A pump that has staged twice, against the rules, knows the second token only.
        again = staged.again
        known = again if isinstance(again, ProgramStaged) else staged.reply
        require_echo(self._link, program, known)
        committed = self._link.ask_twice(Commit(known.token))
        self._link.ask(GetStatus())
        late = self._link.resend(committed.frame)
        wrong = [staged.wrong, committed.wrong, "" if _is_refused(late) else str(late)]
        if any(wrong):
            raise LinkViolation(
                f"{self._name} took a repeated frame for a new one:"
                f" {'; '.join(filter(None, wrong))}; keep the journal as a finding"
            )

    def send_week(
        self, days: Sequence[int], minutes: Sequence[int], rate: Quantity
    ) -> None:
        """Send the days of a schedule in any order, with any steps, and commit them.

        The link's own declaration ends at 13 steps; what is beyond is put behind them
        in the frame. Afterwards a new session leaves nothing staged.

        Raises:
            ConfigurationError: the link cannot carry a value.
            CommandRefused: the pump cannot run it, as it should say.
        """
        whole = rounded(rate, "nL/hour", "the rate")
        steps = tuple(
            ScheduleStep(minute, whole if index % 2 else whole // 2)
            for index, minute in enumerate(minutes)
        )
        known, beyond = steps[:SCHEDULE_STEPS_MAX], steps[SCHEDULE_STEPS_MAX:]

        def alter(payload: bytes) -> bytes:
            rows = b"".join(_ROW.pack(*astuple(step)) for step in beyond)
            count = bytes([len(steps)])
            return payload[:_COUNT_BYTE] + count + payload[_COUNT_BYTE + 1 :] + rows

        self._recorder.intent(
            self._name,
            "send_week",
            days=list(days),
            minutes=list(minutes),
            rate_nl_per_h=whole,
        )
        self._recorder.stimulus(self._name, "an impossible schedule is sent")
        try:
            for day in days:
                staged = self._link.ask_altered(WriteScheduleDay(day, known), alter)
            self._link.ask(Commit(staged.token))
        finally:
            self._link.open_session()

    def send_noise(self, size: int) -> None:
        """Send bytes that are no frame; the pump must be silent and then still answer.

        Args:
            size: how many, the same in every run.

        Raises:
            InstrumentSilent: the pump did not answer before the noise either.
            LinkViolation: it answers noise, or does not answer behind it.
        """
        self._recorder.stimulus(self._name, f"{size} bytes of noise are sent")
        self._link.send_noise(size)

    def _intend_rate(self, command: str, rate: Quantity) -> WriteProgram:
        """Journal a rate that is to be sent, and return its request."""
        rate_nl_per_h = rounded(rate, "nL/hour", "the rate")
        self._recorder.intent(self._name, command, rate_nl_per_h=rate_nl_per_h)
        return WriteProgram(PumpMode.CONTINUOUS, rate_nl_per_h, 0, 0)


def _is_refused(late: PumpMessage | None) -> bool:
    """Tell whether a sequence of the past was refused, or not answered at all."""
    return late is None or (isinstance(late, Nak) and late.code is NakCode.BAD_SEQUENCE)
