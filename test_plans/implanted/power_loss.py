"""Taking the supply of a pump away and giving it back."""

from __future__ import annotations

from fixtures.procedures import restarts, spans
from fixtures.procedures.alarm_moments import Cause, Moment
from harness.bench import Bench
from harness.roles import InfusionPump, PowerSwitch
from harness.units import NS_PER_S, Quantity, ureg

_BOOT = ureg.Quantity(30.0, "s")
_NS_PER_MS = NS_PER_S // 1000


def lose_power(
    bench: Bench, pump: InfusionPump, power: PowerSwitch, outage: Quantity
) -> Cause:
    """Cut the supply for ``outage``, and wait until the pump answers again.

    Nothing else may ask the pump meanwhile.

    Returns:
        The return of the supply, in doubt where the pump's uptime did not begin anew.
    """
    power.set_powered(False)
    bench.run_for(outage)
    return give_back(bench, pump, power)


def give_back(bench: Bench, pump: InfusionPump, power: PowerSwitch) -> Cause:
    """Give the supply back, and wait until the pump answers again.

    Returns:
        As `lose_power`.
    """
    back = Moment(*spans.timed(bench, lambda: power.set_powered(True)))
    bench.run_for(_BOOT)
    status = restarts.meet_again(pump)
    restarted = status.told_uptime_ms * _NS_PER_MS <= status.t_ns - back.earliest_ns
    doubt = "" if restarted else "by its uptime the pump did not lose its power"
    return Cause(back, doubt)
