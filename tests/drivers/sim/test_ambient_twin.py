"""The ambient sensor's answers, and how its readings stand to the room."""

from __future__ import annotations

import re
import statistics
from dataclasses import replace

import pytest

from drivers.sim.ambient_twin import AmbientParameters, AmbientTwin
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
CALM = SurroundingsParameters(
    liquid_temperature_c=19.5,
    air_temperature_c=21.0,
    air_temperature_change_k=0.0,
    pressure_change_hpa=0.0,
    humidity_change_percent=0.0,
)
EXACT = AmbientParameters(
    air_error_k=0.0,
    liquid_error_k=0.0,
    pressure_error_hpa=0.0,
    humidity_error_percent=0.0,
    temperature_noise_k=0.0,
    pressure_noise_hpa=0.0,
    humidity_noise_percent=0.0,
)
NUMBERS = b"FORM 4.4 P T TA RH #r#n\r"


def bench(
    parameters: AmbientParameters = EXACT,
    surroundings: SurroundingsParameters = CALM,
    seed: int = 1,
) -> tuple[World, AmbientTwin]:
    world = World(PumpParameters(), surroundings, seed, T0)
    return world, AmbientTwin(parameters, world, seed)


def ask(twin: AmbientTwin, data: bytes, t_ns: int = T0) -> bytes:
    twin.receive(t_ns, data)
    return b"".join(text for _, text in twin.take_output())


def quiet(twin: AmbientTwin) -> AmbientTwin:
    ask(twin, b"ECHO OFF\r" + NUMBERS)
    return twin


def measured(twin: AmbientTwin, t_ns: int) -> list[float]:
    """Return pressure, air, liquid and humidity."""
    return [float(text) for text in re.findall(rb"-?\d+\.\d{4}", send(twin, t_ns))]


def send(twin: AmbientTwin, t_ns: int) -> bytes:
    return ask(twin, b"SEND\r", t_ns)


def test_from_the_factory_it_echoes_and_prompts() -> None:
    _, twin = bench()
    assert ask(twin, b"send\r") == (
        b"send\r\nP=  1013.2 hPa   T= 21.0 'C RH= 50.0 %RH \r\n>"
    )
    assert ask(twin, b"echo off\r") == b"echo off\r\nEcho           : OFF\r\n"
    assert ask(twin, b"SEND\r") == b"P=  1013.2 hPa   T= 21.0 'C RH= 50.0 %RH \r\n"
    assert ask(twin, b"\r") == ask(twin, b"S\r") == b""


def test_answers() -> None:
    _, twin = bench()
    ask(twin, b"ECHO OFF\r")
    assert ask(twin, b'FORM "T=" 3.2 TA U3 #r#n\r') == b"OK\r\n"
    assert ask(twin, b"FORM ?\r") == b'Output format  : "T=" 3.2 TA U3 \\r\\n\r\n'
    assert ask(twin, b"SEND\r") == b"T= 19.50'C \r\n"
    assert ask(twin, b"FORM 3.2 XYZ\r") == b"Unknown command\r\n"
    assert ask(twin, b"FORM /\r") == b"OK\r\n"
    assert ask(twin, b"XYZ\r") == b"Unknown command\r\n"
    first, second, *_ = ask(twin, b"?\r").splitlines()
    assert first == b"PTU303 / 1.16"
    assert second == b"Serial number  : A000000001"


def test_a_command_may_come_in_pieces() -> None:
    _, twin = bench()
    ask(twin, b"ECHO OFF\r")
    assert ask(twin, b"FOR") == b""
    assert ask(twin, b"M ?\rECHO\r").endswith(b"\r\nEcho           : OFF\r\n")


def test_it_shows_the_room() -> None:
    _, twin = bench()
    assert measured(quiet(twin), T0 + H) == [1013.25, 21.0, 19.5, 50.0]


def test_errors_of_calibration_belong_to_the_unit_and_stay_within_its_accuracy() -> (
    None
):
    drawn = replace(
        EXACT,
        air_error_k=None,
        liquid_error_k=None,
        pressure_error_hpa=None,
        humidity_error_percent=None,
    )
    units = []
    for seed in range(1, 41):
        world, twin = bench(drawn, seed=seed)
        now = measured(quiet(twin), T0)
        world.begin_case(T0 + H, "later")
        assert measured(twin, T0 + 9 * H) == now
        units.append(now)
    for quantity, true, accuracy in (
        (0, 1013.25, 0.1),
        (1, 21.0, 0.1),
        (2, 19.5, 0.1),
        (3, 50.0, 1.0),
    ):
        errors = [unit[quantity] - true for unit in units]
        assert 0.7 * accuracy < max(map(abs, errors)) <= accuracy + 1e-4


def test_given_errors_are_shown() -> None:
    given = replace(EXACT, air_error_k=0.25, humidity_error_percent=-2.0)
    assert measured(quiet(bench(given)[1]), T0) == [1013.25, 21.25, 19.5, 48.0]


def test_noise_has_its_size_and_belongs_to_case_and_moment() -> None:
    world, twin = bench(replace(EXACT, temperature_noise_k=0.05))
    quiet(twin)

    def series(case_id: str, began_ns: int) -> list[list[float]]:
        world.begin_case(began_ns, case_id)
        return [measured(twin, began_ns + i * S) for i in range(400)]

    one, other, again = (
        series("a/1", T0 + H),
        series("b/1", T0 + 2 * H),
        series("a/1", T0 + 5 * H),
    )
    assert one == again
    assert one != other
    for quantity in (1, 2):
        values = [reading[quantity] for reading in one]
        assert statistics.stdev(values) == pytest.approx(0.05, rel=0.15)
    assert {reading[0] for reading in one} == {1013.25}


def test_flags_put_stars_in_place_of_a_value() -> None:
    _, twin = bench(replace(EXACT, flags="0010"))
    ask(twin, b'ECHO OFF\rFORM 3.2 T " " TA " " ERR #r#n\r')
    assert send(twin, T0) == b" 21.00 ****** 0010\r\n"


@pytest.mark.parametrize("flags", ["001", "00100", "0020"])
def test_flags_are_four_digits(flags: str) -> None:
    with pytest.raises(ValueError, match="flags must be 4 digits 0 or 1"):
        replace(EXACT, flags=flags)


def test_silent_is_silent() -> None:
    _, twin = bench(replace(EXACT, silent=True))
    assert send(twin, T0) == b""
    assert not twin.owes_reply()
    assert twin.next_event_ns() == FAR
