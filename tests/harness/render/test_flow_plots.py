"""Flow curves as pictures: what they say, and that nothing in them is markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.flow.analysis import FlowAnalysis, analyse
from harness.flow.noise import Noise
from harness.flow.options import Options
from harness.flow.series import WeightSeries
from harness.render.flow_plots import start_up_svg, thinned, trumpet_svg

TEXT = "{http://www.w3.org/2000/svg}text"


def analysed(error_percent: float = 0.0, noise: Noise | None = None) -> FlowAnalysis:
    t_s = np.arange(0.0, 7201.0, 30.0)
    mass_g = t_s * (1.0 + error_percent / 100.0) / 360.0
    limits = Options(windows_s=(120.0, 1860.0), limits_percent=(-5.0, 5.0))
    return analyse(WeightSeries(t_s, mass_g), 10.0, 1.0, limits, noise)


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter(TEXT)]


def test_a_trumpet_has_the_axes_of_the_standard() -> None:
    flow = analysed(2.0, Noise(1e-4))

    said = texts(trumpet_svg(flow, flow.trumpet, "A", "pump.csv"))

    for label in ("−15", "−5", "0", "5", "15", "2", "31"):
        assert label in said
    assert "mean error A, +2.00 %" in said
    assert "noise floor of the measurement" in said
    assert "limit of the mean" in said


def test_a_pump_that_does_not_fit_widens_the_axes() -> None:
    flow = analysed(40.0)

    said = texts(trumpet_svg(flow, flow.trumpet, "A", "pump.csv"))

    assert "40" in said
    assert "noise floor of the measurement" not in said


def test_a_start_up_curve_has_the_axes_of_the_standard() -> None:
    said = texts(start_up_svg(analysed(), "pump.csv"))

    for label in ("−2", "0", "10", "20", "set rate 10 mL/h"):
        assert label in said


def test_the_same_numbers_give_the_same_bytes() -> None:
    flow = analysed(1.0)

    first = trumpet_svg(flow, flow.trumpet, "A", "pump.csv")

    assert trumpet_svg(flow, flow.trumpet, "A", "pump.csv") == first


@pytest.mark.parametrize("name", ["<script>", "$x^2$", "a&b"])
def test_a_hostile_name_stays_text(name: str) -> None:
    svg = start_up_svg(analysed(), name)

    assert f"Start-up curve: {name}" in texts(svg)
    assert "<script" not in svg


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5000))
def test_thinning_keeps_ends_and_extremes(values: list[float]) -> None:
    y = np.array(values)
    x = np.arange(len(y), dtype=np.float64)

    kept_x, kept_y = thinned(x, y)

    assert len(kept_x) <= 1202
    assert (kept_x[0], kept_x[-1]) == (x[0], x[-1])
    assert (kept_y.min(), kept_y.max()) == (y.min(), y.max())
    assert all(
        y[int(place)] == value for place, value in zip(kept_x, kept_y, strict=True)
    )
