"""Bundles that look formal and are not: whoever has the run and one key made them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.bundle.attestations import Role, Signatory
from harness.bundle.findings import Audit
from harness.evidence.identity import placed_records, run_digest
from harness.evidence.records import Kind
from harness.render.run_fold import of_journal
from harness.signing import approvals, deviations
from harness.signing.deviations import Deviation, Invalidated
from tests.harness.bundle import bundled
from tests.harness.bundle.bundled import ANNA, BERT, CARL, STRANGER
from tests.harness.render import sample_run

ALL = (ANNA, BERT, CARL)
APPROVER = replace(CARL, t_ns=bundled.BEFORE_NS)


def said(found: Audit, subject: str) -> str:
    return "; ".join(each.text for each in found.checks if each.subject == subject)


def made(folder: Path, maker: Signatory = ANNA, *roles: Role) -> Path:
    path = bundled.bundle(folder, folder.with_suffix(".zip"), maker)
    for role in roles:
        bundled.sign(path, role, maker)
    return path


def test_a_formal_run_that_deserves_it(tmp_path: Path) -> None:
    path = bundled.signed_off(made(bundled.formal_run(tmp_path / "run")))
    found = bundled.audited(path, *ALL)

    assert bundled.both(path, *ALL) == "TRUSTED"
    assert found.verdict == "PASS"
    assert "approved before, by Carl Example" in said(found, "approval")
    assert said(found, "formal").startswith("nothing in the journal")


def test_an_approval_by_somebody_whom_the_auditor_does_not_trust(
    tmp_path: Path,
) -> None:
    path = made(bundled.formal_run(tmp_path / "run", replace(STRANGER, t_ns=1)))

    assert bundled.both(path, *ALL) == "UNTRUSTED"
    found = bundled.audited(path, *ALL)
    assert "not among the 3 trusted keys" in said(found, "approval")


@pytest.mark.parametrize("roles", [(), (Role.PERFORMED,), (Role.REVIEWED,)])
def test_a_performer_approves_nothing_by_whatever_name(
    tmp_path: Path, roles: tuple[Role, ...]
) -> None:
    own = replace(ANNA, name="Carl Example", t_ns=bundled.BEFORE_NS)
    path = made(bundled.formal_run(tmp_path / "run", own), ANNA, *roles)

    assert bundled.both(path, *ALL) == "UNTRUSTED"
    assert "whoever performed" in said(bundled.audited(path, *ALL), "approval")


@pytest.mark.parametrize(
    "file", ["plan plan.toml", "procedure test_delivery.py", "coverage coverage.toml"]
)
def test_an_approval_of_other_files(tmp_path: Path, file: str) -> None:
    digests = approvals.recorded_digests(sample_run.header())
    path = made(
        bundled.formal_run(tmp_path / "run", approved={**digests, file: "0" * 64})
    )

    assert bundled.both(path, *ALL) == "UNTRUSTED"
    found = bundled.audited(path, *ALL)
    assert f"{file} was changed" in said(found, "approval")


def test_an_approval_after_the_start(tmp_path: Path) -> None:
    late = replace(CARL, t_ns=sample_run.EPOCH_NS + 10**9)
    path = made(bundled.formal_run(tmp_path / "run", late))

    assert bundled.both(path, *ALL) == "UNTRUSTED"
    assert "after the run's start" in said(bundled.audited(path, *ALL), "approval")


def test_the_time_of_a_simulated_bench_is_made_up(tmp_path: Path) -> None:
    late = replace(CARL, t_ns=sample_run.EPOCH_NS + 10**9)
    path = made(bundled.formal_run(tmp_path / "run", late, fidelity="wire"))

    assert bundled.both(path, *ALL) == "TRUSTED"
    assert bundled.audited(path, *ALL).verdict == (
        "PASS, marked SIMULATED, no formal evidence"
    )


def test_a_record_that_names_an_approval_which_is_not_there(tmp_path: Path) -> None:
    run = bundled.formal_run(tmp_path / "run")
    (run / "inputs" / "approval" / "approval.dsse.json").unlink()
    path = made(run)

    assert bundled.both(path, *ALL) == "UNTRUSTED"
    assert "is not here" in said(bundled.audited(path, *ALL), "approval")


def test_a_record_that_names_another_approver_than_signed(tmp_path: Path) -> None:
    run = bundled.formal_run(tmp_path / "run")
    formal = {**of_journal(run).header.formal, "name": "D. Director"}
    changed = bundled.formal_run(tmp_path / "forged", formal=formal)
    path = made(changed)

    found = bundled.audited(path, *ALL)
    assert found.conclusion.name == "UNTRUSTED"
    assert "says something else" in said(found, "approval")


def test_two_digests_of_one_file(tmp_path: Path) -> None:
    approved = sample_run.hashed("test_alarms.py")
    ran = {**approved, "sha256": "0" * 64}
    procedures = [sample_run.hashed("test_delivery.py"), ran, approved]
    digests = approvals.recorded_digests(sample_run.header())
    run = bundled.formal_run(tmp_path / "run", approved=digests, procedures=procedures)
    path = made(run)

    assert bundled.both(path, *ALL) == "UNTRUSTED"


def test_a_formal_run_without_what_it_rests_on_is_not_whole(tmp_path: Path) -> None:
    run = bundled.formal_run(tmp_path / "run")
    (run / "inputs" / "bench" / "simulated.toml").unlink()
    path = made(run)

    assert bundled.both(path, *ALL) == "INCOMPLETE"
    assert "no copy here: simulated.toml" in said(bundled.audited(path, *ALL), "inputs")


def test_a_run_that_hides_that_it_is_not_formal(tmp_path: Path) -> None:
    run = bundled.formal_run(tmp_path / "run", formal=None, engineering=[])
    (run / "inputs" / "approval" / "approval.dsse.json").unlink()
    path = made(run)

    assert bundled.both(path, *ALL) == "TRUSTED"
    assert bundled.audited(path, *ALL).verdict == "PASS, marked ENGINEERING"


def test_a_judge_who_made_the_bundle_and_says_nothing_of_performing(
    tmp_path: Path,
) -> None:
    path = made(bundled.formal_run(tmp_path / "run"), ANNA, Role.REVIEWED)
    assert bundled.both(path, *ALL) == "UNTRUSTED"
    assert "nobody trusted signed" in said(bundled.audited(path, *ALL), "roles")

    bundled.sign(path, Role.PERFORMED, BERT)
    assert bundled.both(path, *ALL) == "TRUSTED"


def test_a_performer_who_keeps_silent_invalidates_nothing(tmp_path: Path) -> None:
    run = bundled.run(tmp_path / "run", fails=True)
    placed = list(placed_records(run, frozenset({Kind.VERDICT})))
    failed = next(e for e in placed if e.record.fields["verdict"] == "FAIL")
    deviation = Deviation(
        id="DEV-2026-001",
        text="The log was read from the wrong pump.",
        root_cause="Two pumps stood on the bench.",
        name="Bert Example",
        role=deviations.Role.REVIEWER,
        t_ns=ANNA.t_ns,
        invalidates=(Invalidated(failed.head, failed.record.seq),),
    )
    deviations.add(run, deviations.sign(deviation, run_digest(run), ANNA.key))
    bundled.rebuild(run)
    path = made(run, ANNA)

    assert bundled.both(path, *ALL) == "UNTRUSTED"
    assert bundled.audited(path, *ALL).verdict.startswith("FAIL")
