"""Check a bundle of dosebench without dosebench: Python and `cryptography` suffice.

    python verify.py BUNDLE --trusted-key alice.pub.pem --trusted-key bob.pub.pem

Take this file from the release, not from a bundle: its SHA-256 is published. Keys come
from their owners. The last line says TRUSTED (exit code 0), ALTERED (1), UNTRUSTED (10)
or INCOMPLETE (11). This file shares no code with dosebench on purpose.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TRUSTED, ALTERED, UNTRUSTED, INCOMPLETE = 0, 1, 10, 11
WORDS = {0: "TRUSTED", 1: "ALTERED", 10: "UNTRUSTED", 11: "INCOMPLETE"}
MOST = 80 * 1024 * 1024  # A file of the journal has 64 MiB; the others are small.
LOCAL, CENTRAL = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I")
END64, LOCATOR, END = map(struct.Struct, ("<4sQ2H2I4Q", "<4sIQI", "<4s4H2IH"))
BITS16, BITS32 = 0xFFFF, 0xFFFF_FFFF
DATE, PLAIN_FILE = 0x0021, 0o100644 << 16  # 1980-01-01
NAME = re.compile(
    r"manifest\.sha256|verify\.py|keys/[0-9a-f]{64}\.pub\.pem|run/.{1,236}"
    r"|attestations/\d{4}-(statement|performed|reviewed|approved)\.dsse\.json"
)
PART = re.compile(
    r"(?!(?i:con|prn|aux|nul|com\d|lpt\d)(\.|$))"
    r"(?![ .-])[A-Za-z0-9 !#()+,.;=@\[\]^_{}~-]+(?<![ .])"
)
RESULT = "https://in-toto.io/attestation/test-result/v0.1"
SIGN_OFF = "urn:dosebench:sign-off:1"
MANIFEST = "manifest.sha256"
PACK = "run/qualification.json"
APPROVAL = "urn:dosebench:approval:1"
PAYLOAD = "application/vnd.in-toto+json"
ENVELOPE = re.compile(
    rf'\{{"payload":"(?P<payload>[\w+/=]+)","payloadType":"{re.escape(PAYLOAD)}",'
    r'"signatures":\[\{"keyid":"(?P<keyid>[0-9a-f]{64})","sig":"(?P<sig>[\w+/=]+)"\}\]\}\n',
    re.ASCII,
)

MISFITS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
Encoding, PublicFormat = serialization.Encoding, serialization.PublicFormat
Keys = dict[str, Ed25519PublicKey]


class Bad(Exception):
    """Something in the bundle is not what it has to be."""


class Archive:
    """A canonical archive: where contents lie, and digests. Any other raises Bad."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, central, at = file, b"", 0
        self.place: dict[str, tuple[int, int]] = {}
        self.sha256: dict[str, str] = {}
        try:
            listed = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, NotImplementedError, LookupError) as error:
            raise Bad(f"it is no bundle, or its end is damaged ({error})") from error
        for info in listed:
            name, crc, size = info.orig_filename, info.CRC, info.file_size
            parts = name.split("/")
            if not NAME.fullmatch(name) or not all(map(PART.fullmatch, parts)):
                raise Bad(f"a bundle has no file {name!a:.90}")
            common = (0, 0, 0, DATE, crc, min(size, BITS32), min(size, BITS32))
            header = LOCAL.pack(b"PK\3\4", 20, *common, len(name), 0) + name.encode()
            self.expect(at, header, f"the header of {name}")
            self.place[name] = at + len(header), size
            self.sha256[name] = self.digest(name, crc)
            far = struct.pack("<HHQ", 1, 8, at) if at >= BITS32 else b""
            version = 45 if far else 20
            rest = (len(name), len(far), 0, 0, 0, PLAIN_FILE, min(at, BITS32))
            made = (0x300 | version, version, *common, *rest)
            central += CENTRAL.pack(b"PK\1\2", *made) + name.encode() + far
            at += len(header) + size
        names = [info.orig_filename for info in listed]
        lower = {name.lower() for name in names}
        folders = {name[: m.start()] for name in lower for m in re.finditer("/", name)}
        if names != sorted(names) or len(lower) < len(names) or folders & lower:
            raise Bad("a name stands twice, is a folder too, or the order is another")
        size, count = len(central), len(listed)
        if max(at, size) >= BITS32 or count >= BITS16:
            fixed = (44, 0x300 | 45, 45, 0, 0, count, count, size, at)
            central += END64.pack(b"PK\6\6", *fixed)
            central += LOCATOR.pack(b"PK\6\7", 0, at + size, 1)
        few, least = min(count, BITS16), (min(size, BITS32), min(at, BITS32))
        central += END.pack(b"PK\5\6", 0, 0, few, few, *least, 0)
        self.expect(at, central, "the directory")
        if file.read(1):
            raise Bad("something follows the end of the archive")

    def expect(self, at: int, expected: bytes, what: str) -> None:
        """Compare bytes at a place in the file with those that have to stand there."""
        self.file.seek(at)
        if self.file.read(len(expected)) != expected:
            raise Bad(f"{what} is not the one that follows from the files")

    def digest(self, name: str, crc: int) -> str:
        """Read the contents of a file and compare them with their check value."""
        start, left = self.place[name]
        self.file.seek(start)
        found, digest = 0, hashlib.sha256()
        while left and (chunk := self.file.read(min(left, 1 << 20))):
            left, found = left - len(chunk), zlib.crc32(chunk, found)
            digest.update(chunk)
        if left or found != crc:
            raise Bad(f"{name} is damaged or cut off")
        return digest.hexdigest()

    def under(self, start: str) -> list[str]:
        """Return the names that start like this, sorted."""
        return [name for name in self.place if name.startswith(start)]

    def contents(self, name: str) -> bytes:
        """Return the contents of a file."""
        start, size = self.place.get(name, (0, MOST + 1))
        if size > MOST:
            raise Bad(f"{name} is missing or too large")
        self.file.seek(start)
        return self.file.read(size)


