"""A qualification as a bundle: audit and verifier see every way of altering it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.bundle import audit, bundling, opened, pack_bundle, verifier
from harness.bundle.attestations import Role
from harness.bundle.auditor import Auditor
from harness.bundle.findings import Audit, Conclusion
from harness.errors import ConfigurationError
from harness.judging import Verdict
from harness.qualification.pack import DATA, PAGE, QUALIFIED
from harness.qualification.pack_page import page
from tests.harness.bundle.bundled import ANNA, BERT, CODES, ignore
from tests.harness.qualification import packs
from tests.harness.qualification.packs import contents, judged, outcomes

RESULTS = "campaigns/1/results.jsonl"
TRUSTED = (ANNA.key.public, BERT.key.public)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return packs.write(tmp_path / "pack", packs.pack())


def made(folder: Path) -> Path:
    output = folder.with_name("pack.zip")
    pack_bundle.make(folder, output, ANNA, ignore)
    return output


def audited(path: Path) -> Audit:
    """The audit; the stand-alone verifier must find the same."""
    software = str(packs.SOFTWARE["sha256"])
    found = audit.audit(path, Auditor.trusting(TRUSTED, (), software), ignore)
    keys = {each.key_id: each for each in TRUSTED}
    raw = {k: verifier.load_key(e.to_pem(), k)[1] for k, e in keys.items()}
    code, _ = verifier.verify(path, raw)
    assert code == CODES[found.conclusion.name]
    return found


def test_a_pack_is_signed_approved_and_trusted(folder: Path) -> None:
    path = made(folder)
    for role, who in ((Role.PERFORMED, ANNA), (Role.APPROVED, BERT)):
        bundling.sign(opened.scan(path, ignore), role, who, ignore)
    found = audited(path)
    assert found.conclusion is Conclusion.TRUSTED
    assert found.verdict == QUALIFIED
    assert found.sentence.startswith("TRUSTED: QUALIFIED; performed by Anna Example")


def test_one_that_is_not_qualified_says_so(tmp_path: Path) -> None:
    runs = [each for each in outcomes() if each.job != "D03"]
    files = contents(runs)
    folder = packs.write(tmp_path / "pack", packs.pack(files), files)
    found = audited(made(folder))
    assert found.sentence.startswith("TRUSTED: NOT QUALIFIED;")


@pytest.mark.parametrize("name", [DATA, PAGE, RESULTS])
def test_an_altered_file_is_not_bundled(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"REQ-003", b"REQ-004", 1))
    with pytest.raises(ConfigurationError, match=r"altered|not the page"):
        made(folder)
    path.unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        made(folder)


def test_a_file_beside_it_is_not_bundled(folder: Path) -> None:
    (folder / "notes.txt").write_text("trust me", encoding="ascii")
    with pytest.raises(ConfigurationError, match="no part of the qualification"):
        made(folder)


@pytest.mark.parametrize("text", [b"QUALIFIED", b"REQ-003", b'"passed"'])
def test_an_altered_bundle_is_altered(folder: Path, text: bytes) -> None:
    path = made(folder)
    data = path.read_bytes()
    assert text in data
    path.write_bytes(data.replace(text, text[:-1] + b"X", 1))
    assert audited(path).conclusion is Conclusion.ALTERED


def test_what_the_campaigns_do_not_show_is_altered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A maker with a trusted key, who writes down better parts than the runs give.
    missed = [
        packs.run("D03", each.kind, [judged("REQ-003", Verdict.PASS)], "D03")
        if each.job == "D03"
        else each
        for each in outcomes()
    ]
    files = contents(missed)
    lying = replace(packs.pack(), files=packs.pack(files).files)
    monkeypatch.setattr(pack_bundle, "read", lambda _: lying)
    folder = packs.write(tmp_path / "pack", lying, files)
    software = str(packs.SOFTWARE["sha256"])
    found = audit.audit(made(folder), Auditor.trusting(TRUSTED, (), software), ignore)
    assert found.conclusion is Conclusion.ALTERED
    assert "what the campaigns show is not what follows" in found.sentence


def test_a_statement_that_says_more_is_altered(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [each for each in outcomes() if each.job != "D03"]
    files = contents(runs)
    bad = packs.write(tmp_path / "bad", packs.pack(files), files)
    better = pack_bundle.result(packs.pack())
    monkeypatch.setattr(pack_bundle, "result", lambda _: better)
    path = made(bad)
    monkeypatch.undo()
    assert audited(path).conclusion is Conclusion.ALTERED


def test_a_page_that_is_another_is_altered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = packs.pack()
    (folder / PAGE).write_text(page(pack).replace("Kill", "Ki11"), encoding="utf-8")
    monkeypatch.setattr(pack_bundle, "read", lambda _: pack)
    path = made(folder)
    software = str(packs.SOFTWARE["sha256"])
    own = audit.audit(path, Auditor.trusting(TRUSTED, (), software), ignore)
    assert own.conclusion is Conclusion.ALTERED
    other = audit.audit(path, Auditor.trusting(TRUSTED, (), "00" * 32), ignore)
    assert other.conclusion is Conclusion.TRUSTED
    assert any("another version made" in each.text for each in other.checks)


def test_a_stranger_is_not_trusted(folder: Path) -> None:
    nobody = Auditor.trusting((), (), str(packs.SOFTWARE["sha256"]))
    found = audit.audit(made(folder), nobody, ignore)
    assert found.conclusion is Conclusion.UNTRUSTED


def test_the_statement_is_one_of_in_toto(folder: Path) -> None:
    path = made(folder)
    (stated,) = opened.scan(path, ignore).attestations()
    assert stated.result["result"] == "PASSED"
    assert stated.result["run"]["verdict"] == QUALIFIED
    assert stated.result["failedTests"] == []
    assert json.loads((folder / DATA).read_bytes())["verdict"] == QUALIFIED
