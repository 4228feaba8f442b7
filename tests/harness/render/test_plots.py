import math
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.render.case_record import CaseRecord
from harness.render.measurement_record import LimitRecord, SeriesRecord
from harness.render.plots import pictures, room
from harness.render.points import thin
from harness.render.run_fold import of_journal
from tests.harness.render.sample_run import curves, write

USE = "{http://www.w3.org/2000/svg}use"
TEXT = "{http://www.w3.org/2000/svg}text"
LARGEST = 30_000


def case(*series: SeriesRecord, requirement: str = "R-1") -> CaseRecord:
    limit = LimitRecord(1, requirement, -10.0, 10.0, "percent", "rule", "source")
    return CaseRecord(
        id="R-1/low",
        claims=("R-1",),
        procedure="",
        numbers={},
        start={},
        t_begin_ns=0,
        t_end_ns=1,
        ended=None,
        statement="",
        limits=(limit,),
        measurements=(),
        verdicts=(),
        series=series,
        events=(),
        rejections=0,
        retries=0,
    )


def line(name: str, unit: str, *points: tuple[float, float]) -> SeriesRecord:
    return SeriesRecord(name, unit, points)


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter(TEXT)]


def test_a_delivery_gives_volume_and_flow(tmp_path: Path) -> None:
    low, _, magnet, _ = of_journal(write(tmp_path)).cases
    volume, flow = pictures(low)

    assert "volume (mL)" in texts(volume.svg)
    assert "limit of ITB-FLOW-001" in texts(volume.svg)
    assert "delivered, by weight" in texts(volume.svg)
    assert "flow (mL/d)" in texts(flow.svg)
    assert "time (days)" in texts(flow.svg)
    assert pictures(magnet) == ()


def test_one_record_gives_one_picture(tmp_path: Path) -> None:
    low = of_journal(write(tmp_path)).cases[0]

    assert pictures(low) == pictures(low)


def test_noise_does_not_make_a_picture_large() -> None:
    noisy = [(float(i), math.sin(1e6 * i)) for i in range(5000)]
    names = ("delivered", "counted", "programmed")

    (picture,) = pictures(case(*(line(name, "mL", *noisy) for name in names)))

    assert len(picture.svg) < LARGEST


def test_a_picture_says_what_it_shows_and_follows_the_page() -> None:
    series = line("reservoir", "mL", (0.0, 40.0), (60.0, 39.0))
    (picture,) = pictures(case(series))
    root = ET.fromstring(picture.svg)

    assert root.get("role") == "img"
    assert root[0].text == "Reservoir content"
    assert root[1].text == "Reservoir content, R-1/low"
    assert "currentColor" in picture.svg
    assert "var(--plot-measured, #0072b2)" in picture.svg
    assert "<script" not in picture.svg


def test_ids_are_not_repeated_on_a_page(tmp_path: Path) -> None:
    low = of_journal(write(tmp_path)).cases[0]
    ids = [
        each.get("id")
        for picture in pictures(low)
        for each in ET.fromstring(picture.svg).iter()
        if each.tag.endswith("}g") and each.get("id")
    ]

    assert ids == []


def test_a_trumpet_lies_over_its_windows_and_names_its_method() -> None:
    names = ("Ep max", "Ep min", "noise floor, top", "noise floor, end")
    curves = [line(name, "percent", (900.0, 5.0), (55_800.0, 1.0)) for name in names]
    known = [replace(curve, text="method of 1998") for curve in curves]
    judged = line("limit, top", "percent", (9_000.0, 12.0), (55_800.0, 12.0))

    (picture,) = pictures(case(*known, judged))

    assert picture.title == "Trumpet curve; method of 1998"
    shown = texts(picture.svg)
    assert {"15", "150", "930", "observation window (min)"} <= set(shown)
    assert {"noise floor", "Ep max and min", "limit, where judged"} <= set(shown)
    assert "_nolegend_" not in shown


def test_half_a_noise_floor_is_not_drawn() -> None:
    top = line("noise floor, top", "percent", (900.0, 5.0), (3_600.0, 1.0))
    highest = line("Ep max", "percent", (900.0, 5.0), (3_600.0, 1.0))

    (picture,) = pictures(case(top, highest))

    assert "noise floor" not in texts(picture.svg)
    assert pictures(case(top)) == ()


