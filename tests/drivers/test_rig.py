"""The rig's driver against lines typed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.rig import Rig
from harness.bench import CaseAware
from harness.clock import NS_PER_S, VirtualClock
from harness.errors import (
    ConfigurationError,
    InstrumentFault,
    InstrumentSilent,
    UnitError,
)
from harness.evidence.records import Kind
from harness.readings import Identity
from harness.units import ureg
from tests.drivers.scripted import ByteByByte, Desk, Exchange, ScriptedPort, desk

OK = (b"OK\r\n",)
SENSORS = b"SENSORS\r\n"
FOLLOWS = {
    b"CLAMP CLOSED\r\n": ("clamp", b"SHUT"),
    b"CLAMP OPEN\r\n": ("clamp", b"OPEN"),
    b"MAGNET ON\r\n": ("magnet", b"NEAR"),
    b"MAGNET OFF\r\n": ("magnet", b"AWAY"),
    b"POWER OFF\r\n": ("supply", b"0"),
    b"POWER ON\r\n": ("supply", b"2900"),
    b"SUPPLY 2450\r\n": ("supply", b"2450"),
    b"TEMPERATURE 310150\r\n": ("temperature", b"310150"),
    b"ALTITUDE 70000\r\n": ("ambient", b"70000"),
    b"RENEW\r\n": ("supply", b"3000"),
    b"FILL 20000000\r\n": ("filled", b"20000000"),
    b"POCKET 2000000\r\n": ("filled", b"2000000"),
}
"""What sensors show once a line has been carried out."""


class Sensing(ScriptedPort):
    """Answers SENSORS besides its script, as what it was sent has moved them."""

    def __init__(self, clock: VirtualClock, script: list[Exchange]) -> None:
        super().__init__(clock, script)
        self.stuck: set[str] = set()
        self.shown = {
            "clamp": b"OPEN",
            "magnet": b"AWAY",
            "supply": b"2900",
            "temperature": b"293150",
            "ambient": b"101325",
            "filled": b"0",
        }

    def write(self, data: bytes) -> None:
        if data == SENSORS:
            clamp, magnet, *numbers = self.shown.values()
            words = (clamp, magnet, *(number.zfill(10) for number in numbers))
            answer = b"SENSED " + b" ".join(words) + b"\r\n"
            self.incoming += self.chunks(answer)
            return
        super().write(data)
        if data in FOLLOWS and FOLLOWS[data][0] not in self.stuck:
            name, shown = FOLLOWS[data]
            self.shown[name] = shown


class SensingByteByByte(Sensing, ByteByByte):
    """The same, a byte at a time."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def on(bench: Desk, port: ScriptedPort) -> Rig:
    return Rig("rig", bench.tap("rig", port), bench.clock, bench.recorder)


@pytest.mark.parametrize("line", [Sensing, SensingByteByByte])
def test_every_command(bench: Desk, line: type[Sensing]) -> None:
    port = line(
        bench.clock,
        [
            Exchange(b"ID\r\n", (b"ID DOSEBENCH-RIG R1 1.0\r\n",)),
            Exchange(b"ID\r\n", (b"ID DOSEBENCH-RIG R1 1.0\r\n",)),
            Exchange(b"CASE ITB-FLOW-001/low\r\n", OK),
            Exchange(b"CLAMP CLOSED\r\n", OK),
            Exchange(b"CLAMP OPEN\r\n", OK),
            Exchange(b"MAGNET ON\r\n", OK),
            Exchange(b"MAGNET OFF\r\n", OK),
            Exchange(b"FILL 20000000\r\n", OK),
            Exchange(b"WITHDRAW\r\n", OK),
            Exchange(b"EMPTY\r\n", OK),
            Exchange(b"SYRINGE 36000000\r\n", OK),
            Exchange(b"SYRINGE OFF\r\n", OK),
        ],
    )
    rig = on(bench, port)

    rig.connect()
    assert rig.read_identity() == Identity("DOSEBENCH-RIG", "R1", "1.0")
    assert isinstance(rig, CaseAware)
    rig.set_case("ITB-FLOW-001/low")
    rig.set_closed(True)
    rig.set_closed(False)
    rig.set_present(True)
    rig.set_present(False)
    rig.fill_reservoir(ureg.Quantity(20, "mL"))
    rig.withdraw_reservoir()
    rig.empty_vessel()
    rig.put_syringe_on_pan(ureg.Quantity(36, "mL"))
    rig.take_syringe_off_pan()

    port.finish()
    stimuli = [
        (record.fields["name"], record.fields["action"])
        for record in bench.records(Kind.STIMULUS)
    ]
    assert stimuli == [
        ("clamp", "closed"),
        ("clamp", "opened"),
        ("magnet", "brought"),
        ("magnet", "taken away"),
    ]
    acts = [record.fields["action"] for record in bench.records(Kind.OPERATOR)]
    assert acts == [
        "fill the reservoir with 20 mL",
        "withdraw the residual into the vessel",
        "empty the vessel to its starting content",
        "put the syringe with 36 mL beside the vessel",
        "take the syringe off the balance",
    ]