class Journal:
    """The chain through all files of the journal; any that is broken raises Bad."""

    def __init__(self, archive: Archive) -> None:
        self.head, self.records, self.first = "0" * 64, 0, b""
        self.ended = self.closed = False
        names = sorted(archive.under("run/journal-"), key=len)
        for number, name in enumerate(names, start=1):
            if name != f"run/journal-{number:04d}.jsonl":
                raise Bad("a file of the journal is missing")
            *lines, rest = archive.contents(name).split(b"\n")
            for count, line in enumerate(lines, start=1):
                self.take(line, f"{name}, line {count}")
            if rest and number < len(names):
                raise Bad(f"{name} is cut off")
            # A line that was cut off at the very end: never a whole run.
            self.ended = self.ended and not rest

    def take(self, line: bytes, where: str) -> None:
        """Check the next line; raise Bad if it does not continue the chain."""
        body, seal = line[:-72] + b"}", line[-72:]
        self.head = hashlib.sha256(self.head.encode() + body).hexdigest()
        self.records += 1
        if seal != b',"h":"' + self.head.encode() + b'"}':
            raise Bad(f"{where}: the line does not fit its hash")
        if not line.startswith(b'{"seq":%d,"t":' % self.records):
            raise Bad(f"{where}: the line has another number than {self.records}")
        kind = line[:80].partition(b'"kind":"')[2].partition(b'"')[0]
        if self.ended and (self.closed or kind != b"resume"):
            raise Bad(f"{where}: a record follows the end record")
        if (kind == b"run") != (self.records == 1):
            raise Bad(f"{where}: the first record, and no other, is that of the run")
        self.ended = kind == b"end"
        if kind == b"run":
            self.first = line
        elif kind == b"end":
            end = json.loads(body)
            self.closed = end.get("state") == "COMPLETE"
            if end.get("records") != self.records:
                raise Bad(f"{where}: the end record counts otherwise")


