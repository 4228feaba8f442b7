"""What stands on the benches whose lines are made faulty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from drivers.sim.syringe_pump import SyringeDefect
from tests.end_to_end.command import PLAN, ROOT
from tests.end_to_end.pumps import (
    HARVARD_PHD,
    NEW_ERA_1000,
    REFERENCE_40,
    TERUMO_TE,
    Pump,
)

LOW: Final = "ITB-FLOW-001/low"
BOLUS: Final = "ITB-BOL-001/small"
STALL: Final = "ITB-STL-001/magnet"
INFUSION: Final = "TRI-FLOW-001/high"
OCCLUSION: Final = "TRI-OCC-001/closed"
POWER: Final = "TRI-PWR-001/ten-minutes"

Tables = Mapping[str, Mapping[str, object]]

_TOO_FAST: Final = "14 %"
_MUTE: Final = ["MOTOR_STALL"]
_WRONG_IMPLANT: Final[Tables] = MappingProxyType(
    {
        "pump": {
            "flow_error": _TOO_FAST,
            "mute_flag": _MUTE,
            "mute_log": _MUTE,
            "mute_sound": _MUTE,
        }
    }
)
_WRONG_SYRINGE: Final[Tables] = MappingProxyType(
    {
        "syringe": {
            "flow_error": _TOO_FAST,
            "defects": [
                SyringeDefect.SILENT_STALL.value,
                SyringeDefect.HIDES_RESET.value,
            ],
        }
    }
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench, what is verified on it, and a unit that must fail there.

    Attributes:
        pump: with its profile and the bench file from which this one is made.
        wrong: tables of ``[simulation]`` of a unit that delivers too much, and tells
            nothing of a stall.
        plan: its folder.
        cases: ids.
        instruments: by role, keys over those of the bench file.
        simulation: tables of ``[simulation]`` of every unit.
    """

    pump: Pump
    wrong: Tables
    plan: Path
    cases: tuple[str, ...]
    instruments: Tables = field(default_factory=lambda: MappingProxyType({}))
    simulation: Tables = field(default_factory=lambda: MappingProxyType({}))


def _implant(balance: str = "", *, offers_check: bool = False) -> Bench:
    """The implanted pump, on a balance of whatever maker."""
    other: Tables = {"balance": {"model": balance}}
    return Bench(
        pump=REFERENCE_40,
        wrong=_WRONG_IMPLANT,
        plan=PLAN,
        cases=(LOW, BOLUS) if balance else (LOW, BOLUS, STALL),
        instruments=other if balance else {},
        simulation={"balance": {"checked_weights": True}} if offers_check else {},
    )


def _syringe(pump: Pump = NEW_ERA_1000, **keys: object) -> Bench:
    """A syringe pump; its entry of the bench file has these keys over its own."""
    return Bench(
        pump=pump,
        wrong=_WRONG_SYRINGE,
        plan=ROOT / "test_plans" / "trial_infusion",
        cases=(INFUSION, OCCLUSION, POWER),
        instruments={"pump": keys},
    )


IMPLANT: Final = "dosebench-itb, mt-sics"
BENCHES: Final[Mapping[str, Bench]] = MappingProxyType(
    {
        IMPLANT: _implant(),
        "new-era": _syringe(),
        "new-era, basic": _syringe(safe_mode="basic"),
        "harvard-phd": _syringe(HARVARD_PHD),
        "terumo-te": _syringe(TERUMO_TE),
        "mt-sics, checked": _implant("mt-sics", offers_check=True),
        "kern-kcp": _implant("kern-kcp"),
        "sartorius-sbi": _implant("sartorius-sbi"),
        "and-standard": _implant("and-standard"),
        "ohaus": _implant("ohaus"),
        "radwag": _implant("radwag"),
    }
)
"""By the models on the lines that are made faulty."""