def test_every_surrounding(bench: Desk) -> None:
    port = Sensing(
        bench.clock,
        [
            Exchange(b"POWER OFF\r\n", OK),
            Exchange(b"POWER ON\r\n", OK),
            Exchange(b"SUPPLY 2450\r\n", OK),
            Exchange(b"PRESSURE 13330\r\n", OK),
            Exchange(b"PRESSURE -13330\r\n", OK),
            Exchange(b"GAUGE\r\n", (b"PRESSURE -13730\r\n",)),
            Exchange(b"TEMPERATURE 310150\r\n", OK),
            Exchange(b"ALTITUDE 70000\r\n", OK),
            Exchange(b"UPSET MENDED\r\n", OK),
            Exchange(b"UPSET LOST\r\n", OK),
            Exchange(b"TUBE 1500\r\n", OK),
            Exchange(b"BEEP\r\n", OK),
            Exchange(b"RENEW\r\n", OK),
            Exchange(b"POCKET 2000000\r\n", OK),
            Exchange(b"HEIGHT 500\r\n", OK),
            Exchange(b"HEIGHT -500\r\n", OK),
        ],
    )
    rig = on(bench, port)

    rig.set_powered(False)
    rig.set_powered(True)
    rig.set_supply(ureg.Quantity(2.45, "V"))
    rig.set_back_pressure(ureg.Quantity(13.33, "kPa"))
    rig.set_back_pressure(ureg.Quantity(-13.33, "kPa"))
    reading = rig.read_pressure()
    rig.set_temperature(ureg.Quantity(310.15, "kelvin"))
    rig.set_ambient_pressure(ureg.Quantity(700, "hPa"))
    rig.corrupt_memory(critical=False)
    rig.corrupt_memory(critical=True)
    rig.set_tube_left(ureg.Quantity(1.5, "µL"))
    rig.sound_reference()
    rig.renew_unit()
    rig.fill_pocket(ureg.Quantity(2, "mL"))
    rig.set_height(ureg.Quantity(0.5, "m"))
    rig.set_height(ureg.Quantity(-50, "cm"))

    port.finish()
    assert reading.pressure_pa == -13_730
    stimuli = [
        (record.fields["name"], record.fields["action"])
        for record in bench.records(Kind.STIMULUS)
    ]
    assert stimuli == [
        ("power", "switched off"),
        ("power", "switched on"),
        ("supply", "set to 2.45 V"),
        ("back pressure", "set to 13.33 kPa"),
        ("back pressure", "set to -13.33 kPa"),
        ("temperature", "set to 37 degC"),
        ("ambient pressure", "set to 70 kPa"),
        ("memory", "value flipped"),
        ("memory", "value lost"),
        ("tube", "has 0.0015 mL left"),
        ("reference tone", "sounded"),
        ("unit", "renewed"),
        ("height", "set to 0.5 m"),
        ("height", "set to -0.5 m"),
    ]


def test_a_gauge_that_answers_something_else_is_a_fault(bench: Desk) -> None:
    rig = on(bench, ScriptedPort(bench.clock, [Exchange(b"GAUGE\r\n", OK)]))

    with pytest.raises(InstrumentFault, match="gauge"):
        rig.read_pressure()


def test_the_charge_is_read_from_the_supply(bench: Desk) -> None:
    shown = (b"CHARGE 835200\r\n",)
    lines = [Exchange(b"CHARGE\r\n", shown), Exchange(b"CHARGE\r\n", OK)]
    rig = on(bench, ScriptedPort(bench.clock, lines))

    reading = rig.read_charge()

    assert (reading.charge_nah, reading.t_ns) == (835_200, bench.clock.now_ns())
    with pytest.raises(InstrumentFault, match="meter"):
        rig.read_charge()


def test_the_simulated_operator_says_yes_and_it_is_journalled(bench: Desk) -> None:
    rig = on(bench, ScriptedPort(bench.clock, []))

    assert rig.confirm("Spoil the unit?")

    (record,) = bench.records(Kind.OPERATOR)
    assert (record.fields["action"], record.fields["answer"]) == (
        "Spoil the unit?",
        "yes",
    )


