"""A made-up run, written record by record, for the tests of the report."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.clock import VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue, Kind
from harness.execution.measured import judge as examine
from harness.judging import GUARD_BAND_U, Limit, judge_fact
from harness.metrology.budget import BudgetEntry, Distribution, Estimate, Input
from harness.metrology.measurement import Measurement, from_estimate
from harness.units import ureg

EPOCH_NS = 1_767_225_600_000_000_000  # 2026-01-01 00:00:00 UTC
NS_PER_S = 1_000_000_000
TEXTS = {
    "ITB-FLOW-001": "The volume delivered at a constant dose differs from the"
    " programmed volume by no more than the flow accuracy.",
    "ITB-CNT-001": "The pump's delivered-volume counter agrees with the integral of the"
    " programmed rate.",
    "ITB-STL-001": "A stalled motor raises its alarm no later than its deadline after"
    " the rotor was held.",
    "ITB-ALM-001": "A healthy pump that delivers as programmed raises no alarm, by"
    " flag, by unasked message or in its log.",
}
LIMITS: Mapping[str, tuple[str, float | None, float, str]] = {
    "ITB-FLOW-001": ("percent", -10.0, 10.0, "profile flow.accuracy"),
    "ITB-CNT-001": ("percent", -0.5, 0.5, "profile counter.programmed_agreement"),
    "ITB-STL-001": ("minute", None, 20.0, "profile alarm.motor_stall.deadline"),
}
CASES = {
    "ITB-FLOW-001/low": ("ITB-FLOW-001", "ITB-CNT-001"),
    "ITB-FLOW-001/middle": ("ITB-FLOW-001", "ITB-CNT-001"),
    "ITB-STL-001/magnet": ("ITB-STL-001",),
    "ITB-ALM-001/healthy-day": ("ITB-ALM-001", "ITB-FLOW-001"),
}
NO_SCHEDULES = "this model has no schedules"


def hashed(name: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), **more}


def header(**changes: JsonValue) -> dict[str, JsonValue]:
    return {
        "schema": 3,
        "plan": hashed(
            "plan.toml",
            id="implanted",
            title="Implanted intrathecal pump: first slice",
            phase="implanted",
            rule="guard band w = U (95 %), non-binary",
        ),
        "profile": hashed(
            "reference-40.toml",
            id="reference-40",
            title="Reference intrathecal pump, 40 mL",
            basis="invented reference pump",
            absent={"schedule": NO_SCHEDULES},
        ),
        "register": hashed("register.toml", id="itb-implanted", version="1"),
        "coverage": hashed("coverage.toml"),
        "bench": hashed("simulated.toml"),
        "software": hashed(
            "dosebench 0.1.0",
            python="3.11.2",
            libraries={"pint": "0.25.3", "pyserial": "3.5", "pyvisa": "1.16.0"},
        ),
        "seed": 1,
        "fidelity": "in-process",
        "git": {"commit": "0" * 40, "clean": True},
        "formal": {"sha256": "a" * 64, "name": "B. Example"},
        "setup": {"name": "setup.toml", "sha256": "b" * 64, "fluid": "water"},
        "planned_end_ns": None,
        "engineering": [],
        "partial": False,
        "conditions": {
            "fluid": "water",
            "air_temperature": "20 °C, u = 0.3 K",
            "pressure": "1013 hPa, u = 2 hPa",
            "humidity": "50 %, u = 5 %",
        },
        "procedures": [hashed("test_delivery.py"), hashed("test_alarms.py")],
        "requirements": [
            *(asked(each, said) for each, said in TEXTS.items()),
            asked(
                "ITB-SCH-001",
                "Each step of a day schedule is delivered.",
                features=["schedule"],
                absent=NO_SCHEDULES,
            ),
        ],
        "plan_cases": [
            *(planned(each, claims) for each, claims in CASES.items()),
            planned("ITB-SCH-001/steps", ["ITB-SCH-001"], NO_SCHEDULES, applies=False),
        ],
        "proofs": [
            proof("ITB-FLOW-001", "ITB-FLOW-001/low", "delivers 14 % more"),
            proof("ITB-STL-001", "ITB-STL-001/magnet", "never tells a stall"),
            proof("ITB-ALM-001", "ITB-ALM-001/healthy-day", "false alarm"),
            {
                **proof("ITB-CNT-001", "ITB-FLOW-001/low", "counter stuck"),
                "also_fails": ["ITB-FLOW-001"],
                "because": "it delivers until the counter is full",
            },
        ],
        "cases": list(CASES),
        "not_selected": [],
        "not_applicable": ["ITB-SCH-001/steps"],
        **changes,
    }


def asked(name: str, text: str, **more: JsonValue) -> dict[str, JsonValue]:
    """A requirement of the register."""
    return {
        "id": name,
        "text": text,
        "source": LIMITS[name][3] if name in LIMITS else "good practice",
        "hazard": "over- or underdose",
        "kind": "measured" if name in LIMITS else "attribute",
        "limit": "-10 % to 10 %" if name == "ITB-FLOW-001" else "",
        "gip": ["1.2.1"],
        **more,
    }


def planned(
    case: str, claims: Sequence[str], why_not: str = "", *, applies: bool = True
) -> dict[str, JsonValue]:
    """A case of the plan."""
    return {
        "id": case,
        "procedure": "steady_delivery",
        "claims": list(claims),
        "why_not": why_not,
        "applies": applies,
    }


def proof(requirement: str, case: str, fault: str) -> dict[str, JsonValue]:
    """A seeded fault that fails one requirement alone."""
    return {
        "requirement": requirement,
        "case": case,
        "fault": fault,
        "also_fails": [],
        "because": "",
    }


class Writer:
    """Writes a run; every method is one thing that happens on a bench."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = VirtualClock(EPOCH_NS)
        self.recorder = Recorder(Journal(folder), self.clock)
        self.limits: dict[str, tuple[int, Limit]] = {}

    def wait(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now_ns() + round(seconds * NS_PER_S))

    def record(self, kind: Kind, **fields: JsonValue) -> int:
        return self.recorder.record(kind, fields)

    def begin(self, **changes: JsonValue) -> None:
        self.recorder.record(Kind.RUN, header(**changes))

    def instrument(
        self, role: str, model: str, serial: str, due: str | None = None
    ) -> None:
        self.record(
            Kind.INSTRUMENT,
            role=role,
            model=model,
            serial=serial,
            firmware="2.1.0",
            calibration_due=due,
        )

    def check(self, moment: str, *, holds: bool | None = True) -> None:
        self.record(
            Kind.CHECK,
            moment=moment,
            instrument="balance",
            name="check weight",
            value=0.1,
            u=0.1,
            lower=-1.0,
            upper=1.0,
            unit="mg",
            holds=holds,
            statement="off by 0.1 mg",
        )

    def begin_case(self, case: str, attempt: int = 1) -> None:
        self.record(
            Kind.CASE_BEGIN,
            case=case,
            attempt=attempt,
            requirements=list(CASES[case]),
            second_look=None,
            procedure="steady_delivery",
            numbers={"dose": "24 µg/day", "duration": "48 hour", "poll": "10 minute"},
            start={"reservoir": "40 mL", "concentration": "500 µg/mL"},
        )
        for each in CASES[case]:
            if each in LIMITS:
                limit = declared(each)
                seq = self.record(Kind.LIMIT, case=case, **limit.to_json())
                self.limits[each] = (seq, limit)

    def judge(self, case: str, requirement: str, measurement: Measurement) -> int:
        limit_seq, limit = self.limits[requirement]
        judged = examine(limit, measurement)
        seq = self.record(Kind.MEASUREMENT, case=case, **judged.fields)
        verdict = judged.judgement.to_json()
        return self.record(
            Kind.VERDICT,
            case=case,
            **verdict,
            evidence=[limit_seq, seq],
            settled=False,
        )

    def judge_fact(
        self, case: str, requirement: str, holds: bool | None, statement: str
    ) -> int:
        verdict = judge_fact(requirement, holds, statement).to_json()
        return self.record(
            Kind.VERDICT, case=case, **verdict, evidence=[], settled=False
        )

    def end_case(self, case: str, verdict: str, statement: str) -> None:
        self.record(Kind.CASE_END, case=case, verdict=verdict, statement=statement)

    def cut_off(self) -> None:
        self.recorder.journal.close()

    def end(self, state: str = "COMPLETE") -> None:
        self.recorder.journal.end(self.clock.now_ns(), {"state": state})