class Signed:
    """An envelope: what is said, and by which key; the signature is not checked."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name, self.sha256 = name, hashlib.sha256(data).hexdigest()
        self.role = name.partition("-")[2].partition(".")[0]
        found = ENVELOPE.fullmatch(data.decode("ascii", "replace"))
        if found is None:
            raise Bad(f"{name} is no signed statement as dosebench writes it")
        self.key_id, payload = found["keyid"], base64.b64decode(found["payload"])
        self.signature = base64.b64decode(found["sig"])
        try:
            said = json.loads(payload)
            self.type, self.predicate = said["predicateType"], dict(said["predicate"])
            about = [(e["name"], e["digest"]["sha256"]) for e in said["subject"]]
        except MISFITS as error:
            raise Bad(f"{name} holds no statement") from error
        self.about: dict[str, str] = dict(about)
        # One form for everything: nothing can be said twice, or in two ways.
        again = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        coded = [base64.b64encode(part).decode() for part in (payload, self.signature)]
        is_double = len(self.about) < len(about)
        if is_double or again != payload or coded != [found["payload"], found["sig"]]:
            raise Bad(f"{name} is not written as dosebench writes it")
        start = f"DSSEv1 {len(PAYLOAD)} {PAYLOAD} {len(payload)} "
        self.message = start.encode() + payload

    def is_by(self, keys: Keys) -> bool:
        """Tell whether the key that is named is among these, and signed."""
        try:
            keys[self.key_id].verify(self.signature, self.message)
        except (KeyError, InvalidSignature):
            return False
        return True


def read_attestations(archive: Archive) -> list[Signed]:
    """Return the attestations; each must name the one before it."""
    found, previous = list[Signed](), None
    for number, name in enumerate(archive.under("attestations/"), start=1):
        each = Signed(archive.contents(name), name)
        by, role = each.predicate.get("signature"), each.predicate.get("role")
        if not isinstance(by, dict) or {"name", "time", "meaning"} - by.keys():
            raise Bad(f"{name} is no attestation of a bundle")
        kind = SIGN_OFF if role else RESULT
        is_right = (each.type, role or "statement") == (kind, each.role)
        is_next = (int(name[13:17]), by.get("previous")) == (number, previous)
        if not is_right or not is_next or list(each.about) != [MANIFEST]:
            raise Bad(f"{name} does not follow the attestation before it")
        found.append(each)
        previous = each.sha256
    if not found or found[0].role != "statement":
        raise Bad("there is no statement of the result")
    return found


def load_key(data: bytes, name: str) -> tuple[str, Ed25519PublicKey]:
    """Return a public key and its id, the SHA-256 of its DER form."""
    try:
        key = serialization.load_pem_public_key(data)
    except ValueError as error:
        raise Bad(f"{name} is no public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Bad(f"{name} is no Ed25519 key")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest(), key


def check_keys(archive: Archive, attested: Sequence[Signed]) -> None:
    """Check the signatures with the keys in the bundle: consistent, not trusted."""
    keys: Keys = {}
    for name in archive.under("keys/"):
        data = archive.contents(name)
        key_id, key = load_key(data, name)
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        if (name, data) != (f"keys/{key_id}.pub.pem", pem):
            raise Bad(f"{name} holds another key than its name says")
        keys[key_id] = key
    for each in attested:
        if not each.is_by(keys):
            raise Bad(f"{each.name} is not signed by the key that it names")
    if keys.keys() != {each.key_id for each in attested}:
        raise Bad("a key in the bundle signed nothing in it")


class Report:
    """The lines to print, and the reasons against the bundle by exit code."""

    def __init__(self, keys: Keys) -> None:
        self.keys, self.lines = keys, list[str]()
        self.against: dict[int, str] = {}
        self.performers: set[str] = set()

    def say(self, text: str, against: int = TRUSTED) -> None:
        """Note what holds, or what does not and which exit code follows."""
        self.lines.append(f"{'does not hold' if against else 'holds':15} {text}")
        if against:
            self.against.setdefault(against, text)

    def trust(self, attested: Sequence[Signed], digest: str) -> None:
        """Say what every attestation is worth to whoever trusts these keys."""
        current = [each for each in attested if each.about[MANIFEST] == digest]
        for each in attested:
            by = each.predicate["signature"]
            said = f'{each.name}: {by["name"]}, {by["time"]}, "{by["meaning"]}"'
            if each in current:
                self.believe(each, said)
            else:
                self.say(f"{said}, but SUPERSEDED: about other files")
        self.performers = {each.key_id for each in attested if each.role == "performed"}
        if not any(e.role == "performed" and e.is_by(self.keys) for e in current):
            # By silence alone a performer becomes no reviewer.
            self.performers |= {e.key_id for e in current if e.role == "statement"}
        roles = {each.role for each in current if each.key_id in self.performers}
        if roles & {"reviewed", "approved"}:
            self.say("one key performed, and also reviewed or approved", UNTRUSTED)

    def believe(self, each: Signed, said: str, *, judges: bool = False) -> None:
        """Say whether a trusted key signed, and if it judges, not a performer's."""
        if not each.is_by(self.keys):
            self.say(f"{said}, but the key {each.key_id} is not trusted", UNTRUSTED)
        elif judges and each.key_id in self.performers:
            self.say(f"{said}, but by who performed the run", UNTRUSTED)
        else:
            self.say(f"{said}, with the trusted key {each.key_id}")


def check_approval(archive: Archive, header: dict[str, Any], report: Report) -> None:
    """Check what a formal run rests on: the journal's word for it is worth nothing."""
    found = archive.under("run/inputs/approval/")
    if [archive.sha256[name] for name in found] != [header["formal"]["sha256"]]:
        report.say("the approval that the first record names is not here", UNTRUSTED)
        return
    approval = Signed(archive.contents(found[0]), found[0])
    kinds = ("plan", "register", "profile", "coverage")
    files = [(kind, header[kind]) for kind in kinds if header[kind]]
    files += [("procedure", each) for each in header["procedures"]]
    bound = sorted((f"{kind} {each['name']}", each["sha256"]) for kind, each in files)
    start = f"{datetime.fromtimestamp(header['t'] // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"
    # The time of a simulated bench is made up.
    is_late = header["fidelity"] == "hardware" and approval.predicate["time"] > start
    if is_late or (approval.type, sorted(approval.about.items())) != (APPROVAL, bound):
        report.say(f"{approval.name} approves something else, or came later", UNTRUSTED)
    report.believe(approval, f"{approval.name}, approval", judges=True)


