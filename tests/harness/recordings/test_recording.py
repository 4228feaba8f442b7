"""The dialects in which recordings come, and what is refused in them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ConfigurationError
from harness.recordings.cells import Decimal
from harness.recordings.columns import Options
from harness.recordings.order import Keep
from harness.recordings.recording import Recording, read

DATA = Path(__file__).parents[2] / "data" / "recordings"
T_S = [0.0, 30.0, 60.0, 90.0]
MASS_G = [12.345, 13.5925, 14.84, 16.0875]
NOTHING = Options()
NUMBERED = Options(time_column="1", mass_column="3", time_unit="s")


@pytest.fixture
def write(tmp_path: Path) -> Path:
    return tmp_path / "pump.csv"


def read_text(path: Path, text: str, **options: str) -> Recording:
    path.write_text(text, encoding="utf-8")
    return read(path, Options(**options))  # type: ignore[arg-type]


def refused(path: Path, text: str, **options: str) -> str:
    with pytest.raises(ConfigurationError) as error:
        read_text(path, text, **options)
    assert str(path) in str(error.value) or str(error.value).startswith("--")
    return str(error.value).removeprefix(str(path))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("comma.csv", NOTHING),
        ("excel-german.csv", NOTHING),
        ("quoted.csv", NOTHING),
        ("tabs.txt", NOTHING),
        ("blanks.dat", Options("1", "2", "s", "g")),
        ("units-in-cells.csv", NOTHING),
        ("unit-column.log", NUMBERED),
        ("clock.csv", NOTHING),
        ("iso.csv", NOTHING),
        ("date-and-time.csv", NOTHING),
        ("preamble.txt", NOTHING),
        ("two-headers.csv", NOTHING),
        ("utf-16.csv", NOTHING),
        ("latin-1.csv", NOTHING),
        ("comments.csv", NOTHING),
    ],
)
def test_a_dialect_is_read(name: str, options: Options) -> None:
    recording = read(DATA / name, options)

    assert recording.t_s == pytest.approx(T_S, abs=1e-9)
    assert recording.mass_g == pytest.approx(MASS_G, rel=1e-14)
    content = (DATA / name).read_bytes()
    assert recording.sha256 == hashlib.sha256(content).hexdigest()


def test_every_dialect_of_the_folder_is_tested() -> None:
    tested = {
        argument[0]
        for mark in test_a_dialect_is_read.pytestmark  # type: ignore[attr-defined]
        for argument in mark.args[1]
    }

    assert {p.name for p in DATA.iterdir()} - {"README.md", ".gitattributes"} == tested


def test_what_follows_the_samples_is_named() -> None:
    (warning,) = read(DATA / "preamble.txt", NOTHING).warnings

    assert warning == "line 12, after the samples, passed over"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": is empty"),
        ("hello\nworld\n", ": no table is found in the first 2 lines"),
        ("time (s);mass (g)\n", ": no table is found"),
        ("time;mass (g)\n0;1\n1;2\n", ": column 1 'time' states no unit; give it with"),
        ("time (s);mass\n0;1\n1;2\n", "--mass-unit g"),
        ("0;1\n1;2\n", ": no column says that it is the time; name it with --time-col"),
        (
            "time (s);m (g);mass (g)\n0;1;1\n1;2;2\n",
            ": several columns may be the mass",
        ),
        ("time (s);mass (lb)\n0;1\n1;2\n", "the unit 'lb', which is none of a mass"),
        ("time (s);mass (g)\n0;1\n1;x\n2;3\n", ", line 3, column 2 'mass (g)': 'x' is"),
        ("time (s);mass (g)\n0;1\n1;2\n2\n3;4\n", ", line 4: only 1 cells where the"),
        (
            "time (s),mass (g)\n0,1\n1,2,5\n2,3\n",
            ", line 3: 3 cells where the table ha",
        ),
        (
            "time (s),mass (g)\n0,5,1,2\n1,0,1,3\n",
            ", line 2: 4 cells under a header of",
        ),
        (
            "time (s);mass (g)\n0;1 234,5\n1;1 235,5\n",
            "no number; export it without th",
        ),
        ("time (s);mass (g)\n0;1.234,5\n1;1.235,5\n", "export it without thousands"),
        ("time (s);mass (g)\n0;1,234\n1;1,235\n", "say --decimal comma"),
        ("time (s);mass (g)\n0.5;1,23\n1.5;1,24\n", "have decimal points and commas"),
        (
            "time (s);mass (g)\n0;1_0\n1;2\n2;3\n",
            ", line 2, column 2 'mass (g)': '1_0'",
        ),
        ("time (s);mass (g)\n0;1\n1;2\n2;3\n3;inf\n4;5\n", ", line 5, column 2"),
        (
            "time (s);mass\n0;1 g\n1;2 g\n2;3 mg\n3;4 g\n",
            "is in mg where others are in ",
        ),
        ("time (s);m;u\n0;1;g\n1;2;g\n2;3;mg\n3;4;g\n", "states no unit"),
        (
            "time (s);mass (g)\n0;1\n9;2\n8;3\n9;4\n7;5\n",
            "backwards 2 times, at lines 4",
        ),
        (
            "time (s);mass (g)\n0;1\n1;2\n1;3\n",
            "stands again, with another mass, once, ",
        ),
        (
            "t;mass (g)\n23:59;1\n00:00;2\n",
            "may be hours and minutes or minutes and se",
        ),
        (
            "t;mass (g)\n01/02/2026 10:00:00;1\n01/02/2026 10:00:01;2\n",
            "cannot be told",
        ),
        (
            "t;mass (g)\n2026-02-30 10:00:00;1\n2026-02-30 10:00:01;2\n",
            "does not exist",
        ),
        (
            "t;mass (g)\n2026-01-01 10:00Z;1\n2026-01-01 10:01;2\n",
            "has a time zone where",
        ),
        (
            'time (s);mass (g)\n0;1\n1;"2\n2;3\n3;4\n',
            "line 3: a quotation mark is not closed",
        ),
        (
            "time (s);mass (g)\n0;1\n1;1e308\n2;3\n",
            ", line 3, column 2 'mass (g)': 1e+308 g was never measured",
        ),
        ("time (s);mass (kg)\n0;1\n1;-2e6\n2;3\n", ", line 3, column 2 'mass (kg)'"),
        ("time (d);mass (g)\n0;1\n1;2\n1e300;3\n", ", line 4, column 1 'time (d)'"),
        ("time (ns);mass (g)\n0;1\n1;2\n2;3\n", "goes on by less than 0.001 s"),
        ("time (s);mass (g)\n0;1\n1;٣\n2;3\n", ", line 3, column 2 'mass (g)'"),
    ],
)
def test_what_is_not_certain_is_refused(write: Path, text: str, said: str) -> None:
    assert said in refused(write, text)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mass_unit": "mg"}, "is in g and in mg"),
        ({"time_unit": "fortnight"}, "--time-unit: 'fortnight' is unknown"),
        ({"time_column": "clock"}, "has no column 'clock'; give --time-column one of"),
        ({"decimal": Decimal.COMMA}, "have a decimal point, but --decimal says comma"),
        ({"mass_column": "state"}, "holds no numbers but 'ok'"),
    ],
)
def test_an_option_against_the_file_is_one_error(
    write: Path, options: dict[str, str], said: str
) -> None:
    text = "time (s);mass (g);state\n0;1.5;ok\n1;2.5;ok\n"

    assert said in refused(write, text, **options)


def test_a_column_is_named_by_title_name_or_number(write: Path) -> None:
    text = "clock (s);left (g);right (g)\n0;1;5\n1;2;7\n"

    for named in ("right (g)", "RIGHT", "3"):
        recording = read_text(write, text, time_column="1", mass_column=named)
        assert list(recording.mass_g) == [5.0, 7.0]


def test_columns_of_one_name_need_a_number(write: Path) -> None:
    text = "time (s);mass (g);mass (g)\n0;1;5\n1;2;7\n"

    assert "2 columns are called 'mass'" in refused(write, text, mass_column="mass")


@pytest.mark.parametrize(("keep", "kept"), [(Keep.FIRST, 2.0), (Keep.LAST, 3.0)])
def test_one_of_two_masses_is_kept_on_demand(
    write: Path, keep: Keep, kept: float
) -> None:
    write.write_text("time (s);mass (g)\n0;1\n1;2\n1;3\n2;4\n", encoding="utf-8")

    recording = read(write, NOTHING, keep)

    assert list(recording.mass_g) == [1.0, kept, 4.0]
    assert f"the {keep} mass was kept" in recording.warnings[0]


def test_a_broken_last_sample_is_no_remark(write: Path) -> None:
    text = "time (s);mass (g)\n0;1\n1;2\n2;ERR\n"

    assert ", line 4, column 2 'mass (g)': 'ERR' is no number" in refused(write, text)


def test_a_sample_written_twice_is_one_and_named(write: Path) -> None:
    recording = read_text(write, "time (s);mass (g)\n0;1\n1;2\n1;2\n2;4\n")

    assert list(recording.t_s) == [0.0, 1.0, 2.0]
    assert recording.warnings == (
        "a stamp stands again once, at line 4: with the same mass",
    )


def test_an_empty_mass_is_left_out_and_named(write: Path) -> None:
    recording = read_text(write, "time (s);mass (g)\n0;1\n1;\n2;nan\n3;4\n;\n")

    assert list(recording.t_s) == [0.0, 3.0]
    assert recording.warnings == (
        "samples without their time or mass were left out: lines 3 and 4",
    )


def test_the_first_samples_are_not_taken_for_a_header(write: Path) -> None:
    text = "0;1;warm\n1;2;\n2;3;ok\n3;4;ok\n4;5;ok\n"
    options = {"time_column": "1", "mass_column": "2", "time_unit": "s"}

    assert len(read_text(write, text, mass_unit="g", **options).t_s) == 5


def test_a_broken_first_sample_is_named(write: Path) -> None:
    recording = read_text(write, "time (s);mass (g)\n0;ERR\n1;2\n2;3\n")

    assert recording.warnings == (
        "line 2, above the samples, was passed over: '0;ERR'",
    )


def test_a_touched_vessel_is_seen(write: Path) -> None:
    masses = [f"{0.01 * i + (5.0 if i >= 40 else 0.0):.4f}" for i in range(100)]
    rows = "".join(f"{i};{mass}\n" for i, mass in enumerate(masses))

    recording = read_text(write, f"time (s);mass (g)\n{rows}")

    (said,) = recording.jumps
    assert "+5000 mg at line 42" in said


def test_shots_and_gaps_are_no_touches(write: Path) -> None:
    shots = "".join(f"{i};{i // 10}\n" for i in range(200))
    gap = "".join(f"{i};{i}\n" for i in range(200) if not 50 < i < 150)

    assert read_text(write, f"time (s);mass (g)\n{shots}").jumps == ()
    assert read_text(write, f"time (s);mass (g)\n{gap}").jumps == ()


def test_text_of_the_file_stays_short_and_printable(write: Path) -> None:
    said = refused(write, f"time (s);mass (g)\n0;1\n1;\x1b[31m{'x' * 500}\n2;3\n")

    assert "\x1b" not in said
    assert len(said) < 200


def test_an_endless_line_is_refused(write: Path) -> None:
    assert "longer than 20000 characters" in refused(write, "1;2 " * 10_000)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"PK\x03\x04", "is a spreadsheet"),
        (b"\x1f\x8b", "is compressed"),
        (b"\x01\x00\x00\x02", "zero bytes"),
    ],
)
def test_what_is_no_text_is_refused(write: Path, head: bytes, said: str) -> None:
    write.write_bytes(head + bytes(range(256)))

    with pytest.raises(ConfigurationError, match=said):
        read(write, NOTHING)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="absent"):
        read(tmp_path / "absent.csv", NOTHING)


def test_progress_grows(write: Path) -> None:
    rows = "".join(f"{i};{i}\n" for i in range(140_000))
    write.write_text(f"time (s);mass (g)\n{rows}", encoding="utf-8")
    shares: list[float] = []

    read(write, NOTHING, progress=shares.append)

    assert shares == sorted(shares)
    assert len(shares) == 2
    assert 0.0 < shares[0] < shares[1] <= 1.0


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(
            st.sampled_from('0123456789.,;:-+ \t\n"gs#Ttime()[]/eE_nan'), max_size=200
        ).map(str.encode),
    )
)
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "pump.csv"
    path.write_bytes(content)

    try:
        recording = read(path, Options("1", "2", "s", "g"))
    except ConfigurationError:
        return
    assert np.all(np.diff(recording.t_s) > 0.0)
    assert np.all(np.isfinite(recording.mass_g))


def dialects() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {
            "separator": st.sampled_from([",", ";", "\t", "   ", "|"]),
            "decimal": st.sampled_from([".", ","]),
            "newline": st.sampled_from(["\n", "\r\n"]),
            "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
            "title": st.sampled_from(["{} ({})", "{} [{}]", "{}/{}", "{}_{}"]),
            "quote": st.sampled_from(["", '"']),
            "mass_unit": st.sampled_from(["µg", "mg", "g", "kg"]),
            "comment": st.sampled_from(["", "# written by a test"]),
        }
    )


@settings(max_examples=100, deadline=None)
@given(
    dialect=dialects(),
    steps=st.lists(st.integers(1, 10**6), min_size=2, max_size=12),
    masses=st.lists(st.integers(-(10**7), 10**7), min_size=13, max_size=13),
)
def test_what_is_written_in_any_dialect_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    dialect: dict[str, str],
    steps: list[int],
    masses: list[int],
) -> None:
    if dialect["separator"] == "," and dialect["decimal"] == ",":
        dialect["quote"] = '"'
    if dialect["separator"] == "   ":
        dialect["title"] = "{}_{}"
    t_ms = np.cumsum([0, *steps])
    quote, decimal = dialect["quote"], dialect["decimal"]

    def cells(*texts: str) -> str:
        return dialect["separator"].join(f"{quote}{text}{quote}" for text in texts)

    lines = [dialect["comment"]] if dialect["comment"] else []
    titles = (
        dialect["title"].format("time", "s"),
        dialect["title"].format("mass", dialect["mass_unit"]),
    )
    lines.append(cells(*titles))
    for t, mass in zip(t_ms, masses, strict=False):
        lines.append(
            cells(
                f"{t / 1000:.4f}".replace(".", decimal),
                f"{mass / 1000:.4f}".replace(".", decimal),
            )
        )
    path = tmp_path_factory.mktemp("dialect") / "pump.csv"
    text = dialect["newline"].join([*lines, ""])
    path.write_bytes(text.encode(dialect["encoding"]))
    grams = {"µg": 1e-6, "mg": 1e-3, "g": 1.0, "kg": 1e3}[dialect["mass_unit"]]

    recording = read(path, NOTHING)

    assert recording.t_s == pytest.approx(t_ms / 1000, abs=1e-9)
    wanted = [mass / 1000 * grams for mass in masses[: len(t_ms)]]
    assert recording.mass_g == pytest.approx(wanted, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("time", "mass"), [("Sec", "Grams"), ("SEC", "GRAM"), ("Seconds", "g")]
)
def test_words_for_units_may_be_capitalised(
    time: str, mass: str, tmp_path: Path
) -> None:
    file = tmp_path / "export.csv"
    file.write_text(f"Time ({time}),Mass ({mass})\n0,0.0\n30,0.5\n60,1.0\n", "utf-8")
    recording = read(file, Options())
    assert recording.t_s.tolist() == [0.0, 30.0, 60.0]
    assert recording.mass_g.tolist() == [0.0, 0.5, 1.0]
