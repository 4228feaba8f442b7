"""The start-up curve: flow against time from the start of the pump."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.errors import ConfigurationError
from harness.evidence.records import JsonValue
from harness.flow.series import Floats, Grid, positive


@dataclass(frozen=True, slots=True, eq=False)
class StartUp:
    """Mean flow in successive intervals.

    Attributes:
        interval_s: length of each.
        t_s: their ends, from the first sample, shape (n,).
        rate_ml_per_h: mean flow in each, shape (n,).
    """

    interval_s: float
    t_s: Floats
    rate_ml_per_h: Floats

    def to_json(self) -> dict[str, JsonValue]:
        """The curve as JSON can hold it."""
        return {
            "interval_s": self.interval_s,
            "t_s": self.t_s.tolist(),
            "rate_ml_per_h": self.rate_ml_per_h.tolist(),
        }


def start_up(grid: Grid, density_g_per_ml: float, every: int = 1) -> StartUp:
    """Flow over each ``every`` sample intervals; an incomplete last one is left out.

    Raises:
        ConfigurationError: no positive density, or no complete interval.

    Source: method adapted from IEC 60601-2-24:1998, equations 1, 11 and 15:
    Q_i = 3600 (W_i - W_(i-1)) / (S d) with S in s, W in g, d in g/mL.
    """
    positive("density", density_g_per_ml)
    if not 1 <= every < len(grid.mass_g):
        raise ConfigurationError(
            f"start-up curve: {len(grid.mass_g)} weights give no point of {every}"
            " sample intervals; record longer or more often"
        )
    step_s = every * grid.interval_s
    flows = np.diff(grid.mass_g[::every]) * (3600.0 / (step_s * density_g_per_ml))
    ends = np.arange(1, len(flows) + 1, dtype=np.float64) * step_s + grid.start_s
    return StartUp(step_s, ends, flows)
