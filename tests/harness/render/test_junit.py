"""A run as JUnit XML, read with a parser that knows nothing of it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.records import Kind
from harness.render import junit
from harness.render.run_fold import of_journal
from tests.harness.render import sample_run
from tests.harness.render.sample_run import Writer, measured

LOW, MIDDLE, MAGNET, DAY = sample_run.CASES
# Elements with their attributes and children, as the schema of the Jenkins plugin
# xUnit has them, and properties of a test as pytest adds them.
SHAPE = {
    "testsuites": ({"name"}, {"testsuite"}),
    "testsuite": (
        {
            "name",
            "tests",
            "failures",
            "errors",
            "skipped",
            "time",
            "timestamp",
        },
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"classname", "name", "time"},
        {"properties", "failure", "error", "skipped", "system-out"},
    ),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}


def read(folder: Path) -> ET.Element:
    return ET.fromstring(junit.as_xml(of_journal(folder)))


def properties(of: ET.Element | None) -> dict[str, str]:
    assert of is not None
    return {
        str(each.get("name")): str(each.get("value"))
        for each in of.findall("properties/property")
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_run.write(tmp_path_factory.mktemp("sample"))


def test_the_shape_is_the_known_one(sample: Path) -> None:
    for element in read(sample).iter():
        attributes, children = SHAPE[element.tag]
        assert set(element.attrib) == attributes
        assert {child.tag for child in element} <= children


def test_each_case_is_a_test_with_its_verdict(sample: Path) -> None:
    suite = read(sample).find("testsuite")
    assert suite is not None
    found = {}
    for test in suite.findall("testcase"):
        bad = [each for each in test if each.tag in ("failure", "error", "skipped")]
        found[test.get("name")] = [(each.tag, each.get("type")) for each in bad]

    assert found == {
        LOW: [],
        MIDDLE: [("failure", "INCONCLUSIVE")],
        MAGNET: [("failure", "FAIL")],
        DAY: [],
        "ITB-SCH-001/steps": [("skipped", "skipped")],
    }
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors")}
    assert counts == {"tests": "5", "failures": "2", "errors": "0"}
    assert suite.get("skipped") == "1"
    assert suite.get("timestamp") == "2026-01-01T00:00:00"


def test_properties_lead_to_the_record(sample: Path) -> None:
    run, root = of_journal(sample), read(sample)
    suite = properties(root.find("testsuite"))
    assert suite["plan.sha256"] == run.header.plan.sha256
    assert suite["run"] == run.digest
    assert suite["head"] == run.integrity.head
    assert suite["marks"].startswith("SIMULATED")
    assert suite["pump.serial"] == "RP40-000123"
    test = next(each for each in root.iter("testcase") if each.get("name") == MAGNET)
    (verdict,) = (v for c in run.cases for v in c.verdicts if c.id == MAGNET)
    said = properties(test)
    assert said["ITB-STL-001"] == said["verdict"] == "FAIL"
    assert said["ITB-STL-001.seq"] == str(verdict.seq)
    assert said["requirement"] == "ITB-STL-001"
    assert said["marks"] == suite["marks"]


def test_a_run_that_was_cut_off_is_an_error(tmp_path: Path) -> None:
    written = Writer(tmp_path)
    written.begin(cases=[LOW])
    written.begin_case(LOW)
    written.judge(LOW, "ITB-FLOW-001", measured(1.0, 0.1))
    written.judge(LOW, "ITB-CNT-001", measured(0.0, 0.004))
    written.end_case(LOW, "PASS", "judged")
    written.recorder.journal.close()

    root = read(tmp_path)
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.get("errors") == "1"
    (error,) = root.iter("error")
    assert "no end record" in str(error.get("message"))
    assert suite.get("tests") == str(len(list(root.iter("testcase"))))


def test_a_case_in_which_the_bench_broke_is_an_error(tmp_path: Path) -> None:
    written = Writer(tmp_path)
    written.begin(cases=[LOW])
    written.begin_case(LOW)
    written.record(Kind.FAULT, state="BENCH_FAULT", error="PortFault", reason="gone")
    written.end_case(LOW, "INCONCLUSIVE", "PortFault: gone")
    written.end("BENCH_FAULT")

    errors = [each.get("message") for each in read(tmp_path).iter("error")]
    assert errors == ["INCONCLUSIVE: PortFault: gone", "BENCH_FAULT: PortFault: gone"]


@given(st.text(st.characters()))
def test_no_text_makes_it_no_xml(text: str) -> None:
    element = junit._element("failure", text, message=text)

    read_back = ET.fromstring(ET.tostring(element, encoding="unicode"))
    printable = all(c >= " " and c not in "\x7f\ufffe\uffff" for c in text)
    if printable and "\r" not in text and not junit._FORBIDDEN.search(text):
        assert read_back.get("message") == text
        assert (read_back.text or "") == text
