"""What an audit says of bundles in every state; the stand-alone verifier agrees."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.bundle import audit, bundling, opened
from harness.bundle.attestations import Role, Signatory
from harness.bundle.auditor import Auditor
from harness.bundle.findings import Audit, Finding
from harness.errors import ConfigurationError, SignatureFault
from harness.evidence.identity import placed_records, run_digest
from harness.evidence.records import Kind
from harness.signing import deviations, succession
from harness.signing.deviations import Deviation, Invalidated
from tests.harness.bundle import bundled
from tests.harness.bundle.bundled import ANNA, BERT, CARL, STRANGER

ALL = (ANNA, BERT, CARL)


def said(found: Audit, subject: str) -> list[str]:
    return [each.text for each in found.checks if each.subject == subject]


def test_a_bundle_of_trusted_people_is_trusted(made: Path) -> None:
    assert bundled.both(made, *ALL) == "TRUSTED"
    found = bundled.audited(made, *ALL)
    assert {each.finding for each in found.checks} == {Finding.HOLDS}
    assert found.sentence == (
        "TRUSTED: PASS, marked SIMULATED, ENGINEERING; performed by Anna Example"
        " on 2026-09-21; reviewed by Bert Example on 2026-09-21; approved by Carl"
        " Example on 2026-09-21"
    )
    _, lines = bundled.verified(made, *ALL)
    assert lines[-1] == "TRUSTED: the signed verdict is PASS SIMULATED ENGINEERING"


def test_without_a_trusted_key_nothing_is_trusted(made: Path) -> None:
    assert bundled.both(made) == "UNTRUSTED"
    assert bundled.both(made, STRANGER) == "UNTRUSTED"


@pytest.mark.parametrize("missing", ALL)
def test_every_signature_has_to_be_trusted(made: Path, missing: Signatory) -> None:
    trusted = [each for each in ALL if each is not missing]
    assert bundled.both(made, *trusted) == "UNTRUSTED"
    assert missing.name in bundled.audited(made, *trusted).sentence


def test_a_run_that_was_cut_off_is_incomplete(tmp_path: Path) -> None:
    run = bundled.run(tmp_path / "run", ends=False)
    path = bundled.bundle(run, tmp_path / "run.zip")
    assert bundled.both(path, ANNA) == "INCOMPLETE"
    assert "INCONCLUSIVE" in bundled.audited(path, ANNA).verdict


def test_a_line_that_was_cut_off_is_incomplete_too(tmp_path: Path) -> None:
    run = bundled.run(tmp_path / "run")
    journal = run / "journal-0001.jsonl"
    journal.write_bytes(journal.read_bytes()[:-1])
    bundled.rebuild(run)
    path = bundled.bundle(run, tmp_path / "run.zip")
    assert bundled.both(path, ANNA) == "INCOMPLETE"


def test_the_same_run_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    one, two = (bundled.bundle(run, tmp_path / f"{n}.zip") for n in (1, 2))
    assert one.read_bytes() == two.read_bytes()
    later = replace(ANNA, t_ns=ANNA.t_ns + 10**9)
    other = bundled.unpacked(bundled.bundle(run, tmp_path / "3.zip", later))
    same = {n: d for n, d in bundled.unpacked(one).items() if "statement" not in n}
    assert same == {n: d for n, d in other.items() if "statement" not in n}


def test_the_statement_is_a_test_result_of_in_toto(
    made: Path, files: dict[str, bytes]
) -> None:
    envelope = json.loads(files["attestations/0001-statement.dsse.json"])
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    statement = opened.scan(made, bundled.ignore).attestations()[0]
    digest = hashlib.sha256(files["manifest.sha256"]).hexdigest()
    assert statement.manifest == digest
    # A simulated run never reads as passed, whatever its verdict is.
    assert statement.result["result"] == "WARNED"
    assert statement.result["passedTests"] == [bundled.CASE]
    assert statement.result["failedTests"] == []
    assert statement.result["run"]["marks"] == ["SIMULATED", "ENGINEERING"]
    named = {
        e["name"]: e["digest"]["sha256"] for e in statement.result["configuration"]
    }
    assert named["plan.toml"] == hashlib.sha256(b"plan.toml").hexdigest()


def test_a_failed_run_stays_failed(tmp_path: Path) -> None:
    run = bundled.run(tmp_path / "run", fails=True)
    path = bundled.bundle(run, tmp_path / "run.zip")
    statement = opened.scan(path, bundled.ignore).attestations()[0]
    assert statement.result["result"] == "FAILED"
    assert statement.result["failedTests"] == [bundled.CASE]
    assert bundled.audited(path, ANNA).verdict.startswith("FAIL")


def test_who_performed_neither_reviews_nor_approves(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.zip"
    for role, signatory in ((Role.REVIEWED, ANNA), (Role.PERFORMED, CARL)):
        path.write_bytes(made.read_bytes())
        with pytest.raises(ConfigurationError, match="another person"):
            bundled.sign(path, role, signatory)
        assert path.read_bytes() == made.read_bytes()


def test_two_roles_of_one_key_in_a_forged_row_are_untrusted(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bundled.bundle(run, tmp_path / "run.zip", BERT)
    monkeypatch.setattr(bundling, "conflict", lambda *_: None)
    bundled.sign(path, Role.PERFORMED, ANNA)
    bundled.sign(path, Role.APPROVED, ANNA)
    monkeypatch.undo()
    assert bundled.both(path, *ALL) == "UNTRUSTED"
    assert "one key signed" in bundled.audited(path, *ALL).sentence


def test_a_successor_is_trusted_and_is_the_same_person(
    run: Path, tmp_path: Path
) -> None:
    path = bundled.bundle(run, tmp_path / "run.zip")
    bundled.sign(path, Role.PERFORMED, ANNA)
    envelope = succession.succeed(ANNA.key, STRANGER.key, ANNA.t_ns)
    followed = succession.parse(envelope.to_bytes(), "a succession")
    bundled.sign(path, Role.APPROVED, STRANGER)
    asks = Auditor.trusting([ANNA.key.public], [followed], bundled.SOFTWARE)
    found = audit.audit(path, asks, bundled.ignore)
    assert "with the trusted key" in said(found, "approved")[0]
    assert found.sentence.startswith("UNTRUSTED: one key signed")


def test_a_new_bundle_keeps_the_old_sign_offs_as_superseded(
    made: Path, tmp_path: Path
) -> None:
    run = bundled.run(tmp_path / "run")
    (run / "run.json").write_text('{"later": true}\n')
    path = bundled.bundle(run, tmp_path / "new.zip", ANNA, made)
    assert bundled.both(path, *ALL) == "TRUSTED"
    found = bundled.audited(path, *ALL)
    assert "SUPERSEDED" in said(found, "approved")[0]
    assert "not signed off as performed, reviewed, approved" in found.sentence
    bundled.sign(path, Role.APPROVED, CARL)
    assert "approved by Carl" in bundled.audited(path, *ALL).sentence
    # Nobody has to be trusted for what no longer counts.
    assert bundled.both(path, ANNA, CARL) == "TRUSTED"


def test_a_bundle_of_another_run_is_not_replaced(made: Path, tmp_path: Path) -> None:
    other = bundled.run(tmp_path / "run")
    lines = (other / "journal-0001.jsonl").read_bytes().splitlines(keepends=True)
    lines[0] = lines[0].replace(b'"seed":1', b'"seed":2')
    (other / "journal-0001.jsonl").write_bytes(bundled.rechained(lines))
    bundled.rebuild(other)
    with pytest.raises(ConfigurationError, match="of another run"):
        bundled.bundle(other, tmp_path / "new.zip", ANNA, made)
    assert not (tmp_path / "new.zip").exists()


def test_another_version_cannot_tell_what_this_one_rebuilds(made: Path) -> None:
    asks = bundled.auditor(*ALL, software="0" * 64)
    found = audit.audit(made, asks, bundled.ignore)
    assert found.sentence.startswith("TRUSTED")
    changed = replace_facts(made)
    found = audit.audit(changed, asks, bundled.ignore)
    assert "another version made facts.json" in said(found, "rebuilt")[0]
    found = audit.audit(changed, bundled.auditor(*ALL), bundled.ignore)
    assert found.sentence.startswith("ALTERED: facts.json")


def replace_facts(made: Path) -> Path:
    """A bundle whose maker signed facts that do not follow from the journal."""
    from tests.harness.bundle.forging import resigned  # noqa: PLC0415

    files = bundled.unpacked(made)
    files["run/facts.json"] = files["run/facts.json"].replace(b"PASS", b"FAIL", 1)
    path = made.with_name("facts.zip")
    path.write_bytes(resigned(files, ANNA))
    return path


def deviate(run: Path, signatory: Signatory, role: deviations.Role) -> None:
    placed = list(placed_records(run, frozenset({Kind.VERDICT})))
    failed = next(e for e in placed if e.record.fields["verdict"] == "FAIL")
    deviation = Deviation(
        id="DEV-2026-001",
        text="The log was read from the wrong pump.",
        root_cause="Two pumps stood on the bench.",
        name=signatory.name,
        role=role,
        t_ns=signatory.t_ns,
        invalidates=(Invalidated(failed.head, failed.record.seq),),
    )
    deviations.add(run, deviations.sign(deviation, run_digest(run), signatory.key))
    bundled.rebuild(run)


def test_a_deviation_counts_only_by_a_trusted_key(tmp_path: Path) -> None:
    run = bundled.run(tmp_path / "run", fails=True)
    deviate(run, BERT, deviations.Role.REVIEWER)
    path = bundled.bundle(run, tmp_path / "run.zip")
    found = bundled.audited(path, ANNA, BERT)
    assert bundled.both(path, ANNA, BERT) == "TRUSTED"
    assert found.verdict.startswith("INCONCLUSIVE"), found.verdict
    assert bundled.both(path, ANNA) == "UNTRUSTED"
    assert bundled.audited(path, ANNA).verdict.startswith("FAIL")


def test_a_deviation_by_the_performer_counts_nothing(tmp_path: Path) -> None:
    run = bundled.run(tmp_path / "run", fails=True)
    deviate(run, ANNA, deviations.Role.REVIEWER)
    path = bundled.bundle(run, tmp_path / "run.zip", BERT)
    bundled.sign(path, Role.PERFORMED, ANNA)
    assert bundled.both(path, ANNA, BERT) == "UNTRUSTED"
    found = bundled.audited(path, ANNA, BERT)
    assert found.sentence.startswith("UNTRUSTED: DEV-2026-001")
    assert found.verdict.startswith("FAIL")


@pytest.mark.parametrize("name", ["", "x" * 101, "a\x00b", "a\u202eb"])
def test_a_name_that_deceives_is_not_signed_with(run: Path, name: str) -> None:
    with pytest.raises(SignatureFault, match="the name is"):
        bundled.bundle(run, run.with_suffix(".zip"), replace(ANNA, name=name))
    assert not run.with_suffix(".zip").exists()


def test_a_bundle_is_never_overwritten(run: Path, made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(ConfigurationError, match="exists"):
        bundled.bundle(run, made)
    assert made.read_bytes() == before
    assert list(made.parent.glob("*.part")) == []


def test_an_audit_leaves_nothing_behind(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    bundled.audited(made, *ALL)
    assert list(tmp_path.iterdir()) == []
