"""What several procedures of this plan are given besides the fixtures of the bench."""

# Roles are protocols, which mypy takes for abstract classes; they only meet isinstance.
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from fixtures.assembly import Assembled
from fixtures.hearing import Ears, Hearing
from fixtures.procedures.alarm_moments import Cause
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.plans.plan import Role
from harness.roles import (
    AlarmListener,
    AlarmLog,
    DrugRecord,
    InfusionPump,
    PowerSwitch,
    ProgramReadback,
    Refillable,
    Sounder,
)
from harness.units import ureg
from test_plans.implanted import power_loss, refill_procedure
from test_plans.implanted.alarm_channels import AlarmChannels
from test_plans.implanted.kept import Books
from test_plans.implanted.outage import Outage

# Long enough for a pump that looks at its level on whole minutes.
_ALARMED = ureg.Quantity(5.0, "minute")


@pytest.fixture
def ears(assembled: Assembled, listener: AlarmListener, hearing: Hearing) -> Ears:
    """The alarm listener, and what proves that it hears."""
    has_sounder = Role.SOUNDER in assembled.by_role
    sounder = assembled.in_role(Role.SOUNDER, Sounder) if has_sounder else None
    return Ears(listener, hearing, sounder)


@pytest.fixture
def channels(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    refillable: Refillable,
    ears: Ears,
) -> AlarmChannels:
    """All channels of the pump's alarms, watched from the start of the case."""
    return AlarmChannels(bench, pump, alarm_log, refillable, ears, case.profile)


@pytest.fixture
def watch_anew(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    refillable: Refillable,
    ears: Ears,
) -> Callable[[], AlarmChannels]:
    """Watches the alarms from the call on, for a cause that comes more than once."""
    return partial(
        AlarmChannels, bench, pump, alarm_log, refillable, ears, case.profile
    )


@pytest.fixture
def low_unanswered(
    case: Case, bench: Bench, refillable: Refillable, alarm_log: AlarmLog
) -> None:
    """A low reservoir has been alarmed, stays low, and nobody has answered yet."""
    alarm_log.acknowledge_alarms()
    refill_procedure.enter_as_low(refillable, case)
    bench.run_for(_ALARMED)


@pytest.fixture
def cut(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    alarm_log: AlarmLog,
) -> Callable[[], Cause]:
    """Takes the supply away for the case's ``outage``, and answers its alarm."""

    def lose() -> Cause:
        back = power_loss.lose_power(bench, pump, power, case.numbers["outage"])
        alarm_log.acknowledge_alarms()
        return back

    return lose


@pytest.fixture
def books(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    readback: ProgramReadback,
    drug: DrugRecord,
    alarm_log: AlarmLog,
) -> Books:
    """What the pump keeps and tells."""
    return Books(bench, pump, refillable, readback, drug, alarm_log, case.profile)


@pytest.fixture
def losing(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    weighing: WeighingStation,
    books: Books,
    alarm_log: AlarmLog,
) -> Outage:
    """The loss of power of a case."""
    return Outage(case, bench, pump, power, weighing, books, alarm_log)
