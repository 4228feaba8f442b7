"""When boluses were commanded, and how that agrees with what the weights show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from harness.errors import ConfigurationError
from harness.flow.bolus import Bolus
from harness.flow.jumps import Search, find_jumps, lagged_flow
from harness.flow.noise import Noise
from harness.flow.series import WeightSeries, span

_MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Boluses that were commanded at equal distances.

    Attributes:
        first_s: the first command, from the first sample.
        every_s: from one command to the next.
        count: how many; None for as many as the recording holds.
    """

    first_s: float
    every_s: float
    count: int | None = None

    def times_s(self, end_s: float, within_s: float) -> tuple[float, ...]:
        """The commands.

        Args:
            end_s: end of what is looked at.
            within_s: how long after its command a bolus is complete.

        Raises:
            ConfigurationError: a bolus is not complete when the next is commanded, or
                none is commanded before the end.
        """
        if self.every_s < within_s:
            raise ConfigurationError(
                f"boluses every {span(self.every_s)}: each is looked for within"
                f" {span(within_s)} of its command; shorten that with --within"
            )
        held = int(max(0.0, end_s - within_s - self.first_s) / self.every_s) + 1
        if self.first_s + within_s > end_s:
            raise ConfigurationError(
                f"the first bolus at {span(self.first_s)}: the recording ends at"
                f" {span(end_s)}, less than {span(within_s)} after it; correct --first"
                " or --every"
            )
        if self.count is not None and self.count > held:
            raise ConfigurationError(
                f"{self.count} boluses every {span(self.every_s)} from"
                f" {span(self.first_s)} on: the recording holds {held} of them; correct"
                " --count, --first or --every"
            )
        count = held if self.count is None else self.count
        return tuple(self.first_s + k * self.every_s for k in range(count))


def within(
    commands_s: Sequence[float], start_s: float, end_s: float
) -> tuple[float, ...]:
    """Commands from a later beginning, as a part of the recording has it.

    Raises:
        ConfigurationError: one lies outside of that part.
    """
    for number, each in enumerate(commands_s, start=1):
        if not start_s <= each <= end_s:
            raise ConfigurationError(
                f"bolus {number}, commanded at {span(each)}, lies outside of"
                f" {span(start_s)} to {span(end_s)}, which is analysed; leave it out,"
                " or choose another period"
            )
    return tuple(each - start_s for each in commands_s)


def about_missed(found: Sequence[Bolus], commands_s: Sequence[float]) -> list[str]:
    """One sentence on the commands after which no jump of the mass is seen."""
    missed = [
        f"{number} (commanded at {span(command_s)})"
        for number, (each, command_s) in enumerate(
            zip(found, commands_s, strict=True), start=1
        )
        if not each.detected
    ]
    if not missed:
        return []
    return [f"no jump of the mass is seen for bolus {_listed(missed)}"]


def about_uncommanded(
    series: WeightSeries, search: Search, noise: Noise, start_s: float
) -> list[str]:
    """One sentence on the jumps of the mass that nothing commanded.

    Args:
        series: the part of the recording that is analysed.
        search: with its commands.
        noise: of the measurement.
        start_s: when that part begins.
    """
    everywhere = replace(search, commands_s=None)
    flow = lagged_flow(series, search.lag)
    blur_s = search.lag * series.interval_s
    begin = float(series.t_s[0])
    others = []
    for jump in find_jumps(series, flow, everywhere, noise):
        first, last = (float(series.t_s[k]) - begin for k in (jump.first, jump.last))
        if not any(
            first - blur_s <= command_s + search.within_s and command_s <= last + blur_s
            for command_s in search.commands_s or ()
        ):
            others.append(span(round(start_s + first, 3)))
    if not others:
        return []
    return [
        f"the mass jumps at {_listed(others)}, where no bolus was commanded; it may be"
        " in the flow between the boluses"
    ]


def _listed(named: Sequence[str]) -> str:
    more = len(named) - _MOST_NAMED
    said = ", ".join(named[:_MOST_NAMED])
    return f"{said} and {more} more" if more > 0 else said
