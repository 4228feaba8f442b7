import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.records import JsonValue, Kind
from harness.judging import Verdict
from harness.render import wording
from harness.render.facts import facts
from harness.render.html import cell, index, page
from harness.render.judgement_view import judgement_view
from harness.render.measurement_record import LimitRecord
from harness.render.rows import COLUMNS, case_row
from harness.render.run_fold import of_journal
from harness.render.run_record import DeviationRecord, RunRecord
from harness.render.views import RunView, run_view
from tests.harness.render.sample_run import (
    CASES,
    EPOCH_NS,
    NS_PER_S,
    TEXTS,
    Writer,
    declared,
    hashed,
    measured,
    planned,
    proof,
    write,
)

ATTACK = "document.title='owned'"
HOSTILE = f'<img src=x onerror="{ATTACK}"></script><script>{ATTACK}</script>'
MAGNET = "ITB-STL-001/magnet"


class Elements(HTMLParser):
    """Every start tag of a page with its attributes, and all text outside of styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside != "style":
            self.text += data


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    return of_journal(write(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def sample_html(sample: RunRecord) -> str:
    return page(run_view(sample))


@pytest.fixture(scope="module")
def sample_page(sample_html: str) -> Elements:
    return Elements(sample_html)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    run = of_journal(write_hostile(tmp_path_factory.mktemp("run")))
    return replace(run, deviations=(signed(),))


def write_hostile(folder: Path) -> Path:
    """A run in which every text that somebody else chose is an attack."""
    run = Writer(folder)
    everywhere: dict[str, JsonValue] = {
        "git": {"commit": HOSTILE, "clean": True},
        "formal": {"name": HOSTILE, HOSTILE: HOSTILE},
        "setup": {HOSTILE: HOSTILE},
        "plan": hashed(HOSTILE, title=HOSTILE, phase=HOSTILE, rule=HOSTILE),
        "software": hashed(HOSTILE, libraries={HOSTILE: HOSTILE}),
        "conditions": {HOSTILE: HOSTILE},
        "coverage": hashed(HOSTILE),
        "requirements": [
            {
                **dict.fromkeys(
                    ("id", "text", "source", "hazard", "kind", "limit", "absent"),
                    HOSTILE,
                ),
                "gip": [HOSTILE],
                "features": [HOSTILE],
            }
        ],
        "subjects": [dict.fromkeys(("id", "kind", "title", "absent"), HOSTILE)],
        "plan_cases": [
            {
                **planned(HOSTILE, [HOSTILE], HOSTILE),
                "positive": [HOSTILE],
                "form": HOSTILE,
            },
            planned(MAGNET, []),
        ],
        "proofs": [
            {**proof(*[HOSTILE] * 3), "also_fails": [HOSTILE], "because": HOSTILE}
        ],
        "partial_reasons": [HOSTILE],
        "fidelity": HOSTILE,
        "cases": [MAGNET, HOSTILE],
    }
    run.begin(**everywhere)
    run.instrument("pump", HOSTILE, HOSTILE)
    run.instrument(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    write_hostile_past(run)
    run.begin_case(MAGNET)
    run.recorder.exchange(HOSTILE, EPOCH_NS, b"\r", EPOCH_NS + 1, HOSTILE.encode())
    run.recorder.stimulus(HOSTILE, HOSTILE)
    run.recorder.stimulus(HOSTILE, HOSTILE)
    run.recorder.alarm(HOSTILE, active=[HOSTILE], raised=[HOSTILE], cleared=[])
    run.record(Kind.LINK, instrument=HOSTILE, event="lost", reason=HOSTILE)
    run.recorder.operator(HOSTILE, HOSTILE)
    run.recorder.note(HOSTILE)
    run.recorder.intent(HOSTILE, HOSTILE, text=HOSTILE)
    curve: list[JsonValue] = [[0.0, 1.0], [1.0, 2.0]]
    run.record(
        Kind.SERIES,
        name="flow",
        unit=HOSTILE,
        points=curve,
        text=HOSTILE,
        origin_ns=None,
    )
    value = replace(measured(5.0, 0.05, "minute"), instrument=HOSTILE)
    run.judge(MAGNET, "ITB-STL-001", value)
    fact = run.judge_fact(MAGNET, HOSTILE, False, HOSTILE)
    run.end_case(MAGNET, "FAIL", HOSTILE)
    run.record(Kind.VOID, records=[fact], reason=HOSTILE)
    run.record(Kind.FAULT, state="BENCH_FAULT", error=HOSTILE, reason=HOSTILE)
    run.record(Kind.SAFE_STATE, role=HOSTILE, outcome=HOSTILE)
    run.end()
    return folder


def write_hostile_past(run: Writer) -> None:
    """Checks, an earlier run and a resume, all of them attacks."""
    run.record(
        Kind.CHECK,
        **dict.fromkeys(("moment", "instrument", "name", "unit", "statement"), HOSTILE),
        value=1.0,
        u=0.1,
        lower=None,
        upper=None,
        holds=None,
    )
    said: dict[str, JsonValue] = {
        **dict.fromkeys(("requirement", "statement"), HOSTILE),
        "case": MAGNET,
        "verdict": "PASS",
        "seq": 7,
    }
    run.record(
        Kind.EARLIER,
        run=HOSTILE,
        digest=HOSTILE,
        head=HOSTILE,
        state="COMPLETE",
        verdicts=[said],
    )
    run.record(
        Kind.RESUME,
        records=1,
        last_ns=EPOCH_NS,
        torn="",
        case=HOSTILE,
        rule=HOSTILE,
        decision=HOSTILE,
        reason=HOSTILE,
    )


def signed(**changes: Any) -> DeviationRecord:
    """A deviation in which every text is an attack, but for what is changed."""
    texts = ("id", "text", "root_cause", "name", "role", "time", "key_id", "why_not")
    given: dict[str, Any] = {
        **dict.fromkeys(texts, HOSTILE),
        "requirements": (HOSTILE,),
        "invalidates": ((HOSTILE, 7),),
        "in_force": False,
    }
    return DeviationRecord(**{**given, **changes})


def test_the_page_leads_with_the_verdict_and_what_restricts_it(
    sample_page: Elements,
) -> None:
    text = sample_page.text

    order = ["FAIL", "SIMULATED", "RP40-000123", "B512-0077", "2026-08-31"]
    places = [text.index(each, text.index("verification report")) for each in order]
    assert places == sorted(places)


def test_the_page_holds_what_an_auditor_asks_for(
    sample: RunRecord, sample_page: Elements
) -> None:
    files = (sample.header.plan, sample.header.register, sample.header.bench)
    wanted = [
        *TEXTS.values(),
        *CASES,
        *(file.sha256 for file in files),
        sample.integrity.head,
        "+1.23 % ± 0.85 %",
        "-10 % to 10 %",
        "+8.77 %",
        "at most 20 min",
        "-11.00 min",
        "k = 2.06, 24 degrees of freedom",
        "air temperature",
        "+00:31:00",
        "not calibrated",
        "ITB-SCH-001/steps",
        "start_continuous",
    ]
    assert [each for each in wanted if each not in sample_page.text] == []


def test_the_procedures_are_folded_up(sample: RunRecord, sample_html: str) -> None:
    inside = sample_html.partition("2 files of procedures</summary>")[2]

    folded = inside.partition("</details>")[0]
    hashes = [each.sha256 for each in sample.header.procedures]
    assert [sample_html.count(each) for each in hashes] == [1, 1]
    assert all(each in folded for each in hashes)
    assert sample.header.plan.sha256 not in folded


def test_every_case_shows_its_form(tmp_path: Path) -> None:
    fast = "accelerated: the same volume at a higher rate"
    unreal = "simulator only: it takes 90 days"
    cases: list[JsonValue] = [
        {**planned(MAGNET, ["ITB-STL-001"]), "form": fast},
        {**planned("ITB-EOS-001/90-days", [], unreal), "form": unreal},
    ]
    run = of_journal(write(tmp_path, plan_cases=cases))

    rows = {r.id: r for group in run_view(run).trace.cases for r in group.rows}
    assert (rows[MAGNET].form, rows[MAGNET].why_not) == (fast, "")
    assert rows["ITB-EOS-001/90-days"].why_not == unreal
    text = Elements(page(run_view(run))).text
    assert fast in text
    assert unreal in text


def test_the_page_needs_no_script_and_nothing_from_outside(
    sample_page: Elements,
) -> None:
    tags = [tag for tag, _ in sample_page.tags]
    policies = [a.get("content") for t, a in sample_page.tags if t == "meta"]

    assert not {"script", "link", "iframe", "object", "img"} & set(tags)
    assert any(policy and "default-src 'none'" in policy for policy in policies)
    for name, value in attributes(sample_page):
        assert name not in ("src", "action", "srcset")
        if name in ("href", "xlink:href"):
            assert value.startswith("#")


def test_every_link_has_a_target_and_every_id_is_unique(sample_page: Elements) -> None:
    given = list(attributes(sample_page))
    ids = [value for name, value in given if name == "id"]
    anchors = [value for name, value in given if name == "href"]

    assert {anchor.removeprefix("#") for anchor in anchors} <= set(ids)
    assert len([i for i in ids if i.startswith("case-")]) == len(CASES)


def test_one_record_gives_one_page(sample: RunRecord, sample_html: str) -> None:
    assert page(run_view(sample)) == sample_html
    assert facts(sample) == facts(sample)


@pytest.mark.parametrize("render", [page, index])
def test_no_text_of_others_becomes_html(
    hostile: RunRecord, render: Callable[[RunView], str]
) -> None:
    html = Elements(render(run_view(hostile)))

    assert not {"script", "img"} & {tag for tag, _ in html.tags}
    assert not [name for name, _ in attributes(html) if name.startswith("on")]
    assert html.text.count(ATTACK) > 90


def test_the_budget_stands_largest_first_and_adds_up(sample: RunRecord) -> None:
    case = sample.cases[0]
    view = judgement_view(case, case.verdicts[0], {})

    assert [line.name for line in view.budget] == [
        "plateau noise",
        "evaporation",
        "calibration",
    ]
    assert [line.share for line in view.budget] == ["73.5 %", "18.4 %", "8.2 %"]


@pytest.mark.parametrize(
    ("changes", "state", "stamps", "headline"),
    [
        ({}, "COMPLETE", [], "PASS"),
        ({"fidelity": "wire"}, "COMPLETE", ["SIMULATED"], "PASS"),
        ({"partial": True}, "COMPLETE", ["PARTIAL"], "PASS, PARTIAL"),
        ({"engineering": ["x"]}, "COMPLETE", ["ENGINEERING"], "PASS, ENGINEERING"),
        ({}, "BENCH_FAULT", ["BENCH FAULT"], "PASS, run BENCH FAULT"),
        ({}, "", ["INCOMPLETE", "ABORTED"], "INCONCLUSIVE, run ABORTED"),
    ],
)
def test_what_restricts_a_pass_is_stamped_on_it(
    tmp_path: Path,
    changes: dict[str, JsonValue],
    state: str,
    stamps: list[str],
    headline: str,
) -> None:
    run = Writer(tmp_path)
    run.begin(**{"cases": [MAGNET], "fidelity": "hardware", **changes})
    run.begin_case(MAGNET)
    run.judge(MAGNET, "ITB-STL-001", measured(5.0, 0.05, "minute"))
    run.end_case(MAGNET, "PASS", "inside")
    if state:
        run.end(state)
    else:
        run.cut_off()

    view = run_view(of_journal(tmp_path))

    assert [stamp.word for stamp in view.stamps] == [*stamps, "UNSIGNED"]
    assert view.headline == headline
    assert (view.tone is Verdict.PASS) == (headline == "PASS")


def test_a_broken_journal_is_said_first(tmp_path: Path) -> None:
    (file,) = write(tmp_path).glob("journal-*.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"value":31.', b'"value":11.'))
    run = of_journal(tmp_path)

    view = run_view(run)

    assert view.stamps[0].word == "JOURNAL BROKEN"
    assert dict(view.completeness.rows)["hash chain"].startswith("BROKEN")
    assert json.loads(facts(run))["broken"].startswith("journal-0001.jsonl, line")


def test_a_limit_that_is_not_specified_has_no_scale(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[MAGNET])
    run.begin_case(MAGNET)
    unspecified = replace(
        declared("ITB-STL-001"), upper=None, unspecified=("alarm.motor_stall.deadline",)
    )
    seq = run.record(Kind.LIMIT, case=MAGNET, **unspecified.to_json())
    run.limits["ITB-STL-001"] = (seq, unspecified)
    run.judge(MAGNET, "ITB-STL-001", measured(5.0, 0.05, "minute"))
    run.end()

    (judgement,) = run_view(of_journal(tmp_path)).cases[0].last.judgements

    assert judgement.limit == "not specified"
    assert judgement.gauge is None
    assert judgement.measured.startswith("5.00 min")
    assert "alarm.motor_stall.deadline" in judgement.statement


def test_a_withdrawn_verdict_shows_what_it_was(hostile: RunRecord) -> None:
    _, withdrawn = run_view(hostile).cases[0].last.judgements

    assert withdrawn.recorded == "FAIL"
    assert withdrawn.verdict.name == "INCONCLUSIVE"


def test_facts_hold_verdicts_and_the_whole_record(sample: RunRecord) -> None:
    read = json.loads(facts(sample))

    assert read["verdict"] == "FAIL"
    assert read["state"] == "COMPLETE"
    assert read["simulated"] is True
    assert read["cases"][MAGNET] == "FAIL"
    assert read["requirements"]["ITB-FLOW-001"] == "INCONCLUSIVE"
    first = read["record"]["cases"][0]
    assert first["verdicts"][0]["recorded"] == "PASS"
    assert first["measurements"][0]["value"] == pytest.approx(1.23)
    assert first["measurements"][0]["budget"][0]["dof"] == "inf"


def test_a_row_has_a_line_for_each_judgement(sample: RunRecord) -> None:
    low, _, magnet, day = (case_row(sample, case) for case in sample.cases)

    assert len(COLUMNS) == len(low)
    assert low[0] == ("PASS",)
    assert low[2] == ("ITB-FLOW-001", "ITB-CNT-001")
    assert low[3] == ("+1.23 % ± 0.85 %", "+0.0200 % ± 0.0083 %")
    assert magnet[4:] == (("at most 20 min",), ("-11.00 min",), ("31 min",))
    assert day[3][1].startswith("no message")


def test_a_cell_is_escaped() -> None:
    assert cell((HOSTILE, "b"), "col-x").count("<") == 3
    assert cell(("a", "b"), "col-x") == '<td class="col-x">a<br>b</td>'


@pytest.mark.parametrize(
    ("value", "u", "unit", "signed", "said"),
    [
        (1.2345, 0.846, "percent", True, "+1.23 % ± 0.85 %"),
        (-1.2345, 0.0123, "milliliter", False, "-1.234 mL ± 0.012 mL"),
        (1234.5, 123.0, "hour", False, "1234 h ± 123 h"),
        (0.25, 2.3e-7, "mL", False, "0.25 mL ± 2.3e-07 mL"),
        (0.25, 0.0, "mL", False, "0.25 mL ± 0 mL"),
        (0.25, math.inf, "mL", False, "0.25 mL ± ∞ mL"),
        (math.nan, 0.1, "mL", False, "not a finite number mL ± 0.10 mL"),
    ],
)
def test_a_value_is_shown_to_the_second_digit_of_its_u(
    value: float, u: float, unit: str, signed: bool, said: str
) -> None:
    assert wording.with_u(value, u, unit, signed=signed) == said


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("milliliter", "mL"),
        ("µL/hour", "µL/h"),
        ("percent", "%"),
        ("minute", "min"),
        ("1", ""),
        ("no such unit", "no such unit"),
        (HOSTILE, HOSTILE),
    ],
)
def test_units_are_short(unit: str, said: str) -> None:
    assert wording.symbol(unit) == said


@pytest.mark.parametrize(
    ("lower", "upper", "said", "is_signed"),
    [
        (-10.0, 10.0, "-10 % to 10 %", True),
        (None, None, "not specified", False),
        (None, 20.0, "at most 20 %", False),
        (24.0, None, "at least 24 %", False),
    ],
)
def test_limits_are_words(
    lower: float | None, upper: float | None, said: str, is_signed: bool
) -> None:
    limit = LimitRecord(1, "R", lower, upper, "percent", "rule", "source")

    assert wording.limit(limit) == said
    assert wording.is_signed(limit) is is_signed


def test_times_are_utc_and_durations_short() -> None:
    assert wording.utc(EPOCH_NS + 999_999_999) == "2026-01-01 00:00:00 UTC"
    assert wording.duration(90 * NS_PER_S) == "1.5 min"
    assert wording.duration(36 * 3600 * NS_PER_S) == "1.5 d"
    assert wording.duration(1190 * 86_400 * NS_PER_S) == "1190 d"
    assert wording.clock((26 * 3600 + 61) * NS_PER_S) == "+1 d 02:01:01"


def test_a_value_is_converted_to_the_unit_of_its_limit() -> None:
    assert wording.convert(1.0, "hour", "minute") == pytest.approx(60.0)
    assert wording.convert(1.0, "hour", "mL") is None
    assert wording.convert(1.0, HOSTILE, "mL") is None


def attributes(html: Elements) -> Iterator[tuple[str, str]]:
    for _, given in html.tags:
        for name, value in given.items():
            yield name, value or ""
