"""The counters of defective units, against arithmetic by hand."""

from drivers.sim.pump_counter import counter_of, hourly
from drivers.sim.pump_defects import Defect
from tests.drivers.sim.pump_twin_host import H


def test_a_drifting_counter_loses_two_thousandths_of_what_flows() -> None:
    counter = counter_of(frozenset({Defect.COUNTER_DRIFTS}), 7)
    counter.set_flow(0, hourly(1_000))
    assert counter.whole_nl(1_000 * H) == 7 + 998_000
    assert counter.reaches_ns(7 + 998) == H
    counter.set_flow(1_000 * H, hourly(0))
    assert counter.whole_nl(2_000 * H) == 7 + 998_000


def test_a_wrapping_counter_begins_anew_at_24_bits() -> None:
    counter = counter_of(frozenset({Defect.COUNTER_WRAPS}), (5 << 24) + 7)
    assert counter.whole_nl(0) == 7
    counter.set_flow(0, hourly(1 << 23))
    assert counter.whole_nl(H) == (1 << 23) + 7
    assert counter.whole_nl(2 * H) == 7
    counter.set_flow(2 * H, hourly(10))
    assert counter.exact_nl(3 * H) == 17
