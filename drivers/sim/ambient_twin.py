"""The ambient sensor's side of its line: a PTU300 transmitter in STOP mode.

Answers follow the sources named in :mod:`protocols.ptu300`. Its errors of calibration
stay as they are for years; its noise belongs to the case and the moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from drivers.sim import noise
from drivers.sim.contracts import FAR
from drivers.sim.ptu_form import FACTORY, UNITS, is_valid, render
from drivers.sim.room import Case
from drivers.sim.world import World

_END: Final = "\r\n"
_PROMPT: Final = ">"
_UNKNOWN: Final = "Unknown command"
_LONGEST_COMMAND: Final = 200


@dataclass(frozen=True, slots=True)
class AmbientParameters:
    """One transmitter with an additional probe, of typical accuracy [G]."""

    model: str = "PTU303"
    serial: str = "A000000001"
    firmware: str = "1.16"
    air_error_k: Annotated[float | None, "K"] = None
    """By how much it shows too much; None draws it within 0.1 K from the seed."""
    liquid_error_k: Annotated[float | None, "K"] = None
    """Likewise, of the additional probe."""
    pressure_error_hpa: Annotated[float | None, "hPa"] = None
    """Likewise, within 0.1 hPa."""
    humidity_error_percent: Annotated[float | None, "percent"] = None
    """Likewise, within 1 % RH."""
    temperature_noise_k: Annotated[float, "K"] = 0.01
    """Standard deviation of one reading of either temperature [G]."""
    pressure_noise_hpa: Annotated[float, "hPa"] = 0.01
    humidity_noise_percent: Annotated[float, "percent"] = 0.05
    flags: str = "0000"
    """Errors of pressure, air, liquid and humidity; ``1`` measures it no more."""
    silent: bool = False
    """Receives, and never answers."""

    def __post_init__(self) -> None:
        if len(self.flags) != len(UNITS) or set(self.flags) - {"0", "1"}:
            raise ValueError(
                f"simulation parameter flags must be {len(UNITS)} digits 0 or 1;"
                " correct it"
            )


class AmbientTwin:
    """Device side of the transmitter's line; implements :class:`contracts.Device`.

    Args:
        parameters: of the transmitter.
        world: whose air and liquid it measures.
        seed: of its errors of calibration.
    """

    def __init__(self, parameters: AmbientParameters, world: World, seed: int) -> None:
        self._parameters = parameters
        self._world = world
        self._errors = _errors(parameters, seed)
        self._sigmas = {
            "P": parameters.pressure_noise_hpa,
            "T": parameters.temperature_noise_k,
            "TA": parameters.temperature_noise_k,
            "RH": parameters.humidity_noise_percent,
        }
        self._use_case(world.case)
        self._form = FACTORY
        self._echo = True
        self._pending = b""
        self._output: list[tuple[int, bytes]] = []

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; answer each command that a CR ends."""
        *commands, pending = (self._pending + data).split(b"\r")
        self._pending = pending[-_LONGEST_COMMAND:]
        for command in commands:
            self._obey(t_ns, command.decode("latin-1").strip())

    def advance(self, t_ns: int) -> None:
        """Do nothing: it sends only when asked."""

    def next_event_ns(self) -> int:
        """Return FAR."""
        return FAR

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call."""
        output, self._output = self._output, []
        return [] if self._parameters.silent else output

    def owes_reply(self) -> bool:
        """Return False."""
        return False

    def _obey(self, t_ns: int, command: str) -> None:
        text = command + _END if self._echo else ""
        word, _, argument = command.partition(" ")
        match word.upper():
            case "" | "S":
                pass
            case "ECHO":
                text += self._set_echo(argument.strip().upper())
            case "FORM":
                text += self._set_form(argument.strip())
            case "SEND" if not argument:
                text += render(self._form, self._values(t_ns), self._parameters.flags)
            case "?" if not argument:
                text += self._information()
            case _:
                text += _UNKNOWN + _END
        if self._echo:
            text += _PROMPT
        if text:
            self._output.append((t_ns, text.encode("latin-1")))

    def _set_echo(self, wanted: str) -> str:
        if wanted not in ("", "ON", "OFF"):
            return _UNKNOWN + _END
        if wanted:
            self._echo = wanted == "ON"
        return _setting("Echo", "ON" if self._echo else "OFF")

    def _set_form(self, form: str) -> str:
        if form in ("", "?"):
            return _setting("Output format", self._form.replace("#", "\\"))
        if form == "/":
            form = FACTORY
        if not is_valid(form):
            return _UNKNOWN + _END
        self._form = form
        return "OK" + _END

    def _information(self) -> str:
        given = self._parameters
        return f"{given.model} / {given.firmware}{_END}" + "".join(
            _setting(name, value)
            for name, value in (
                ("Serial number", given.serial),
                ("Batch number", "A0000001"),
                ("Output format", self._form.replace("#", "\\")),
                ("Start mode", "STOP"),
                ("Baud P D S", "4800 E 7 1"),
                ("Output interval", "1 s"),
                ("Echo", "ON" if self._echo else "OFF"),
                ("Module 1", "BARO-1"),
            )
        )

    def _values(self, t_ns: int) -> dict[str, float]:
        """Return what it measures, by quantity, each in its unit."""
        if self._world.case is not self._case:
            self._use_case(self._world.case)
        state = self._world.room.state(t_ns)
        true = {
            "P": state.pressure_hpa,
            "T": state.air_c,
            "TA": state.liquid_c,
            "RH": state.humidity_percent,
        }
        elapsed_ns = t_ns - self._case.began_ns
        return {
            name: value
            + self._errors[name]
            + self._sigmas[name] * noise.gaussian(self._keys[name], elapsed_ns)
            for name, value in true.items()
        }

    def _use_case(self, case: Case) -> None:
        self._case = case
        self._keys = {name: case.key(f"ambient {name}") for name in UNITS}


def _errors(parameters: AmbientParameters, seed: int) -> Mapping[str, float]:
    """Return by how much each quantity is shown too high."""
    key = noise.derive(seed, "ambient sensor", parameters.serial)
    given = {
        "P": (parameters.pressure_error_hpa, 0.1),
        "T": (parameters.air_error_k, 0.1),
        "TA": (parameters.liquid_error_k, 0.1),
        "RH": (parameters.humidity_error_percent, 1.0),
    }
    return {
        name: accuracy * (2.0 * noise.uniform(key, number) - 1.0)
        if error is None
        else error
        for number, (name, (error, accuracy)) in enumerate(given.items())
    }


def _setting(name: str, value: str) -> str:
    return f"{name:<15}: {value}{_END}"
