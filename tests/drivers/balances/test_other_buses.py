"""Names of USB and GPIB pass through PyVISA: a balance of pyvisa-sim on such a bus."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.balances.mt_sics import MtSicsBalance
from harness.clock import RealClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.ports.base import LineSettings
from harness.ports.tap import Tap
from harness.ports.visa import VisaPort

BUSES = ("USB0::0x1111::0x2222::B000000001::INSTR", "GPIB0::9::INSTR")
# What a balance of 1 mg answers, as the manual prints it.
ANSWERS = {
    "@": r"I4 A \"B000000001\"",
    "I0": r"I0 B 0 \"I4\"\r\nI0 B 0 \"SI\"\r\nI0 A 0 \"Z\"",
    "I2": r"I2 A \"DB225 220.000 g\"",
    "I3": r"I3 A \"1.00\"",
    "I4": r"I4 A \"B000000001\"",
    "SI": "S S     14.256 g",
}


@pytest.fixture
def backend(tmp_path: Path) -> str:
    """The VISA library of a bench with one balance on two buses."""
    ends = ", ".join(
        f'{bus}: {{q: "\\r\\n", r: "\\r\\n"}}' for bus in ("USB INSTR", "GPIB INSTR")
    )
    said = "\n".join(f'      - {{q: "{q}", r: "{r}"}}' for q, r in ANSWERS.items())
    named = "\n".join(f'  "{name}": {{device: balance}}' for name in BUSES)
    file = tmp_path / "buses.yaml"
    file.write_text(
        f'spec: "1.1"\ndevices:\n  balance:\n    eom: {{{ends}}}\n    error: ES\n'
        f"    dialogues:\n{said}\nresources:\n{named}\n",
        encoding="utf-8",
    )
    return f"{file}@sim"


@pytest.mark.parametrize("name", BUSES)
def test_a_balance_weighs_on_any_bus(name: str, backend: str, tmp_path: Path) -> None:
    clock = RealClock()
    with Journal(tmp_path / "run") as journal:
        recorder = Recorder(journal, clock)
        port = VisaPort("balance", name, LineSettings(), clock, backend)
        balance = MtSicsBalance(
            "balance", Tap("balance", port, clock, recorder), clock, recorder
        )
        balance.connect()
        assert balance.read_identity().serial == "B000000001"
        reading = balance.read_weight()
        assert (reading.mass_ng, reading.stable) == (14_256_000_000, True)
        balance.close()