def declared(requirement: str) -> Limit:
    unit, lower, upper, source = LIMITS[requirement]
    return Limit(
        requirement,
        None if lower is None else ureg.Quantity(lower, unit),
        ureg.Quantity(upper, unit),
        GUARD_BAND_U,
        unit,
        source,
    )


def measured(
    value: float, u: float, unit: str = "percent", instrument: str = "balance"
) -> Measurement:
    """A value whose u comes from three sources in the ratio 2 : 3 : 6 (squares 49)."""
    parts = {"plateau noise": 6.0, "evaporation": 3.0, "calibration": 2.0}
    budget = tuple(
        BudgetEntry(
            Input(name, 1.25, u * part / 7.0 / 40.0, "mg", Distribution.NORMAL, dof),
            40.0,
        )
        for (name, part), dof in zip(parts.items(), (18.0, 24.0, math.inf), strict=True)
    )
    estimate = Estimate(value, u, 24.0, tuple(reversed(budget)))
    return from_estimate(
        estimate, unit, instrument, EPOCH_NS, EPOCH_NS + 172_800 * NS_PER_S
    )


def curves(
    rate_ml_per_day: float, days: float
) -> Mapping[str, tuple[str, list[tuple[float, float]]]]:
    """What a delivery leaves behind: noisy like a real one, the same every time."""
    seconds = [days * 86400.0 * i / 599 for i in range(600)]
    exact = [rate_ml_per_day * 1.012 * t / 86400.0 for t in seconds]
    noise = [2e-4 * math.sin(37.0 * i) + 1e-4 * math.sin(5.1 * i) for i in range(600)]
    flow = [rate_ml_per_day * (1.012 + 0.03 * math.sin(12.9 * i)) for i in range(60)]
    return {
        "delivered": (
            "mL",
            [(t, v + n) for t, v, n in zip(seconds, exact, noise, strict=True)],
        ),
        "programmed": ("mL", [(0.0, 0.0), (seconds[-1], rate_ml_per_day * days)]),
        "flow": ("mL/day", [(seconds[i * 10], f) for i, f in enumerate(flow)]),
        "programmed flow": (
            "mL/day",
            [(0.0, rate_ml_per_day), (seconds[-1], rate_ml_per_day)],
        ),
        "counted": ("mL", list(zip(seconds, exact, strict=True))),
    }


