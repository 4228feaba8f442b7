"""The control port of a simulated bench, as lines of text.

The rig is what hands do on a real bench: clamp, magnet, syringe, vessel, and the
surroundings that they set. On a bench that runs in its own process the same port also
owns time.

===============================  ===================================================
``ID``                           ``ID DOSEBENCH-RIG <serial> <firmware>``
``NOW``                          ``NOW <ns>``, bench time since 1970-01-01 UTC
``UNTIL <ns>``                   ``NOW <ns>``, after time has passed until then or
                                 until the first unasked byte on any line
``GAUGE``                        ``PRESSURE <Pa>`` at the end of the line, may be
                                 below 0
``CHARGE``                       ``CHARGE <nAh>``, drawn by the pump since the start
``SENSORS``                      ``SENSED SHUT|OPEN NEAR|AWAY <mV> <mK> <Pa> <nl>``:
                                 clamp, magnet, supply and temperature at the pump,
                                 absolute pressure round it, and what was filled;
                                 see `bench_sensors`
``CASE <id>``                    ``OK``
``CLAMP CLOSED`` or ``OPEN``     ``OK``
``MAGNET ON`` or ``OFF``         ``OK``
``FILL <nl>``                    ``OK``
``POCKET <nl>``                  ``OK``, the liquid missed the reservoir
``LOAD <nl>``                    ``OK``, the pump has a syringe with so much in it
``START <nl/h>``                 ``OK``, the pump was started at its own keys
``STOP``                         ``OK``, the pump was stopped at its own keys
``SYRINGE <nl>``                 ``OK``, on the pan with so much in it
``SYRINGE OFF``                  ``OK``, off the pan
``WITHDRAW``                     ``OK``, the residual is in the vessel
``EMPTY``                        ``OK``, the vessel has its starting content
``POWER ON`` or ``OFF``          ``OK``
``SUPPLY <mV>``                  ``OK``
``PRESSURE <Pa>``                ``OK``, set at the end of the line, may be below 0
``HEIGHT <mm>``                  ``OK``, the pump is so much above the end of the line,
                                 below it if below 0
``TEMPERATURE <mK>``             ``OK``, set for the pump
``ALTITUDE <Pa>``                ``OK``, absolute, set round the pump
``UPSET MENDED`` or ``LOST``     ``OK``, a stored value of the pump is flipped
``TUBE <nl>``                    ``OK``, so much of its life is left
``BEEP``                         ``OK``, the reference tone sounds
``RENEW``                        ``OK``, the simulated unit has no wear any more
anything that fails              ``ERR <text>``
===============================  ===================================================

A line is printable ASCII, ends with CR LF and has at most 128 bytes; exactly one blank
stands between words. `protocols.mt_sics.line_reader.LineReader` splits such a stream.
"""

import re
from types import MappingProxyType
from typing import Final

from protocols import bench_sensors
from protocols.bench_commands import (
    MODEL,
    BeginCase,
    Charge,
    Command,
    Done,
    EmptyVessel,
    Failed,
    FillPocket,
    FillReservoir,
    LetTimePass,
    LoadSyringe,
    Now,
    Pressure,
    PutSyringe,
    PutWeight,
    ReadCharge,
    ReadGauge,
    ReadIdentity,
    ReadSensors,
    ReadTime,
    RenewUnit,
    Reply,
    RigIdentity,
    Sensed,
    SetAmbient,
    SetClamp,
    SetHeight,
    SetMagnet,
    SetPower,
    SetPressure,
    SetSupply,
    SetTemperature,
    SetTubeLeft,
    SoundReference,
    StartByHand,
    StopByHand,
    TakeSyringe,
    TakeWeight,
    UpsetMemory,
    WithdrawReservoir,
)
from protocols.errors import LocalProtocolError, RemoteProtocolError

MAX_LINE_BYTES: Final = 128
"""Longest line, in bytes, terminator included."""
MAX_INTEGER: Final = 2**63 - 1
"""Largest number in a line; what may be below 0 reaches as far down."""

