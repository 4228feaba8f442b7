"""What the pump tells of its wear and its supply."""

from drivers.sim.pump_firmware import PumpFirmware
from protocols.pump_link.replies import Service


def service_of(pump: PumpFirmware) -> Service:
    """Return the answer to GetService; its dates are by the clock as it is set now."""
    watch = pump.supervision.watch
    return Service(
        pump.uptime_ms,
        pump.battery_mv,
        pump.clock_at_s(watch.power.replacement_since_ns),
        pump.clock_at_s(watch.power.end_ns),
        watch.upkeep.tube_used_nl(pump.delivered_nl),
        pump.parameters.tube_life_nl,
    )
