"""Times of day and dates of a table as seconds that go on."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final

_DAY_S: Final = 86400.0
_CLOCK: Final = re.compile(
    r"(\d{1,4}):(\d{2})(?::(\d{2}))?([.,]\d+)?(?:\s*([AaPp])\.?[Mm]\.?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?"
)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


class Form(StrEnum):
    """What the parts of a time of day are."""

    FULL = "hh:mm:ss"
    HOURS = "hh:mm"
    MINUTES = "mm:ss"


class ClockTimes:
    """Turns the clock times of one column into seconds, over midnight too.

    Without dates, a time that lies more than twelve hours before the one above belongs
    to the next day. It is used for one file, from its first line to its last.

    Args:
        form: what ``10:30`` means without a date; with one it is always hours and
            minutes. ``Form.FULL`` where only three parts are understood.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._last_s = 0.0
        self._days = 0
        self._first_day: int | None = None
        self._date = ("", 0)
        self._zoned: bool | None = None

    def time_of_day(self, cell: str) -> float:
        """Seconds from the first line's midnight.

        Raises:
            ValueError: the cell is no time of day; the text says why.
        """
        clock_s = self._clock(cell, self._form)
        if clock_s < self._last_s - _DAY_S / 2.0:
            self._days += 1
        self._last_s = clock_s
        return self._days * _DAY_S + clock_s

    def stamp(self, cell: str) -> float:
        """Seconds from midnight of the first line's date, of a date and a time.

        Raises:
            ValueError: the cell is no date with a time; the text says why.
        """
        text = cell.strip()
        day, mark, clock = text.partition("T" if "T" in text else " ")
        if not mark:
            raise ValueError("is no date with a time")
        return self.joined(day.rstrip(","), clock)

    def joined(self, day: str, clock: str) -> float:
        """Like :meth:`stamp`, of a date and a time in two cells.

        Raises:
            ValueError: one of them is not what it should be; the text says why.
        """
        ordinal = self._ordinal(day.strip())
        if self._first_day is None:
            self._first_day = ordinal
        clock_s = self._clock(clock, Form.HOURS)
        return (ordinal - self._first_day) * _DAY_S + clock_s

    def _ordinal(self, text: str) -> int:
        if text != self._date[0]:
            self._date = (text, _day(text))
        return self._date[1]

    def _clock(self, cell: str, form: Form) -> float:
        found = _CLOCK.fullmatch(cell.strip())
        if found is None:
            raise ValueError("is no time of day such as 13:05:30")
        first, second, third, fraction, half, zone = found.groups()
        if self._zoned not in (None, zone is not None):
            raise ValueError("has a time zone where others have none, or none")
        self._zoned = zone is not None
        if third is None:
            hours, minutes, seconds = _two_parts(int(first), int(second), form)
        else:
            hours, minutes, seconds = int(first), int(second), int(third)
        if minutes > 59 or seconds > 59 or (half and not 1 <= hours <= 12):
            raise ValueError("is no time of day such as 13:05:30")
        if half:
            hours = hours % 12 + (12 if half in "pP" else 0)
        part_s = float(f"0.{fraction[1:]}") if fraction else 0.0
        return hours * 3600 + minutes * 60 + seconds + part_s - _offset_s(zone)


def _two_parts(first: int, second: int, form: Form) -> tuple[int, int, int]:
    match form:
        case Form.HOURS:
            return first, second, 0
        case Form.MINUTES:
            return first // 60, first % 60, second
        case Form.FULL:
            raise ValueError(
                "may be hours and minutes or minutes and seconds; say which with"
                f" --time-unit {Form.HOURS} or --time-unit {Form.MINUTES}"
            )


def _day(text: str) -> int:
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found[1], found[3], found[4]
    elif found := _DOTTED.fullmatch(text):
        day, month, year = found.groups()
    else:
        raise ValueError(
            "has a date whose day, month and year cannot be told apart; write it as"
            " 2026-03-01"
        )
    try:
        return date(int(year), int(month), int(day)).toordinal()
    except ValueError as error:
        raise ValueError("has a date that does not exist") from error


def _offset_s(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    offset_s = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -offset_s if zone[0] == "-" else offset_s
