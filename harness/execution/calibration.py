"""The calibration gate: a run may begin only if its calibrations outlast it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from harness.clock import NS_PER_S
from harness.plans.plan import PlannedCase
from harness.units import nanoseconds


@dataclass(frozen=True, slots=True)
class Calibration:
    """The calibration of an instrument, as the bench file states it.

    Attributes:
        instrument: name of the instrument on the bench.
        due: last day of its calibration.
        certificate: number of the certificate.
    """

    instrument: str
    due: date
    certificate: str

    def why_not(self, now_ns: int, end_ns: int) -> str:
        """Say why it does not cover a run; "" where it does.

        Args:
            now_ns: bench time at which the run begins.
            end_ns: bench time at which it is planned to end.
        """
        begins, ends = _day(now_ns), _day(end_ns)
        if ends <= self.due:
            return ""
        if begins > self.due:
            return (
                f"{self.instrument}: the calibration ended on {self.due}, and the run"
                f" begins on {begins}"
            )
        return (
            f"{self.instrument}: the calibration ends on {self.due}, and the run, which"
            f" begins on {begins}, may last until {ends} by the durations in its plan"
        )


def planned_end_ns(now_ns: int, cases: Iterable[PlannedCase]) -> int:
    """Return the bench time at which the last case ends at the latest, ns.

    Args:
        now_ns: bench time now.
        cases: what is still to run, each with its duration on hardware.
    """
    return now_ns + sum(nanoseconds(case.hardware_duration) for case in cases)


def _day(t_ns: int) -> date:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (epoch + timedelta(seconds=t_ns // NS_PER_S)).date()
