"""Runs and bundles for the tests: small, complete, and the same each time."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness.bundle import audit, bundling, opened, verifier
from harness.bundle.attestations import Role, Signatory
from harness.bundle.auditor import Auditor
from harness.bundle.findings import Audit
from harness.evidence.records import JsonValue
from harness.render import artefacts
from harness.render.run_fold import of_journal
from harness.signing import approvals
from harness.signing.envelope import Envelope
from harness.signing.keys import PublicKey, SigningKey
from tests.harness.render import sample_run
from tests.harness.render.sample_run import Writer

T_NS: Final = 1_790_000_000_000_000_000  # 2026-09-21 14:13:20 UTC
BEFORE_NS: Final = sample_run.EPOCH_NS - 10**9
SOFTWARE: Final = hashlib.sha256(b"dosebench 0.1.0").hexdigest()
INPUTS: Final = (
    "plan/plan.toml",
    "plan/register.toml",
    "plan/coverage.toml",
    "profile/reference-40.toml",
    "bench/simulated.toml",
    "procedures/test_delivery.py",
    "procedures/test_alarms.py",
)
CASE: Final = "ITB-ALM-001/healthy-day"
CODES: Final = {"TRUSTED": 0, "ALTERED": 1, "UNTRUSTED": 10, "INCOMPLETE": 11}


def key(number: int) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


ANNA: Final = Signatory("Anna Example", key(1), T_NS)
BERT: Final = Signatory("Bert Example", key(2), T_NS + 10**9)
CARL: Final = Signatory("Carl Example", key(3), T_NS + 2 * 10**9)
STRANGER: Final = Signatory("Anna Example", key(9), T_NS)


def ignore(_further: int) -> None:
    """Nobody watches."""


def run(folder: Path, *, ends: bool = True, fails: bool = False) -> Path:
    """Write a run with one case and everything that lies beside a journal."""
    writer = Writer(folder)
    writer.begin(cases=[CASE], formal=None, setup=None)
    writer.instrument("pump", "RP-40", "RP40-000123")
    judged(writer, fails=fails)
    if ends:
        writer.end()
    else:
        writer.cut_off()
    for inside in INPUTS:
        path = folder / "inputs" / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())  # As sample_run made its digest.
    (folder / "run.json").write_text("{}\n")
    (folder / "wall-times.jsonl").write_text("[1,0]\n")
    (folder / "report.html").write_text("<!doctype html><title>report</title>\n")
    rebuild(folder)
    return folder


def judged(writer: Writer, *, fails: bool = False) -> None:
    """Write a case with two verdicts."""
    writer.begin_case(CASE)
    writer.recorder.intent("pump", "start_continuous", rate_nl_per_h=2000)
    writer.wait(3600.0)
    writer.judge(CASE, "ITB-FLOW-001", sample_run.measured(1.23, 0.41))
    writer.judge_fact(CASE, "ITB-ALM-001", not fails, "what the log says")
    writer.end_case(CASE, "FAIL" if fails else "PASS", "as the requirements say")


def formal_run(
    folder: Path,
    approver: Signatory | None = None,
    approved: Mapping[str, str] | None = None,
    **changes: JsonValue,
) -> Path:
    """Write a run on hardware that passed and says that it is formal.

    Args:
        folder: of the run.
        approver: who approved; Carl where nobody is named.
        approved: digests that the approval binds; those of the run where not given.
        changes: further fields of the run record.
    """
    by = approver or replace(CARL, t_ns=BEFORE_NS)
    head = {"cases": [CASE], "fidelity": "hardware", **changes}
    digests = approved or approvals.recorded_digests(sample_run.header(**head))
    approval = approvals.approve(digests, by.name, by.t_ns, by.key).to_bytes()
    kept = {f"inputs/{name}": name.rpartition("/")[2].encode() for name in INPUTS}
    kept["inputs/approval/approval.dsse.json"] = approval
    kept["inputs/setup/setup.toml"] = b"setup.toml"
    said = approvals.read(Envelope.parse(approval, ""), "").to_json()
    writer = Writer(folder)
    writer.begin(
        **{
            "formal": {"sha256": hashlib.sha256(approval).hexdigest(), **said},
            "setup": sample_run.hashed("setup.toml"),
            **head,
        }
    )
    writer.check("before")
    judged(writer)
    writer.check("after")
    writer.end()
    for name, data in kept.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "run.json").write_text("{}\n")
    rebuild(folder)
    return folder


def rebuild(folder: Path) -> None:
    artefacts.write(folder, of_journal(folder))


def bundle(
    folder: Path,
    output: Path,
    signatory: Signatory = ANNA,
    replaces: Path | None = None,
) -> Path:
    older = None if replaces is None else opened.scan(replaces, ignore)
    bundling.make(bundling.gather(folder), output, signatory, older, ignore)
    return output


def sign(path: Path, role: Role, signatory: Signatory) -> None:
    bundling.sign(opened.scan(path, ignore), role, signatory, ignore)


def signed_off(path: Path) -> Path:
    sign(path, Role.PERFORMED, ANNA)
    sign(path, Role.REVIEWED, BERT)
    sign(path, Role.APPROVED, CARL)
    return path


def auditor(*trusted: Signatory, software: str = SOFTWARE) -> Auditor:
    return Auditor.trusting([each.key.public for each in trusted], (), software)


def audited(path: Path, *trusted: Signatory) -> Audit:
    return audit.audit(path, auditor(*trusted), ignore)


def verified(path: Path, *trusted: Signatory) -> tuple[int, list[str]]:
    """What the stand-alone verifier says."""
    return verifier.verify(path, verifier_keys(each.key.public for each in trusted))


def verifier_keys(keys: object) -> verifier.Keys:
    assert hasattr(keys, "__iter__")
    return dict(
        verifier.load_key(each.to_pem(), "a key")
        for each in keys
        if isinstance(each, PublicKey)
    )


def both(path: Path, *trusted: Signatory) -> str:
    """The word with which audit and verifier end; it must be the same."""
    conclusion = audited(path, *trusted).conclusion.name
    code, lines = verified(path, *trusted)
    word = lines[-1].partition(":")[0]
    assert (word, code) == (conclusion, CODES[conclusion]), lines
    return word


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    return "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n"
        for name, data in sorted(files.items())
        if name.startswith("run/") or name == "verify.py"
    ).encode()


def canonical(files: Mapping[str, bytes]) -> bytes:
    """The canonical ZIP, made with zipfile: an oracle that shares nothing with ours."""
    return packed([(name, files[name]) for name in sorted(files)])


def packed(files: list[tuple[str, bytes]], mode: int = 0o100644) -> bytes:
    import io  # noqa: PLC0415

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return target.getvalue()


def rechained(lines: list[bytes]) -> bytes:
    """Lines of a journal with a chain that fits them, as a forger makes it."""
    head, made = "0" * 64, b""
    for line in lines:
        body = line[:-73] + b"}"
        head = hashlib.sha256(head.encode() + body).hexdigest()
        made += body[:-1] + b',"h":"' + head.encode() + b'"}\n'
    return made
