"""From bytes alone: with which sequence the next request goes, and in a session."""

from __future__ import annotations

import pytest

from drivers.itb_pump.conversation import Standing, standing
from harness.ports.replaying.tape import Exchange
from tests.drivers.pump_script import u32
from tests.drivers.scripted import frame

SERIAL = 10_001
NO_SESSION = 3


def exchanges(*pairs: tuple[bytes, bytes]) -> list[Exchange]:
    return [
        Exchange(n, "pump", 10 * n, sent, 10 * n + 5, received)
        for n, (sent, received) in enumerate(pairs, start=1)
    ]


def asked(sequence: int) -> tuple[bytes, bytes]:
    return frame(0x03, sequence, SERIAL, b""), frame(0x83, sequence, SERIAL, u32(1))


def nak(sequence: int) -> bytes:
    body = u32(5) + bytes([0x03, NO_SESSION, 0]) + u32(0) + u32(0)
    return frame(0xFF, sequence, SERIAL, body)


def opened(sequence: int = 0) -> tuple[bytes, bytes]:
    answer = frame(0x81, sequence, SERIAL, u32(1) + u32(7))
    return frame(0x01, sequence, SERIAL, u32(7)), answer


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ([opened(), asked(1), asked(2)], 3),
        ([asked(65_535)], 0),
        # A frame of the past that was sent again, an acknowledgement, and noise.
        ([asked(40), asked(41), asked(40)], 42),
        ([asked(40), (frame(0x41, 3, SERIAL, b"\x00\x03"), b"")], 41),
        ([asked(40), (b"noise", b"")], 41),
        # A new session begins anew.
        ([asked(40), opened()], 1),
    ],
)
def test_the_next_request_has_the_next_sequence(
    past: list[tuple[bytes, bytes]], expected: int
) -> None:
    assert standing(exchanges(*past), "pump").sequence == expected


def test_other_ports_do_not_count_and_nothing_leaves_nothing() -> None:
    (foreign,) = exchanges(asked(9))
    assert standing([], "pump") == standing([foreign], "balance") == Standing()


def test_the_time_is_that_of_the_last_exchange_that_was_asked() -> None:
    ack = frame(0x41, 3, SERIAL, b"\x00\x03")
    past = exchanges(asked(1), asked(2), (ack, b""))
    assert standing(past, "pump").t_ns == 25
    # Behind an acknowledgement came the answer that was waited for.
    past = exchanges(asked(1), (ack, asked(2)[1]))
    assert standing(past, "pump").t_ns == 25


def test_a_pump_that_lost_its_session_gets_a_new_one() -> None:
    assert standing(exchanges(asked(1)), "pump").is_open
    lost = (frame(0x03, 2, SERIAL, b""), nak(2))
    assert not standing(exchanges(asked(1), lost), "pump").is_open
    assert standing(exchanges(lost, opened(), (b"", b"")), "pump").is_open
