"""Who is asked for, and who must not be taken for a balance."""

from __future__ import annotations

import pytest

from protocols import balance_probes
from protocols.balance_probes import AND, OHAUS, RADWAG, SBI
from protocols.probe import Found, Probe


@pytest.mark.parametrize(
    ("probe", "answers", "found"),
    [
        (
            SBI,
            (b"MSE225S-000-DA\r\n", b"    29906913  \r\n", b"00-37-09\r\n"),
            Found("MSE225S-000-DA", "29906913", "00-37-09"),
        ),
        (AND, (b"GX-10002A\r\n", b"T0123456\r\n"), Found("GX-10002A", "T0123456")),
        (
            OHAUS,
            (b"B123456789\r\n", b"Sr 1.10\r\nBase 1.05\r\n"),
            Found("Ohaus", "B123456789", "Sr 1.10"),
        ),
        (RADWAG, (b'NB A "123456"\r\n',), Found("Radwag", "123456")),
    ],
)
def test_a_balance_is_found(
    probe: Probe, answers: tuple[bytes, ...], found: Found
) -> None:
    assert probe.read(answers) == found


def test_what_is_asked() -> None:
    assert SBI.questions == (b"\x1bx1_\r\n", b"\x1bx2_\r\n", b"\x1bx3_\r\n")
    assert AND.questions == (b"?TN\r\n", b"?SN\r\n")
    assert OHAUS.questions == (b"PSN\r\n", b"PV\r\n")
    assert RADWAG.questions == (b"NB\r\n",)


@pytest.mark.parametrize("probe", [SBI, AND, OHAUS, RADWAG])
@pytest.mark.parametrize(
    "each",
    [
        b"",
        b"ES\r\n",
        b"EC,E01\r\n",
        b"+   123.56 g  \r\n",
        b"ST,+00123.45  g\r\n",
        b"       12.73 g    ?\r\n",
        b"SI       0.01234 g  \r\n",
        b"?\r\n",
        b"Unknown command\r\n",
        b"same for all\r\n",
        b"S S     14.256 g\r\n",
        b"B123456789",
        b"\x0200S?NA\x03",
        b"\xd5\xb2\x01",
    ],
)
def test_others_are_not(probe: Probe, each: bytes) -> None:
    assert probe.read((each,) * len(probe.questions)) is None


@pytest.mark.parametrize("probe", [SBI, AND, OHAUS, RADWAG])
def test_a_line_that_echoes_is_no_balance(probe: Probe) -> None:
    assert probe.read(probe.questions) is None
    said = tuple(b"Error: " + each.lstrip(b"\x1b") for each in probe.questions)
    assert probe.read(said) is None


def test_one_silent_question_of_several_is_nobody() -> None:
    assert balance_probes.read_sbi((b"MSE225S-000-DA\r\n", b"", b"00-1\r\n")) is None
    assert balance_probes.read_ohaus((b"B1234567\r\n", b"")) is None