def deliver(run: Writer, case: str, rate: float, flow: Measurement) -> None:
    run.recorder.operator("empty the vessel", "done")
    run.recorder.intent("pump", "start_continuous", rate_nl_per_h=2000)
    run.wait(172_800.0)
    run.recorder.intent("pump", "stop")
    run.recorder.retry("pump", "read_status", 2, "no answer within 1 s")
    for name, (unit, points) in curves(rate, 2.0).items():
        data: list[JsonValue] = [[x, y] for x, y in points]
        run.record(
            Kind.SERIES,
            case=case,
            name=name,
            unit=unit,
            points=data,
            text="",
            origin_ns=None,
        )
    run.judge(case, "ITB-FLOW-001", flow)


def write(folder: Path, **changes: JsonValue) -> Path:
    """Write a run with a PASS, an INCONCLUSIVE, a FAIL and an attribute."""
    run = Writer(folder)
    run.begin(**changes)
    run.instrument("pump", "RP-40", "RP40-000123")
    run.instrument("balance", "XPR205", "B512-0077", "2026-08-31")
    run.instrument("clamp, operator, magnet", "simulated bench hand", "none")

    low, middle, magnet, day = CASES
    run.begin_case(low)
    deliver(run, low, 0.048, measured(1.23, 0.41))
    run.judge(low, "ITB-CNT-001", measured(0.02, 0.004, instrument="pump's counter"))
    run.end_case(low, "PASS", "ITB-FLOW-001: inside by at least U")

    run.begin_case(middle)
    deliver(run, middle, 0.6, measured(9.7, 0.41))
    run.judge(middle, "ITB-CNT-001", measured(0.02, 0.004))
    run.end_case(middle, "INCONCLUSIVE", "ITB-FLOW-001: inside, but by less than U")

    run.begin_case(magnet)
    run.recorder.stimulus("magnet", "applied")
    run.wait(1860.0)
    run.recorder.alarm(
        "pump", active=["MOTOR_STALL"], raised=["MOTOR_STALL"], cleared=[]
    )
    run.recorder.stimulus("magnet", "withdrawn")
    run.judge(magnet, "ITB-STL-001", measured(31.0, 0.05, "minute", "bench clock"))
    run.end_case(magnet, "FAIL", "ITB-STL-001: outside by more than U")

    run.begin_case(day)
    deliver(run, day, 0.6, measured(-2.4, 0.38))
    run.judge_fact(day, "ITB-ALM-001", True, "no message, no flag, no entry in the log")
    run.end_case(day, "PASS", "all claims hold")

    run.record(Kind.SAFE_STATE, role="pump", outcome="stopped")
    run.record(Kind.SAFE_STATE, role="clamp", outcome="closed")
    run.end()
    return folder
