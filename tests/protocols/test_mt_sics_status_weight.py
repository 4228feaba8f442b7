"""The reply to SIS, typed by hand from its published layout."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import TextReply
from protocols.mt_sics.status_weight import (
    UNITS,
    State,
    StatusWeight,
    Tare,
    parse_status_weight,
    status_weight_line,
)


def read(line: bytes) -> StatusWeight | State:
    reply = parse(line)
    assert isinstance(reply, TextReply)
    return parse_status_weight(reply)


@pytest.mark.parametrize(
    ("line", "weight"),
    [
        (
            b'SIS A 0 "14.256" 0 3 1 0 0\r\n',
            StatusWeight(State.STABLE, "14.256", "g", 3, 1, False, Tare.NONE),
        ),
        (
            b'SIS A 1 "-0.02" 3 2 5 1 2\r\n',
            StatusWeight(State.DYNAMIC, "-0.02", "mg", 2, 5, True, Tare.PRESET),
        ),
        (
            b'SIS A 3 "  100" 20 0 10 0 1\r\n',
            StatusWeight(
                State.DYNAMIC_INACCURATE, "100", "baht", 0, 10, False, Tare.WEIGHED
            ),
        ),
        (b'SIS A 4 "Overload"\r\n', State.OVERLOAD),
        (b'SIS A 5 "Underload"\r\n', State.UNDERLOAD),
        (b'SIS A 6 "Error 3b"\r\n', State.ERROR),
    ],
)
def test_states(line: bytes, weight: StatusWeight | State) -> None:
    assert read(line) == weight


@pytest.mark.parametrize(
    "line",
    [
        b"SIS A\r\n",
        b'SIS A 7 "14.256" 0 3 1 0 0\r\n',
        b'SIS A x "14.256" 0 3 1 0 0\r\n',
        b'SIS A 0 "14.256" 0 3 1 0\r\n',
        b'SIS A 0 "14.256" 0 3 1 0 0 0\r\n',
        b'SIS A 0 "14.25" 0 3 1 0 0\r\n',
        b'SIS A 0 "14256" 0 3 1 0 0\r\n',
        b'SIS A 0 "1e3" 0 0 1 0 0\r\n',
        b'SIS A 0 "" 0 0 1 0 0\r\n',
        b'SIS A 0 "014.256" 0 3 1 0 0\r\n',
        b'SIS A 0 "14.256" 2 3 1 0 0\r\n',
        b'SIS A 0 "14.256" 0 3 1 0 3\r\n',
        b'SIS A 4 "14.256" 0 3 1 0 0\r\n',
        b'I2 A 0 "14.256" 0 3 1 0 0\r\n',
    ],
)
def test_what_contradicts_itself_is_refused(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="SIS"):
        read(line)


@given(
    st.sampled_from([State.STABLE, State.DYNAMIC_INACCURATE]),
    st.integers(-(10**9), 10**9),
    st.integers(0, 9),
    st.sampled_from(["g", "mg", "ct"]),
    st.sampled_from(Tare),
)
def test_round_trip(
    state: State, units: int, decimals: int, unit: str, tare: Tare
) -> None:
    weight = read(status_weight_line(state, units, decimals, unit, tare))
    assert isinstance(weight, StatusWeight)
    assert weight.value == Decimal(units).scaleb(-decimals)
    assert (weight.state, weight.unit, weight.tare) == (state, unit, tare)


def test_a_unit_without_code_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="furlong"):
        status_weight_line(State.STABLE, 1, 0, "furlong", Tare.NONE)
    assert len(UNITS) == 17
