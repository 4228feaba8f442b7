"""What the pump has been told to infuse."""

from fractions import Fraction

from drivers.sim.contracts import FAR
from drivers.sim.pump_counter import NO_FLOW, Flow, hourly
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.requests import WriteProgram
from protocols.pump_link.vocabulary import PumpMode


class Therapy:
    """The mode, the programmed rate and, in mode BOLUS, the bolus that replaces it.

    Attributes:
        mode: the programmed mode.
        rate_nl_per_h: programmed background rate; 0 when stopped.
        flow: what the motor is to deliver now.
        program: the program in force, None after a stop; it outlives its bolus.
        running_since_ns: pump time since which the mode is not STOPPED, else FAR.
        stopped_since_ns: pump time since which the mode is STOPPED, else FAR.
    """

    __slots__ = (
        "_bolus_from_nl",
        "flow",
        "mode",
        "program",
        "rate_nl_per_h",
        "running_since_ns",
        "stopped_since_ns",
    )

    def __init__(self) -> None:
        """Begin stopped at pump time 0."""
        self.mode = PumpMode.STOPPED
        self.rate_nl_per_h = 0
        self.flow = NO_FLOW
        self.program: WriteProgram | None = None
        self.running_since_ns = FAR
        self.stopped_since_ns = 0
        self._bolus_from_nl = Fraction(0)

    def start(self, program: WriteProgram, u_ns: int, count_nl: Fraction) -> None:
        """Put a checked program into force.

        Args:
            program: CONTINUOUS or BOLUS.
            u_ns: pump time now.
            count_nl: the volume counter now, from which a bolus is measured.
        """
        self.mode = program.mode
        self.rate_nl_per_h = program.rate_nl_per_h
        self.program = program
        if program.mode is PumpMode.BOLUS:
            self._bolus_from_nl = count_nl
            self.flow = Flow(program.bolus_nl, program.bolus_duration_s * NS_PER_S)
        else:
            self.flow = hourly(program.rate_nl_per_h)
        self.running_since_ns = min(self.running_since_ns, u_ns)
        self.stopped_since_ns = FAR

    def stop(self, u_ns: int) -> None:
        """Infuse nothing from now on; harmless when already stopped."""
        self.program = None
        self._rest(0, u_ns)

    def end_bolus(self, u_ns: int) -> None:
        """Go on at the background rate, which is 0 for a pump that then stops."""
        self._rest(self.rate_nl_per_h, u_ns)

    @property
    def bolus_end_nl(self) -> Fraction | None:
        """The count at which the bolus has been given, None without a bolus."""
        if self.mode is not PumpMode.BOLUS or self.program is None:
            return None
        return self._bolus_from_nl + self.program.bolus_nl

    def bolus_given_nl(self, count_nl: Fraction) -> int:
        """Return the volume of the running bolus that has been given, rounded down."""
        return int(count_nl - self._bolus_from_nl)

    def _rest(self, rate_nl_per_h: int, u_ns: int) -> None:
        """Take up a rate without a bolus, or mode STOPPED at rate 0."""
        self.rate_nl_per_h = rate_nl_per_h
        if rate_nl_per_h:
            self.mode = PumpMode.CONTINUOUS
            self.flow = hourly(rate_nl_per_h)
        else:
            self.mode = PumpMode.STOPPED
            self.flow = NO_FLOW
            self.running_since_ns = FAR
            self.stopped_since_ns = min(self.stopped_since_ns, u_ns)
