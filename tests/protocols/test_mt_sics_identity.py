"""What a balance says about itself."""

from decimal import Decimal

import pytest

from protocols.errors import RemoteProtocolError
from protocols.mt_sics.identity import Model, parse_command_list, parse_model
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import TextReply


def _text(line: bytes) -> TextReply:
    reply = parse(line)
    assert isinstance(reply, TextReply)
    return reply


@pytest.mark.parametrize(
    ("line", "model"),
    [
        (b'I2 A "XPR225 220.00900 g"\r\n', Model("XPR225", Decimal("220.00900"), "g")),
        (b'I2 A "A B-1 12 6100 kg"\r\n', Model("A B-1 12", Decimal(6100), "kg")),
        (b'I2 A "WMC Bridge 81 g"\r\n', Model("WMC Bridge", Decimal(81), "g")),
    ],
)
def test_model_is_read_from_the_right(line: bytes, model: Model) -> None:
    assert parse_model(_text(line)) == model


@pytest.mark.parametrize(
    "line",
    [
        b"I2 A\r\n",
        b'I2 A ""\r\n',
        b'I2 A "XPR225"\r\n',
        b'I2 A "XPR225 g"\r\n',
        b'I2 A " 220 g"\r\n',
        b'I2 A "XPR225 220 g" "x"\r\n',
        b"I2 A XPR225 220 g\r\n",
    ],
)
def test_a_model_that_cannot_be_read_is_refused(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="type, capacity and unit"):
        parse_model(_text(line))


def test_command_list() -> None:
    lines = [b'I0 B 0 "@"\r\n', b'I0 B 1 "T"\r\n', b'I0 A 3 "SIC1"\r\n']

    assert parse_command_list(map(_text, lines)) == {"@", "T", "SIC1"}


def test_a_list_line_without_level_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match=r"I0 A .* is not a level"):
        parse_command_list([_text(b'I0 A "SIC1"\r\n')])