_TERMINATOR = b"\r\n"
_LINE = re.compile(r"([!-~]+(?: [!-~]+)*)\r\n")
_WORD = re.compile(r"[!-~]{1,100}")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_PRESSURE = "PRESSURE"
_HEIGHT = "HEIGHT"
_CHARGE = "CHARGE"
_SENSED = "SENSED"

_FIXED: Final[MappingProxyType[str, Command]] = MappingProxyType(
    {
        "ID": ReadIdentity(),
        "NOW": ReadTime(),
        "CLAMP CLOSED": SetClamp(closed=True),
        "CLAMP OPEN": SetClamp(closed=False),
        "MAGNET ON": SetMagnet(present=True),
        "MAGNET OFF": SetMagnet(present=False),
        "SYRINGE OFF": TakeSyringe(),
        "WEIGHT OFF": TakeWeight(),
        "WITHDRAW": WithdrawReservoir(),
        "EMPTY": EmptyVessel(),
        "POWER ON": SetPower(on=True),
        "POWER OFF": SetPower(on=False),
        "GAUGE": ReadGauge(),
        _CHARGE: ReadCharge(),
        "SENSORS": ReadSensors(),
        "UPSET MENDED": UpsetMemory(lost=False),
        "UPSET LOST": UpsetMemory(lost=True),
        "BEEP": SoundReference(),
        "RENEW": RenewUnit(),
        "STOP": StopByHand(),
    }
)
_WORDS: Final = MappingProxyType({command: words for words, command in _FIXED.items()})

_Numbered = (
    LetTimePass
    | FillReservoir
    | FillPocket
    | LoadSyringe
    | StartByHand
    | PutSyringe
    | PutWeight
    | SetSupply
    | SetPressure
    | SetHeight
    | SetTemperature
    | SetAmbient
    | SetTubeLeft
)
_NUMBERED: Final[MappingProxyType[str, type[_Numbered]]] = MappingProxyType(
    {
        "UNTIL": LetTimePass,
        "FILL": FillReservoir,
        "POCKET": FillPocket,
        "LOAD": LoadSyringe,
        "START": StartByHand,
        "SYRINGE": PutSyringe,
        "WEIGHT": PutWeight,
        "SUPPLY": SetSupply,
        _PRESSURE: SetPressure,
        _HEIGHT: SetHeight,
        "TEMPERATURE": SetTemperature,
        "ALTITUDE": SetAmbient,
        "TUBE": SetTubeLeft,
    }
)
_Metered = Now | Pressure | Charge
_METERS: Final[MappingProxyType[str, type[_Metered]]] = MappingProxyType(
    {"NOW": Now, _PRESSURE: Pressure, _CHARGE: Charge}
)
_METERS_SAY: Final = MappingProxyType({kind: word for word, kind in _METERS.items()})
_KEYWORDS: Final = MappingProxyType({kind: word for word, kind in _NUMBERED.items()})
_SIGNED: Final = frozenset({_PRESSURE, _HEIGHT})


def encode_command(command: Command) -> bytes:
    """Return the line that asks the rig for ``command``.

    Raises:
        LocalProtocolError: a number or a case id does not fit the line.
    """
    match command:
        case BeginCase(case_id):
            return _line(f"CASE {_checked_word('CASE', case_id)}")
        case (
            LetTimePass(number)
            | FillReservoir(number)
            | FillPocket(number)
            | LoadSyringe(number)
            | StartByHand(number)
            | PutSyringe(number)
            | PutWeight(number)
            | SetSupply(number)
            | SetPressure(number)
            | SetHeight(number)
            | SetTemperature(number)
            | SetAmbient(number)
            | SetTubeLeft(number)
        ):
            return _numbered(_KEYWORDS[type(command)], number)
        case _:
            return _line(_WORDS[command])