def test_boluses_are_points_beside_both_limits() -> None:
    each = line("bolus deviation", "percent", *((60.0 * n, 1.0) for n in range(25)))
    bound = line("single limit, top", "percent", (0.0, 15.0), (1_440.0, 15.0))

    (picture,) = pictures(case(each, bound))

    assert {"bolus, by weight", "limit of each"} <= set(texts(picture.svg))
    # A point for each bolus and one in the legend.
    markers = [
        e for e in ET.fromstring(picture.svg).iter(USE) if "clip" not in e.attrib
    ]
    assert len(markers) >= 25


def test_what_is_not_a_number_is_left_out() -> None:
    series = line("reservoir", "mL", (0.0, 1.0), (1.0, math.nan), (2.0, math.inf))

    (picture,) = pictures(case(series))
    alone = line("reservoir", "mL", (1.0, math.nan))

    assert "nan" not in picture.svg.lower()
    assert pictures(case(alone)) == ()


def test_an_unknown_curve_and_one_in_another_unit_are_not_drawn() -> None:
    known = line("delivered", "mL", (0.0, 0.0), (60.0, 1.0))
    other = line("programmed", "L", (0.0, 0.0), (60.0, 1.0))
    strange = line("<script>", "mL", (0.0, 0.0), (60.0, 1.0))

    assert pictures(case(strange)) == ()
    (picture,) = pictures(case(other, known, strange))
    assert "programmed" in texts(picture.svg)
    assert "delivered, by weight" not in texts(picture.svg)


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", r"$\frac{1}{$", "&"]
)
def test_a_hostile_requirement_stays_text(hostile: str) -> None:
    series = line("programmed", "mL", (0.0, 0.0), (60.0, 1.0))

    (picture,) = pictures(case(series, requirement=hostile))

    assert f"limit of {hostile}" in texts(picture.svg)
    assert "<img" not in picture.svg


points = st.lists(
    st.tuples(st.floats(0, 1e6), st.floats(-1e3, 1e3)), min_size=1, max_size=900
)


@given(points)
def test_thinning_keeps_ends_and_extremes(
    given_points: list[tuple[float, float]],
) -> None:
    kept = thin(given_points, 60)

    assert (kept[0], kept[-1]) == (given_points[0], given_points[-1])
    assert len(kept) <= 122
    for best in (min, max):
        assert best(y for _, y in kept) == best(y for _, y in given_points)
    assert set(kept) <= set(given_points)


def test_no_window_system_is_touched() -> None:
    (unit, flow) = curves(1.0, 1.0)["flow"]
    program = (
        "import sys\n"
        "from harness.render.plots import pictures\n"
        "from tests.harness.render.test_plots import case, line\n"
        f"assert pictures(case(line('flow', {unit!r}, *{flow!r})))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    root = Path(__file__).resolve().parents[3]

    subprocess.run([sys.executable, "-c", program], cwd=root, check=True)


def test_the_room_is_drawn_once_over_the_time_of_the_run() -> None:
    hour_ns = 3_600_000_000_000
    first = case(
        line("air temperature", "degC", (0.0, 20.0), (3600.0, 20.5)),
        line("liquid temperature", "degC", (0.0, 19.9), (3600.0, math.nan)),
    )
    later = case(
        line("air temperature", "degC", (0.0, 21.0), (3600.0, 22.0)),
        line("air pressure", "hPa", (0.0, 1013.0), (3600.0, 1009.0)),
        line("reservoir", "mL", (0.0, 40.0), (3600.0, 39.0)),
    )
    cases = (
        replace(first, t_begin_ns=hour_ns),
        replace(later, t_begin_ns=72 * hour_ns),
    )

    warm, pressure = room(cases, hour_ns)

    assert {"temperature (°C)", "time (days)", "air", "liquid"} <= set(texts(warm.svg))
    assert "3.0" in texts(warm.svg)
    assert "pressure (hPa)" in texts(pressure.svg)
    assert pictures(first) == ()
    assert room((case(),), 0) == ()
