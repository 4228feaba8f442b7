"""What a forger makes of a bundle: everything that can be computed is computed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from harness.bundle.attestations import Signatory
from harness.signing import envelope
from harness.signing.keys import SigningKey
from tests.harness.bundle import bundled

STATEMENT = "attestations/0001-statement.dsse.json"


def relisted(files: Mapping[str, bytes]) -> bytes:
    """The archive with a manifest that fits the files; the signatures do not."""
    listed = bundled.manifest_of(files)
    return bundled.canonical({**files, "manifest.sha256": listed})


def resigned(files: Mapping[str, bytes], signatory: Signatory) -> bytes:
    """The archive with a manifest, a statement and a key that fit the files."""
    kept = {n: d for n, d in files.items() if not n.startswith(("attest", "keys/"))}
    listed = bundled.manifest_of(kept)
    statement = json.loads(base64.b64decode(json.loads(files[STATEMENT])["payload"]))
    digest = hashlib.sha256(listed).hexdigest()
    statement["subject"][0]["digest"]["sha256"] = digest
    statement["predicate"]["run"].update(told(kept))
    public = signatory.key.public
    made = {
        STATEMENT: signed(statement, signatory.key),
        f"keys/{public.key_id}.pub.pem": public.to_pem(),
    }
    return bundled.canonical({**kept, **made, "manifest.sha256": listed})


def signed(statement: Mapping[str, Any], key: SigningKey) -> bytes:
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()
    return envelope.sign(payload, key).to_bytes()


def told(files: Mapping[str, bytes]) -> dict[str, object]:
    """What the end of the journal says of itself."""
    last = json.loads(files["run/journal-0001.jsonl"].splitlines()[-1])
    return {"head": last["h"], "records": last["seq"]}
