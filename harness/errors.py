"""The harness's own exceptions: who is at fault, and what to do next.

::

    HarnessError                never raised itself
    +-- ConfigurationError      a file, an option or a unit is wrong: nothing moved
    |   +-- UnitError           an unknown unit, or the wrong dimension
    +-- SignatureFault          a key, a signature or a signed statement is not usable
    +-- ReportFault             a file made from the journal cannot be written
    +-- BrokenOff               work was ended from outside; the same command goes on
    +-- BenchFault              the bench, not the pump: a run fault, never a verdict
    |   +-- PortFault           a port is missing, busy, or was lost
    |   +-- InstrumentSilent    an instrument did not answer in time
    |   +-- InstrumentFault     an instrument answered that it cannot measure
    |   |   +-- InstrumentRestarted   it has lost its power, and its zero with it
    |   +-- WrongInstrument     not the model or serial number of the bench file
    |   +-- CalibrationOverdue  an instrument's calibration does not cover the run
    |   +-- MeasurementRefused  the evidence is not usable (drift, gap, correction)
    |   +-- RecordFault         the journal cannot be written
    +-- PumpFinding             the pump did something the procedure did not expect
        +-- CommandRefused      it understood a command and declined it
        +-- LinkViolation       its bytes break the link's rules
        |   +-- StaleReport     it repeats what it said before
        +-- StartStateMissed    it cannot be brought to the case's start state
        +-- NotSpecified        its profile is silent on what the procedure must know

A case that expects a ``PumpFinding`` judges it; a case that does not ends INCONCLUSIVE
with its text.
"""

from __future__ import annotations


class HarnessError(Exception):
    """Root of the tree; catch it, never raise it.

    Every message names the instrument or file, says what was wrong and what to do next.
    """

    def __init__(self, message: str) -> None:
        if type(self) in (HarnessError, PumpFinding):
            raise TypeError(f"raise a concrete error, not {type(self).__name__}")
        super().__init__(message)


class ConfigurationError(HarnessError):
    """A plan, profile, register, bench file or option is wrong; nothing has moved."""


class UnitError(ConfigurationError):
    """A unit is unknown, or has another dimension than the field needs."""


class SignatureFault(HarnessError):
    """A key, a signature or a signed statement does not hold."""


class ReportFault(HarnessError):
    """A file that is made from the journal cannot be written; the journal stands."""


class BrokenOff(HarnessError):
    """Work was ended from outside; what was done stands, the same command goes on."""


class BenchFault(HarnessError):
    """The bench failed. It makes unjudged cases INCONCLUSIVE and blames no pump."""


class PortFault(BenchFault):
    """A port does not exist, is in use elsewhere, or was lost."""


class InstrumentSilent(BenchFault):
    """An instrument gave no complete answer within its time limit."""


class InstrumentFault(BenchFault):
    """An instrument answered, but with a refusal, an overload or nonsense."""


class InstrumentRestarted(InstrumentFault):
    """An instrument has started anew, and forgotten what it had been told.

    Attributes:
        instrument: its name on the bench.
    """

    def __init__(self, message: str, *, instrument: str) -> None:
        super().__init__(message)
        self.instrument = instrument


class WrongInstrument(BenchFault):
    """The identity on the port is not the one that the bench file names."""


class CalibrationOverdue(BenchFault):
    """An instrument's calibration does not cover the run."""


class MeasurementRefused(BenchFault):
    """A measurement exists but may not be used as evidence."""


class RecordFault(BenchFault):
    """The journal cannot be written, so nothing more may be done."""


class PumpFinding(HarnessError):
    """Something about the pump that was not expected; catch it, never raise it."""


class CommandRefused(PumpFinding):
    """The pump declined a command.

    Attributes:
        command: name of the command as the link calls it.
        code: the link's name of the error code.
        field: name of the refused field, or "" where the code concerns no field.
    """

    def __init__(
        self, message: str, *, command: str, code: str, field: str = ""
    ) -> None:
        super().__init__(message)
        self.command = command
        self.code = code
        self.field = field


class LinkViolation(PumpFinding):
    """The pump sent something that its own link description does not allow."""


class StaleReport(LinkViolation):
    """The pump sent a report whose time has not gone on since the one before."""


class StartStateMissed(PumpFinding):
    """The pump could not be brought to the state from which the case starts."""


class NotSpecified(PumpFinding):
    """The pump's profile says nothing about a value that the procedure needs.

    Attributes:
        key: the missing key of the profile.
    """

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key
