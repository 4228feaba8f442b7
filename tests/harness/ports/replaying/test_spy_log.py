"""Logs of pyserial's spy port."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import serial

from harness.clock import NS_PER_MS
from harness.errors import ConfigurationError
from harness.ports.platform import HAS_PTY, open_pty
from harness.ports.replaying.spy_log import exchanges
from harness.ports.replaying.tape import Exchange

MS = NS_PER_MS
# As in the documentation of pyserial's formatter, columns counted by hand.
LOG = """\
000000.000 Q-RX reset_input_buffer
000002.469 RTS  inactive
000003.001 TX   0000  53 49 0D 0A                                       SI..
000003.102 RX   0000  53                                                S
000003.102 RX   0000  20 53 20 20 20 20 20 20  31 2E 30 30 30 20 67 0D   S      1.000 g.
000003.102 RX   0010  0A                                                .
000003.250 RX   0000  31                                                1
000004.000 TX   0000  5A 0D 0A                                          Z..
000005.000 RX   <empty>
000006.000 TX   0000  40                                                @
"""


def test_each_question_has_what_was_read_after_it() -> None:
    answer = b"S S      1.000 g\r\n1"
    assert exchanges("scale", LOG.splitlines(), "spy.log") == (
        Exchange(
            1, "scale", 3_001 * MS, b"SI\r\n", 3_250 * MS, answer, ((3_102 * MS, 18),)
        ),
        Exchange(2, "scale", 4_000 * MS, b"Z\r\n", 5_000 * MS, b"", ((5_000 * MS, 0),)),
        Exchange(3, "scale", 6_000 * MS, b"@", 6_000 * MS, b""),
    )


def test_what_came_before_any_question_came_unasked() -> None:
    lines = ["000001.000 RX   0000  41" + " " * 47 + " A"]
    assert exchanges("pump", lines, "spy.log") == (
        Exchange(1, "pump", 1_000 * MS, b"", 1_000 * MS, b"A"),
    )


@pytest.mark.parametrize(
    "line",
    [
        "raw bytes",
        "000001.000 TX   0000  GG" + " " * 47 + " .",
        "000001.000 TX   0010  41" + " " * 47 + " A",
        "000001.000 TX   41",
        "\x00" * 5,
    ],
)
def test_another_file_is_refused_with_the_line(line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"spy\.log: line 2 .*without `raw`"):
        exchanges("pump", ["", line], "spy.log")


@pytest.mark.skipif(not HAS_PTY, reason="no pseudo terminals here")
@pytest.mark.parametrize("options", ["", "&color", "&all"])
def test_what_pyserial_itself_logs_is_read(tmp_path: Path, options: str) -> None:
    near, far, path = open_pty()
    log = tmp_path / "spy.log"
    question, answer = bytes(range(40)), bytes(range(255, 215, -1))
    with serial.serial_for_url(f"spy://{path}?file={log}{options}", timeout=2) as port:
        port.write(question)
        assert os.read(near, 100) == question
        os.write(near, answer)
        assert port.read(1) + port.read(39) == answer
        vars(port)["formatter"].output.close()
    os.close(near)
    os.close(far)

    (found,) = exchanges("pump", log.read_text("latin-1").splitlines(), "spy.log")

    assert (found.sent, found.received) == (question, answer)
