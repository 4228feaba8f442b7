"""The flow analysis of long recordings, beside the double sum of its definition."""

from __future__ import annotations

import tracemalloc

import numpy as np

from benchmarks.measuring import Result, best_s
from harness.flow.analysis import FlowAnalysis, analyse
from harness.flow.options import Options
from harness.flow.series import Floats, WeightSeries

_HALF_YEAR = 183 * 2880 + 1
_TEN_MILLION = 10_000_000
_INTERVAL_S = 30.0
_RATE_ML_PER_H = 0.05
_DENSITY_G_PER_ML = 0.998
_MINUTES = (2, 5, 11, 15, 19, 31, 60, 150, 330, 570, 930)
_WINDOWS_S = tuple(60.0 * minutes for minutes in _MINUTES)
_REPEATS = 7
_TARGET_MS = 20.0
_TARGET_MIB = 1024.0
_MIB = float(1 << 20)
_FLOOR = "the definition: flows, errors, and a mean over each window, by numpy"


def run() -> list[Result]:
    """Measure."""
    return [*_speed(), _memory()]


def _speed() -> list[Result]:
    t_s, mass_g = _recording(_HALF_YEAR)
    extremes: list[tuple[float, float]] = []
    measured = 1e3 * best_s(lambda: _analysed(t_s, mass_g), _REPEATS)
    brute = 1e3 * best_s(lambda: extremes.extend(brute_force(mass_g)), 1)
    windows = _analysed(t_s, mass_g).trumpet.windows
    found = [(each.ep_max_percent, each.ep_min_percent) for each in windows]
    if not np.allclose(found, extremes, rtol=1e-6, atol=1e-6):
        raise RuntimeError("analysis and definition disagree about the recording")
    name = f"flow: half a year at 30 s, {len(_WINDOWS_S)} windows"
    return [
        Result(name, measured, brute, "ms", _FLOOR, measured, "ms", _TARGET_MS),
        Result(
            f"{name}, as a ratio",
            measured,
            brute,
            "ms",
            _FLOOR,
            brute / measured,
            "times as fast as the definition",
        ),
    ]


def _memory() -> Result:
    tracemalloc.start()
    t_s, mass_g = _recording(_TEN_MILLION)
    arrays = (t_s.nbytes + mass_g.nbytes) / _MIB
    tracemalloc.reset_peak()
    _analysed(t_s, mass_g)
    peak = tracemalloc.get_traced_memory()[1] / _MIB
    tracemalloc.stop()
    return Result(
        "flow: ten million weights, largest memory at once",
        peak,
        arrays,
        "MiB",
        "times and weights alone",
        peak,
        "MiB",
        _TARGET_MIB,
    )


def _recording(size: int) -> tuple[Floats, Floats]:
    """A pump whose flow scatters by a third."""
    generator = np.random.Generator(np.random.PCG64(1))
    mean_g = _RATE_ML_PER_H * _DENSITY_G_PER_ML * _INTERVAL_S / 3600.0
    mass_g = generator.standard_normal(size)
    mass_g *= mean_g / 3.0
    mass_g += mean_g
    np.cumsum(mass_g, out=mass_g)
    return np.arange(size, dtype=np.float64) * _INTERVAL_S, mass_g


def _analysed(t_s: Floats, mass_g: Floats) -> FlowAnalysis:
    series = WeightSeries(t_s, mass_g)
    options = Options(windows_s=_WINDOWS_S)
    return analyse(series, _RATE_ML_PER_H, _DENSITY_G_PER_ML, options)


def brute_force(mass_g: Floats) -> list[tuple[float, float]]:
    """Largest and smallest mean error of each window, as the definition has it."""
    flows = np.diff(mass_g) * 3600.0 / (_INTERVAL_S * _DENSITY_G_PER_ML)
    errors = 100.0 * (flows - _RATE_ML_PER_H) / _RATE_ML_PER_H
    found = []
    for window_s in _WINDOWS_S:
        n = round(window_s / _INTERVAL_S)
        means = np.lib.stride_tricks.sliding_window_view(errors, n).mean(axis=1)
        found.append((float(means.max()), float(means.min())))
    return found