@pytest.mark.parametrize(
    "answer", [b"ERR the reservoir is full\r\n", b"NOW 5\r\n", b"OK \r\n", b"OK\n"]
)
def test_what_is_not_done_is_a_fault_and_no_stimulus(
    bench: Desk, answer: bytes
) -> None:
    rig = on(bench, ScriptedPort(bench.clock, [Exchange(b"MAGNET ON\r\n", (answer,))]))

    with pytest.raises(InstrumentFault):
        rig.set_present(True)

    assert bench.count()[Kind.STIMULUS] == 0


def test_two_answers_to_one_command_are_a_fault(bench: Desk) -> None:
    script = [Exchange(b"MAGNET ON\r\n", (b"OK\r\nOK\r\n",))]

    with pytest.raises(InstrumentFault, match="nobody else"):
        on(bench, ScriptedPort(bench.clock, script)).set_present(True)


def test_something_else_on_the_port_is_no_rig(bench: Desk) -> None:
    rig = on(bench, ScriptedPort(bench.clock, [Exchange(b"ID\r\n", OK)]))

    with pytest.raises(InstrumentFault, match="bench file"):
        rig.connect()


def test_silence_is_told_and_nothing_is_sent_twice(bench: Desk) -> None:
    port = Sensing(bench.clock, [Exchange(b"FILL 1000\r\n")])
    began_ns = bench.clock.now_ns()

    with pytest.raises(InstrumentSilent, match="FILL 1000"):
        on(bench, port).fill_reservoir(ureg.Quantity(1, "µL"))

    port.finish()
    assert bench.clock.now_ns() - began_ns >= 10 * NS_PER_S


def test_a_late_answer_does_not_count_for_the_next_command(bench: Desk) -> None:
    port = ScriptedPort(
        bench.clock,
        [
            Exchange(b"CLAMP OPEN\r\n"),
            Exchange(b"MAGNET OFF\r\n", (b"ERR stuck\r\n",)),
        ],
    )
    rig = on(bench, port)
    with pytest.raises(InstrumentSilent):
        rig.set_closed(False)
    port.incoming = [b"OK\r\n"]

    with pytest.raises(InstrumentFault, match="stuck"):
        rig.set_present(False)


SAFE = (
    b"PRESSURE 0\r\n",
    b"HEIGHT 0\r\n",
    b"TEMPERATURE 293150\r\n",
    b"ALTITUDE 101325\r\n",
    b"CLAMP OPEN\r\n",
    b"MAGNET OFF\r\n",
    b"SUPPLY 2900\r\n",
    b"POWER ON\r\n",
)


def test_safe_is_pressure_relieved_first_and_power_on_last(bench: Desk) -> None:
    port = Sensing(bench.clock, [Exchange(line, OK) for line in SAFE])

    assert on(bench, port).set_safe() == (
        "pressure relieved, pump level, temperature and ambient pressure nominal,"
        " clamp open, magnet away, power on"
    )

    port.finish()


