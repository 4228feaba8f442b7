"""The part of an audit about the approval that a formal run says it rests on.

The journal was written by whoever performed the run, so its word for an approval is
worth nothing: the envelope itself must hold, for the auditor, for these very files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.bundle import names
from harness.bundle.archive import NotCanonical
from harness.bundle.audit_signatures import Row
from harness.bundle.auditor import Auditor
from harness.bundle.findings import Check, Conclusion, fails, holds
from harness.bundle.opened import Bundle
from harness.errors import SignatureFault
from harness.evidence.records import JsonValue, Record
from harness.render.header_record import IS_EVIDENCE
from harness.signing import approvals
from harness.signing.approvals import Approval
from harness.signing.envelope import Envelope

FOLDER: Final = f"{names.RUN}inputs/approval/"
_MOST_BYTES: Final = 4 * 1024 * 1024


def checks(
    bundle: Bundle, first: Record, row: Row, auditor: Auditor
) -> Iterator[Check]:
    """Check the approval of a formal run; nothing where the run is no formal one.

    Args:
        bundle: whose files are those of its manifest.
        first: the run record.
        row: the bundle's attestations.
        auditor: whom to trust.
    """
    said = first.fields.get("formal")
    if not said:
        return
    try:
        approval = _held(bundle, said, first, auditor)
    except (NotCanonical, SignatureFault) as error:
        yield fails("approval", str(error), Conclusion.UNTRUSTED)
        return
    who = f"{approval.name} with the key {approval.key_id}"
    if auditor.person(approval.key_id) in row.performers(auditor):
        text = f"signed by {who}, which is that of whoever performed the run"
        yield fails("approval", text, Conclusion.UNTRUSTED)
    else:
        yield holds("approval", f"the plan's files were approved before, by {who}")


def _held(bundle: Bundle, said: JsonValue, first: Record, auditor: Auditor) -> Approval:
    """Return the approval if it holds for the auditor and is what the record says.

    Raises:
        NotCanonical: it is not in the bundle, or too large.
        SignatureFault: it does not hold.
    """
    sha256 = said.get("sha256") if isinstance(said, dict) else None
    found = bundle.under(FOLDER)
    if [bundle.entries[each].sha256 for each in found] != [sha256]:
        raise NotCanonical("the approval that the first record names is not here")
    (file,) = found
    envelope = Envelope.parse(bundle.bytes_of(file, _MOST_BYTES), file)
    digests = approvals.recorded_digests(first.fields)
    read = approvals.read(envelope, file)
    # The time of a simulated bench is made up, and compares with no signer's clock.
    is_real = first.fields.get("fidelity") == IS_EVIDENCE
    start_ns = first.t_ns if is_real else read.t_ns
    approval = approvals.check(envelope, auditor.keys, digests, start_ns, file)
    if said != {"sha256": sha256, **approval.to_json()}:
        raise SignatureFault(f"{file}: the first record says something else of it")
    return approval