def parse_command(line: bytes) -> Command:
    """Return the command in ``line``, CR LF included.

    Raises:
        RemoteProtocolError: the line is no command.
    """
    text = _text(line)
    if fixed := _FIXED.get(text):
        return fixed
    match text.split(" "):
        case ["CASE", case_id] if _WORD.fullmatch(case_id):
            return BeginCase(case_id)
        case [word, number] if word in _NUMBERED and _is_integer(word, number):
            return _NUMBERED[word](int(number))
        case _:
            raise RemoteProtocolError(
                f"bench control has no command {text!r}; see its list of commands"
            )


def encode_reply(reply: Reply) -> bytes:
    """Return the line with which the rig answers.

    The text of a `Failed` is cut to the line's length, and characters that are not
    printable ASCII become ``?``; an error message must not fail itself.

    Raises:
        LocalProtocolError: a number or an identity does not fit the line.
    """
    match reply:
        case Done():
            return _line("OK")
        case Now(number) | Pressure(number) | Charge(number):
            return _numbered(_METERS_SAY[type(reply)], number)
        case Sensed():
            return _line(" ".join([_SENSED, *bench_sensors.to_words(reply)]))
        case RigIdentity(serial, firmware, model):
            words = [_checked_word("ID", word) for word in (model, serial, firmware)]
            return _line(" ".join(["ID", *words]))
        case Failed(text):
            words = re.sub(r"[^!-~ ]", "?", text).split() or ["unknown"]
            return _line(" ".join(["ERR", *words])[: MAX_LINE_BYTES - 2].rstrip())


def parse_reply(line: bytes) -> Reply:
    """Return the reply in ``line``, CR LF included.

    Raises:
        RemoteProtocolError: the line is no reply.
    """
    text = _text(line)
    match text.split(" "):
        case ["OK"]:
            return Done()
        case [keyword, number] if keyword in _METERS and _is_integer(keyword, number):
            return _METERS[keyword](int(number))
        case [keyword, *words] if keyword == _SENSED and (
            sensed := bench_sensors.from_words(words)
        ):
            return sensed
        case ["ID", model, serial, firmware] if model == MODEL:
            return RigIdentity(serial, firmware)
        case ["ERR", *words] if words:
            return Failed(" ".join(words))
        case _:
            raise RemoteProtocolError(
                f"bench control was answered {text!r}, which is no reply; check that"
                " the port is the control port of a simulated bench"
            )


def _text(line: bytes) -> str:
    found = _LINE.fullmatch(line.decode("latin-1"))
    if found is None or len(line) > MAX_LINE_BYTES:
        raise RemoteProtocolError(
            f"bench control line {line[:40]!r} is not single words of printable ASCII"
            f" ended by CR LF in at most {MAX_LINE_BYTES} bytes; correct the sender"
        )
    return found[1]


def _line(text: str) -> bytes:
    line = text.encode("ascii") + _TERMINATOR
    if len(line) > MAX_LINE_BYTES:
        raise LocalProtocolError(
            f"bench control line {text[:40]!r}... has {len(line)} bytes; shorten it to"
            f" fit {MAX_LINE_BYTES}"
        )
    return line


def _is_integer(keyword: str, text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and _is_within(keyword, int(text))


def _is_within(keyword: str, number: int) -> bool:
    return (-MAX_INTEGER if keyword in _SIGNED else 0) <= number <= MAX_INTEGER


def _numbered(keyword: str, number: int) -> bytes:
    _check_number(keyword, number)
    return _line(f"{keyword} {number}")


def _check_number(keyword: str, number: int) -> None:
    if not _is_within(keyword, number):
        raise LocalProtocolError(
            f"bench control {keyword} cannot carry {number}; give a whole number"
            f" {'to either side of' if keyword in _SIGNED else 'from'} 0, up to"
            f" {MAX_INTEGER}"
        )


def _checked_word(keyword: str, word: str) -> str:
    if not _WORD.fullmatch(word):
        raise LocalProtocolError(
            f"bench control {keyword} cannot carry {word!r}; use 1 to 100 printable"
            " ASCII characters without blanks"
        )
    return word
