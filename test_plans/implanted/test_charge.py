"""The charge that a day of therapy draws from the supply in place of the battery."""

from __future__ import annotations

import pytest

from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, counted, ratio
from harness.readings import ChargeReading
from harness.roles import ChargeMeter, FlowClamp, InfusionPump
from harness.units import ureg
from test_plans.implanted import pump_clock

_NAH_PER_MAH = 1e6
_METER = "charge meter"
_DAY = ureg.Quantity(1.0, "day")


@pytest.mark.procedure(rate="mL/day", duration="s", poll="s", meter_error="1")
def test_charge_of_a_day(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    clamp: FlowClamp,
    charge: ChargeMeter,
) -> None:
    """Deliver and ask often; a day may draw no more than the profile says.

    Each question takes the processor some time, which the clock must not lack.
    """
    limit = case.limit("ITB-PWR-006")
    clamp.set_closed(False)
    pump.start_continuous(case.numbers["rate"])
    clock = pump_clock.Beside(case, bench, pump)
    first = charge.read_charge()
    with bench.sampling(pump.read_status, case.numbers["poll"]):
        bench.run_for(case.numbers["duration"])
    last = charge.read_charge()
    clock.judge()
    pump.stop()

    days = ureg.Quantity((last.t_ns - first.t_ns) / 1e9, "s") / _DAY
    case.judge(limit, ratio(_drawn(case, first, last), days, "mA*hour"))


def _drawn(case: Case, first: ChargeReading, last: ChargeReading) -> Measurement:
    """Return what was drawn between two readings; the meter may err by its share."""
    drawn = ureg.Quantity(
        (last.charge_nah - first.charge_nah) / _NAH_PER_MAH, "mA*hour"
    )
    error = case.numbers["meter_error"] * drawn
    return counted(drawn, 2 * error, _METER, first.t_ns, last.t_ns)