@pytest.mark.parametrize("broken", range(len(SAFE)))
def test_each_step_to_safety_is_taken_although_another_fails(
    bench: Desk, broken: int
) -> None:
    script = [Exchange(line, OK) for line in SAFE]
    script[broken] = Exchange(SAFE[broken], (b"ERR stuck\r\n",))
    port = Sensing(bench.clock, script)

    with pytest.raises(InstrumentFault, match="stuck"):
        on(bench, port).set_safe()

    port.finish()


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (lambda rig: rig.fill_reservoir(5), TypeError),
        (lambda rig: rig.fill_reservoir(ureg.Quantity(5, "mg")), UnitError),
        (lambda rig: rig.fill_reservoir(ureg.Quantity(-5, "mL")), ConfigurationError),
        (lambda rig: rig.set_case("two words"), ConfigurationError),
        (lambda rig: rig.set_supply(ureg.Quantity(-1, "V")), ConfigurationError),
        (lambda rig: rig.set_back_pressure(5), TypeError),
        (lambda rig: rig.set_temperature(ureg.Quantity(20, "kPa")), UnitError),
    ],
)
def test_what_the_port_cannot_carry_is_not_sent(
    bench: Desk, action: Callable[[Rig], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        action(on(bench, Sensing(bench.clock, [])))


@pytest.mark.parametrize(
    ("stuck", "line", "stimulate", "said"),
    [
        ("clamp", b"CLAMP CLOSED", lambda r: r.set_closed(True), "closed, but is open"),
        ("magnet", b"MAGNET ON", lambda r: r.set_present(True), "at the pump.* away"),
        ("supply", b"POWER OFF", lambda r: r.set_powered(False), "0 mV, .* 2900 mV"),
        (
            "temperature",
            b"TEMPERATURE 310150",
            lambda r: r.set_temperature(ureg.Quantity(310.15, "kelvin")),
            "310150 mK, but is 293150 mK",
        ),
        (
            "ambient",
            b"ALTITUDE 70000",
            lambda r: r.set_ambient_pressure(ureg.Quantity(70, "kPa")),
            "70000 Pa, but is 101325 Pa",
        ),
        (
            "filled",
            b"FILL 20000000",
            lambda r: r.fill_reservoir(ureg.Quantity(20, "mL")),
            "20000000 nL.* 0 nL",
        ),
    ],
)
def test_what_says_ok_and_does_nothing_is_a_fault(
    bench: Desk, stuck: str, line: bytes, stimulate: Callable[[Rig], None], said: str
) -> None:
    port = Sensing(bench.clock, [Exchange(line + b"\r\n", OK)])
    port.stuck = {stuck}

    with pytest.raises(InstrumentFault, match=said):
        stimulate(on(bench, port))


def test_a_supply_that_does_not_follow_is_a_fault(bench: Desk) -> None:
    lines = [Exchange(b"RENEW\r\n", OK), Exchange(b"SUPPLY 2450\r\n", OK)]
    port = Sensing(bench.clock, lines)
    port.stuck = {"supply"}
    rig = on(bench, port)
    rig.renew_unit()

    with pytest.raises(InstrumentFault, match="2450 mV, but is 2900 mV"):
        rig.set_supply(ureg.Quantity(2.45, "V"))


def test_power_of_an_unknown_voltage_must_be_there(bench: Desk) -> None:
    port = Sensing(bench.clock, [Exchange(b"RENEW\r\n", OK)])
    rig = on(bench, port)
    rig.renew_unit()
    rig.confirm_stimuli()
    port.shown["supply"] = b"0"

    with pytest.raises(InstrumentFault, match="no voltage"):
        rig.confirm_stimuli()


def test_what_ends_by_itself_is_found_before_the_next_stimulus(bench: Desk) -> None:
    port = Sensing(bench.clock, [Exchange(b"CLAMP OPEN\r\n", OK)])
    rig = on(bench, port)
    rig.set_closed(False)
    rig.confirm_stimuli()
    port.shown["clamp"] = b"SHUT"

    with pytest.raises(InstrumentFault, match="open, but is closed"):
        rig.set_present(True)
    with pytest.raises(InstrumentFault, match="open, but is closed"):
        rig.confirm_stimuli()

    port.finish()


def test_a_case_rests_on_nothing_that_a_case_before_was_told(bench: Desk) -> None:
    lines = (b"CLAMP CLOSED\r\n", b"CASE A/b\r\n", b"MAGNET ON\r\n")
    port = Sensing(bench.clock, [Exchange(line, OK) for line in lines])
    rig = on(bench, port)
    rig.set_closed(True)
    port.shown["clamp"] = b"OPEN"

    rig.set_case("A/b")
    rig.confirm_stimuli()
    rig.set_present(True)

    port.shown["magnet"] = b"AWAY"
    with pytest.raises(InstrumentFault, match="magnet") as found:
        rig.confirm_stimuli()
    assert "clamp" not in str(found.value)
    port.finish()


@pytest.mark.parametrize(
    ("name", "shown"),
    [("temperature", b"310640"), ("ambient", b"70490"), ("supply", b"2465")],
)
def test_sensors_may_be_a_little_off(bench: Desk, name: str, shown: bytes) -> None:
    lines = (
        b"TEMPERATURE 310150\r\n",
        b"ALTITUDE 70000\r\n",
        b"POWER ON\r\n",
        b"SUPPLY 2450\r\n",
    )
    port = Sensing(bench.clock, [Exchange(line, OK) for line in lines])
    rig = on(bench, port)
    rig.set_temperature(ureg.Quantity(310.15, "kelvin"))
    rig.set_ambient_pressure(ureg.Quantity(70, "kPa"))
    rig.set_powered(True)
    rig.set_supply(ureg.Quantity(2.45, "V"))

    port.shown[name] = shown
    rig.confirm_stimuli()


def test_sensors_that_say_something_else_are_a_fault(bench: Desk) -> None:
    lines = [Exchange(b"CLAMP OPEN\r\n", OK), Exchange(SENSORS, OK)]
    rig = on(bench, ScriptedPort(bench.clock, lines))

    with pytest.raises(InstrumentFault, match="sensors"):
        rig.set_closed(False)


def test_close_releases_the_port(bench: Desk) -> None:
    port = ScriptedPort(bench.clock, [])

    on(bench, port).close()

    assert port.closed
