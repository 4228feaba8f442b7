"""What else can go wrong in the pump: memory, tube, a refill that is not as entered."""

from drivers.sim.contracts import FAR, Mechanism, PumpParameters
from drivers.sim.pump_sensors import Moment, Ticks


class Upkeep:
    """Memory, tube and the check of a refill.

    Attributes:
        tube_end_nl: the volume counter at which the tube's life ends; None without one.
        mismatch_since_ns: pump time of the refill entry that the level sensor
            contradicts, else FAR.
        renewals: how often the unit has been made new.
    """

    __slots__ = (
        "_mechanism",
        "_parameters",
        "_tick_ns",
        "_ticks",
        "_tube_revision",
        "_upsets",
        "mismatch_since_ns",
        "renewals",
        "tube_end_nl",
    )

    def __init__(
        self, parameters: PumpParameters, mechanism: Mechanism, ticks: Ticks
    ) -> None:
        """Begin with a sound memory and a fresh tube."""
        self._parameters = parameters
        self._mechanism = mechanism
        self._ticks = ticks
        self._tick_ns = FAR
        self._upsets = (0, 0)
        self._tube_revision = 0
        self.renewals = 0
        self.mismatch_since_ns = FAR
        self.tube_end_nl = parameters.tube_life_nl or None

    @property
    def due_ns(self) -> int:
        """Pump time of the next check of the memory, FAR if nothing has changed."""
        return self._tick_ns

    def look(self, now: Moment) -> bool:
        """Plan a check of the memory at the next tick if a value was flipped.

        Returns:
            Whether `due_ns` may have changed.
        """
        planned_ns = self._tick_ns
        differs = self._mechanism.memory_upsets(now.t_ns) != self._upsets
        self._tick_ns = self._ticks.at_or_after(now.u_ns) if differs else FAR
        return planned_ns != self._tick_ns

    def take_upsets(self, now: Moment) -> tuple[bool, bool]:
        """Check the memory; return whether values were mended, and whether lost."""
        mended, lost = self._mechanism.memory_upsets(now.t_ns)
        known_mended, known_lost = self._upsets
        self._upsets = (mended, lost)
        self._tick_ns = FAR
        return mended > known_mended, lost > known_lost

    def is_serviced(self, now: Moment) -> bool:
        """Tell whether a service tool has been at the tube, or at everything."""
        return (
            self._mechanism.tube_setting(now.t_ns)[0] != self._tube_revision
            or self._mechanism.renewals(now.t_ns) != self.renewals
        )

    def take_service(self, now: Moment, delivered_nl: int) -> bool:
        """Take over what was serviced; tell whether the unit was made new."""
        renewals = self._mechanism.renewals(now.t_ns)
        renewed = renewals != self.renewals
        self.renewals = renewals
        if renewed:
            self._upsets = self._mechanism.memory_upsets(now.t_ns)
            self.mismatch_since_ns = FAR
        revision, left_nl = self._mechanism.tube_setting(now.t_ns)
        if revision == self._tube_revision:
            left_nl = self._parameters.tube_life_nl
        self._tube_revision = revision
        if self.tube_end_nl is not None:
            self.tube_end_nl = delivered_nl + left_nl
        return renewed

    def tube_used_nl(self, delivered_nl: int) -> int:
        """Return the volume that the tube has moved at a count; 0 without a tube."""
        if self.tube_end_nl is None:
            return 0
        return max(delivered_nl - self.tube_end_nl + self._parameters.tube_life_nl, 0)

    def check_refill(self, now: Moment, entered_nl: int) -> None:
        """Compare an entered content with what a level sensor sees."""
        sensed_nl = self._mechanism.reservoir_nl(now.t_ns)
        differs = abs(sensed_nl - entered_nl) > self._parameters.fill_mismatch_nl
        self.mismatch_since_ns = now.u_ns if differs else FAR
