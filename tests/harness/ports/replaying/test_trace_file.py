"""Trace files: what is written is read back, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.clock import NS_PER_MS
from harness.errors import ConfigurationError
from harness.ports.base import LineSettings
from harness.ports.replaying import trace_file
from harness.ports.replaying.tape import Exchange
from harness.ports.replaying.trace_file import Trace, dumps
from harness.ports.replaying.traced import open_trace
from harness.ports.serial import SerialPort
from harness.ports.visa import VisaPort

MS = NS_PER_MS
HEAD: dict[str, Any] = {"trace": 1, "instrument": "scale", "model": "", "late_ns": 0}
LINE: dict[str, Any] = {
    "seq": 3,
    "sent_ns": 10 * MS,
    "sent": "53490d0a",
    "t_ns": 25 * MS,
    "received": "5320532031206b670d0a",
    "pauses": [[20 * MS, 4]],
}


def written(folder: Path, *lines: object) -> Path:
    path = folder / "odd.trace.jsonl"
    text = "".join(
        f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_as_it_was_written_by_hand(tmp_path: Path) -> None:
    found = trace_file.read(written(tmp_path, HEAD, LINE))
    exchange = Exchange(
        3, "scale", 10 * MS, b"SI\r\n", 25 * MS, b"S S 1 kg\r\n", ((20 * MS, 4),)
    )
    assert found == Trace("scale", "", 0, (exchange,))


@given(
    parts=st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), min_size=1)
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[bytes, bytes]]
) -> None:
    exchanges = tuple(
        Exchange(n, "pump", n * MS, sent, (n + 1) * MS, got, ((n * MS, 0),))
        for n, (sent, got) in enumerate(parts)
    )
    trace = Trace("pump", "dosebench-itb", 100 * MS, exchanges)
    path = tmp_path_factory.mktemp("traces") / "a.trace.jsonl"
    path.write_text(dumps(trace), encoding="utf-8")
    assert trace_file.read(path) == trace


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "line 1"),
        (["{"], "line 1"),
        ([HEAD], "holds no exchange"),
        ([{**HEAD, "trace": 2}, LINE], "line 1.*version"),
        ([{**HEAD, "instrument": "a\x1b[2J"}, LINE], "line 1.*no name"),
        ([HEAD, "[1]"], "line 2"),
        ([HEAD, {**LINE, "sent": "5"}], "line 2"),
        ([HEAD, LINE, {**LINE, "sent_ns": 9 * MS}], "line 3.*earlier"),
        ([HEAD, {**LINE, "t_ns": 5 * MS}], "line 2.*fall"),
        ([HEAD, {**LINE, "pauses": [[20 * MS, 99]]}], "line 2.*fall"),
        ([HEAD, {**LINE, "pauses": [[1]]}], "line 2"),
        ([HEAD, {**LINE, "seq": True}], "line 2"),
        ([HEAD, {**LINE, "seq": -1}], "line 2"),
        (["[" * 100_000], "line 1"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_line(
    tmp_path: Path, lines: list[object], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        trace_file.read(written(tmp_path, *lines))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        trace_file.read(tmp_path / "none.trace.jsonl")


@pytest.mark.parametrize("kind", ["serial", "visa"])
def test_a_trace_answers_through_pyserial_and_pyvisa(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, HEAD, {**LINE, "pauses": []})
    with open_trace(path) as clock:
        port: SerialPort | VisaPort
        if kind == "serial":
            port = SerialPort("scale", "replay://scale", LineSettings(), clock)
        else:
            url = "ASRLreplay://scale::INSTR"
            port = VisaPort("scale", url, LineSettings(), clock)
        assert clock.now_ns() == 10 * MS
        port.write(b"SI\r\n")
        assert port.read(1_000 * MS) == b"S S 1 kg\r\n"
        assert clock.now_ns() == 25 * MS
        port.close()
    with open_trace(path):
        pass  # the name is free again
