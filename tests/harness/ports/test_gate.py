"""The gate before a pump for patients, in front of a real journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.clock import NS_PER_S
from harness.errors import ConfigurationError
from harness.evidence.records import Kind
from harness.ports.gate import QueryGate
from tests.drivers.scripted import Exchange, ScriptedPort, desk

ASK = b"how are you\r"


def test_questions_pass_and_nothing_else_does_not_even_into_the_journal(
    tmp_path: Path,
) -> None:
    with desk(tmp_path) as bench:
        port = ScriptedPort(bench.clock, [Exchange(ASK, (b"well\r",))])
        tap = bench.tap("pump", port)
        gate = QueryGate(tap, lambda data: data == ASK, "pump")
        for forbidden in (b"RUN\r", b"", ASK + b"RUN\r", ASK[:-1]):
            with pytest.raises(ConfigurationError, match="nothing was sent"):
                gate.write(forbidden)
        gate.write(ASK)
        assert gate.is_silent
        assert gate.has_waiting()
        assert gate.read(bench.clock.now_ns() + NS_PER_S) == b"well\r"
        assert gate.settle() == bench.clock.now_ns()
        port.finish()
        gate.close()
        assert port.closed
        sent = [
            bytes.fromhex(str(r.fields["sent"])) for r in bench.records(Kind.EXCHANGE)
        ]
        assert sent == [ASK]


def test_a_predicate_that_answers_vaguely_lets_nothing_pass(tmp_path: Path) -> None:
    with desk(tmp_path) as bench:
        tap = bench.tap("pump", ScriptedPort(bench.clock, []))
        gate = QueryGate(tap, lambda data: 1, "pump")  # type: ignore[arg-type, return-value]
        with pytest.raises(ConfigurationError):
            gate.write(ASK)
