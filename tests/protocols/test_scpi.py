"""SCPI lines, against lines typed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import scpi
from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.scpi import Identification, QueuedError


def test_a_message_is_one_line() -> None:
    assert scpi.encode("ROUT:CLOS (@101)") == b"ROUT:CLOS (@101)\n"
    assert scpi.decode(b"1\n") == "1"
    assert scpi.decode(b"1\r\n") == "1"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_messages_survive(message: str) -> None:
    if len(message) < scpi.MAX_LINE_BYTES:
        assert scpi.decode(scpi.encode(message)) == message


@pytest.mark.parametrize("message", ["", "a\nb", "é", "x" * 256])
def test_what_no_line_can_carry_is_our_own_fault(message: str) -> None:
    with pytest.raises(LocalProtocolError):
        scpi.encode(message)


@pytest.mark.parametrize("line", [b"", b"1", b"\n", b"\x001\n", b"\xff\n", b"1\n2\n"])
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        scpi.decode(line)


def test_an_identification_has_four_fields() -> None:
    found = scpi.parse_identification("KEYSIGHT, 34980A,MY1234, 2.43-2.43")
    assert found == Identification("KEYSIGHT", "34980A", "MY1234", "2.43-2.43")
    with pytest.raises(RemoteProtocolError, match="serial"):
        scpi.parse_identification("KEYSIGHT,34980A")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('0,"No error"', QueuedError(0, "No error")),
        ('+0,"No error"', QueuedError(0, "No error")),
        ('-113,"Undefined header"', QueuedError(-113, "Undefined header")),
        ('-222,"say ""no"""', QueuedError(-222, 'say "no"')),
    ],
)
def test_errors_of_the_queue(text: str, error: QueuedError) -> None:
    assert scpi.parse_error(text) == error


@pytest.mark.parametrize("text", ["0", "No error", "0,No error", 'x,"y"', '0,"a"b"'])
def test_anything_else_is_no_error_of_the_queue(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        scpi.parse_error(text)


@pytest.mark.parametrize(
    ("text", "state"), [("1", True), ("0", False), ("+1", True), ("00", False)]
)
def test_states(text: str, state: bool) -> None:
    assert scpi.parse_yes_no(text) is state


@pytest.mark.parametrize("text", ["", "2", "ON", "1,1", "10", "-"])
def test_anything_else_is_no_state(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        scpi.parse_yes_no(text)