def check_pack(archive: Archive, run: dict[str, Any]) -> None:
    """Check a qualification: it has no journal, and names every file beside it."""
    said = json.loads(archive.contents(PACK))
    rest = set(archive.under("run/")) - {PACK, "run/qualification.html"}
    beside = {name[4:]: archive.sha256[name] for name in rest}
    if said["verdict"] != run["verdict"] or said["files"] != beside:
        raise Bad("the qualification is not the one in the statement")


def check_run(archive: Archive, run: dict[str, Any], report: Report) -> Journal:
    """Check a run: its journal, its inputs, and the marks that it must bear."""
    journal = Journal(archive)
    if (run.get("head"), run.get("records")) != (journal.head, journal.records):
        raise Bad("the journal is not the one in the statement")
    report.say(f"the journal is one chain of {journal.records} records: {journal.head}")
    header = json.loads(journal.first)
    named = set(re.findall(r'"sha256":"([0-9a-f]{64})"', journal.first.decode()))
    inputs = {archive.sha256[name] for name in archive.under("run/inputs/")}
    if not inputs <= named:
        raise Bad("an input is no file that the run was made with")
    report.say(f"the first record names each of the {len(inputs)} inputs here")
    is_formal, marks = bool(header["formal"]), set(run["marks"])
    if is_formal and named - inputs - {header["software"]["sha256"]}:
        report.say("files that this formal run rests on have no copy here", INCOMPLETE)
    due = {"SIMULATED": header["fidelity"] != "hardware", "ENGINEERING": not is_formal}
    if any(due[word] and word not in marks for word in due):
        raise Bad("the statement leaves out a mark of the run")
    return journal


def examine(archive: Archive, report: Report) -> str:
    """Check everything; return the verdict as it was signed."""
    evidence = [*archive.under("run/"), *archive.under("verify.py")]
    listed = "".join(f"{archive.sha256[name]}  {name}\n" for name in evidence).encode()
    if archive.contents(MANIFEST) != listed:
        raise Bad("the manifest is not the one of these files")
    digest = hashlib.sha256(listed).hexdigest()
    report.say(f"the archive holds the files of its manifest alone: {digest}")
    attested = read_attestations(archive)
    check_keys(archive, attested)
    report.say("every attestation names the one before it and fits its key")
    last = [each for each in attested if each.role == "statement"][-1]
    run = last.predicate.get("run")
    if last.about[MANIFEST] != digest or not isinstance(run, dict):
        raise Bad("the last statement is about other files than these")
    if PACK in archive.place:
        check_pack(archive, run)
        report.say("the qualification says what is signed, about the files here")
        report.trust(attested, digest)
        return str(run["verdict"])
    journal = check_run(archive, run, report)
    if not journal.ended:
        report.say("the journal has no end record: the run was cut off", INCOMPLETE)
    report.trust(attested, digest)
    for name in archive.under("run/deviations/"):
        each = Signed(archive.contents(name), name)
        report.believe(each, name, judges=bool(each.predicate.get("invalidates")))
    header = json.loads(journal.first)
    if header["formal"]:
        check_approval(archive, header, report)
    return " ".join([str(run.get("verdict")), *map(str, run["marks"])])


def verify(path: Path, keys: Keys) -> tuple[int, list[str]]:
    """Return the exit code and the lines to print."""
    report, verdict = Report(keys), ""
    try:
        with path.open("rb") as file:
            verdict = examine(Archive(file), report)
    except (Bad, *MISFITS, OSError, struct.error) as error:
        report.say(f"{error}", ALTERED)
    code = next((c for c in (ALTERED, UNTRUSTED, INCOMPLETE) if c in report.against), 0)
    about = f"the signed verdict is {verdict}" if verdict else "believe nothing in it"
    reason = f"{report.against[code]}; " if code else ""
    lines = [*report.lines, f"{WORDS[code]}: {reason}{about}"]
    return code, ["".join(filter(str.isprintable, line)) for line in lines]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the bundle that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description="Check a bundle of dosebench.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--trusted-key", type=Path, action="append", default=[])
    options = parser.parse_args(arguments)
    try:
        keys = dict(load_key(p.read_bytes(), str(p)) for p in options.trusted_key)
    except (Bad, OSError) as error:
        parser.error(str(error))
    code, lines = verify(options.bundle, keys)
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
