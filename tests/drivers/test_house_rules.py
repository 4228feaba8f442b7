"""Rules that every driver keeps, found by walking the package."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from types import MappingProxyType

import pytest

import drivers.balances
from harness.errors import PortFault
from harness.roles import Instrument
from tests.drivers.scripted import desk

_PARAMETERS = ("name", "port", "clock", "recorder")
# One has no port, the other is a clock itself.
_OTHERS = MappingProxyType(
    {
        "ConsoleOperator": ("name", "clock", "recorder"),
        "LockstepClock": ("name", "port", "host"),
    }
)


# What several drivers are made of.
_SHARED = frozenset(
    {
        "drivers.balances.asking",
        "drivers.balances.display_balance",
        "drivers.balances.last_digit",
        "drivers.balances.mt_sics_questions",
        "drivers.balances.uptime",
    }
)


def _modules() -> list[str]:
    names = [module.name for module in pkgutil.iter_modules(drivers.__path__)]
    own = [f"drivers.{name}" for name in names if name not in ("sim", "balances")]
    languages = pkgutil.iter_modules(drivers.balances.__path__, "drivers.balances.")
    return own + [each.name for each in languages if each.name not in _SHARED]


def _drivers_of(name: str) -> list[type]:
    return [
        each
        for each in vars(importlib.import_module(name)).values()
        if inspect.isclass(each)
        and each.__module__.startswith(name)
        and hasattr(each, "close")
    ]


def _drivers() -> list[type]:
    return [driver for name in _modules() for driver in _drivers_of(name)]


def _public(driver: type) -> list[tuple[str, object]]:
    """What a driver brings itself, the chapters of its data sheet included."""
    return [
        (name, member)
        for each in driver.__mro__
        if each.__module__.startswith("drivers.")
        for name, member in vars(each).items()
        if not name.startswith("_")
    ]


class DeadPort:
    """Fails whatever is done to it."""

    def write(self, data: bytes) -> None:
        raise PortFault("write")

    def read(self, deadline_ns: int) -> bytes:
        raise PortFault("read")

    def read_waiting(self) -> bytes:
        raise PortFault("read_waiting")

    def has_waiting(self) -> bool:
        raise PortFault("has_waiting")

    def close(self) -> None:
        raise PortFault("close")


@pytest.mark.parametrize("name", _modules())
def test_each_module_of_the_folder_holds_one_driver(name: str) -> None:
    assert len(_drivers_of(name)) == 1


@pytest.mark.parametrize("driver", _drivers())
def test_constructors_have_one_shape(driver: type) -> None:
    parameters = list(inspect.signature(driver).parameters.values())
    positional = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
    settings = [p for p in parameters if p.kind is p.KEYWORD_ONLY]

    assert positional == _OTHERS.get(driver.__name__, _PARAMETERS)
    assert len(positional) + len(settings) == len(parameters)
    if driver.__name__ != "ConsoleOperator":
        assert all(p.default is not p.empty for p in settings)


@pytest.mark.parametrize("driver", _drivers())
def test_everything_public_is_documented_in_its_own_words(driver: type) -> None:
    assert driver.__doc__
    for name, member in _public(driver):
        assert member.__doc__, f"{driver.__name__}.{name}"


@pytest.mark.parametrize("driver", [d for d in _drivers() if issubclass(d, Instrument)])
def test_methods_that_do_io_are_called_so(driver: type) -> None:
    verbs = ("read", "set", "start", "stop", "take", "send", "acknowledge", "clear")
    acts = ("fill", "withdraw", "empty", "put", "listen", "connect", "close", "confirm")
    stimuli = ("corrupt", "sound", "renew", "request", "stage")
    for name, member in _public(driver):
        if not isinstance(member, property):
            assert name.split("_")[0] in verbs + acts + stimuli, name


@pytest.mark.parametrize("driver", _drivers())
def test_building_and_looking_do_no_io(driver: type, tmp_path: Path) -> None:
    with desk(tmp_path) as bench:
        given = {
            "name": "instrument",
            "port": bench.tap("instrument", DeadPort()),
            "clock": bench.clock,
            "recorder": bench.recorder,
            "host": bench.clock,
            "ask": input,
        }
        wanted = inspect.signature(driver).parameters
        built = driver(**{name: given[name] for name in wanted if name in given})

        for name, member in inspect.getmembers(driver):
            if isinstance(member, property):
                assert member.fget is not None
                member.fget(built)
            assert name

        assert bench.count() == {}
