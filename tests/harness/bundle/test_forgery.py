"""Nothing that is done to a bundle without the keys goes unnoticed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.bundle import verifier
from tests.harness.bundle import bundled, forging
from tests.harness.bundle.bundled import ANNA, BERT, CARL, STRANGER

ALL = (ANNA, BERT, CARL)
JOURNAL = "run/journal-0001.jsonl"
FIRST, SECOND, THIRD = (
    "attestations/0001-statement.dsse.json",
    "attestations/0002-performed.dsse.json",
    "attestations/0003-reviewed.dsse.json",
)
FLIPS = 1000
Files = dict[str, bytes]


def word(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "forged.zip"
    path.write_bytes(data)
    return bundled.both(path, *ALL)


def flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def test_a_thousand_flipped_bits_are_a_thousand_times_noticed(
    made: Path, tmp_path: Path
) -> None:
    data, chance = made.read_bytes(), random.Random(1)
    words = [word(tmp_path, flipped(data, chance)) for _ in range(FLIPS)]
    assert words == ["ALTERED"] * FLIPS


def test_a_flipped_bit_in_an_archive_that_fits_it_again_is_noticed(
    files: Files, tmp_path: Path
) -> None:
    """The check values are computed anew, so only manifest and signatures are left."""
    chance = random.Random(2)
    for number in range(200):
        name = sorted(files)[number % len(files)]
        changed = {**files, name: flipped(files[name], chance)}
        assert word(tmp_path, bundled.canonical(changed)) == "ALTERED", name


def test_a_flipped_bit_under_a_manifest_that_fits_it_again_is_noticed(
    files: Files, tmp_path: Path
) -> None:
    chance = random.Random(3)
    evidence = [name for name in files if name.startswith("run/")]
    for number in range(50):
        name = evidence[number % len(evidence)]
        changed = {**files, name: flipped(files[name], chance)}
        assert word(tmp_path, forging.relisted(changed)) == "ALTERED", name


def test_a_bundle_that_is_cut_off_anywhere_is_noticed(
    made: Path, tmp_path: Path
) -> None:
    data, chance = made.read_bytes(), random.Random(4)
    for _ in range(100):
        assert word(tmp_path, data[: chance.randrange(len(data))]) == "ALTERED"
    assert word(tmp_path, data + b"\0") == "ALTERED"
    assert word(tmp_path, b"\0" + data) == "ALTERED"


def without(name: str) -> Callable[[Files], Files]:
    return lambda files: {n: d for n, d in files.items() if n != name}


def swapped(one: str, other: str) -> Callable[[Files], Files]:
    return lambda files: {**files, one: files[other], other: files[one]}


def added(name: str, data: bytes) -> Callable[[Files], Files]:
    return lambda files: {**files, name: data}


def renamed(old: str, new: str) -> Callable[[Files], Files]:
    return lambda files: {**without(old)(files), new: files[old]}


@pytest.mark.parametrize(
    "change",
    [
        without(JOURNAL),
        without("run/run.json"),
        without(FIRST),
        without(SECOND),
        without(THIRD),
        without(f"keys/{ANNA.key.key_id}.pub.pem"),
        swapped("run/report.html", "run/dossier.html"),
        swapped(SECOND, THIRD),
        swapped(FIRST, SECOND),
        added("run/inputs/plan/other.toml", b"other"),
        added("run/journal-0002.jsonl", b""),
        added(f"keys/{STRANGER.key.key_id}.pub.pem", STRANGER.key.public.to_pem()),
        added(f"keys/{ANNA.key.key_id}.pub.pem", STRANGER.key.public.to_pem()),
        added("attestations/0005-approved.dsse.json", b"{}\n"),
        renamed(THIRD, "attestations/0003-approved.dsse.json"),
        renamed("run/run.json", "run/run-2.json"),
    ],
)
@pytest.mark.parametrize("listed", [False, True])
def test_files_that_go_come_or_change_places_are_noticed(
    files: Files,
    tmp_path: Path,
    change: Callable[[Files], Files],
    listed: bool,
) -> None:
    changed = change(files)
    pack = forging.relisted if listed else bundled.canonical
    assert word(tmp_path, pack(changed)) == "ALTERED"


def test_without_its_manifest_it_is_no_bundle(files: Files, tmp_path: Path) -> None:
    left = bundled.canonical(without("manifest.sha256")(files))
    assert word(tmp_path, left) == "ALTERED"


def test_the_last_sign_off_alone_can_be_taken_away(
    files: Files, tmp_path: Path
) -> None:
    """A shorter row is a valid row: only the digest of the whole file tells."""
    name = "attestations/0004-approved.dsse.json"
    left = without(f"keys/{CARL.key.key_id}.pub.pem")(without(name)(files))
    path = tmp_path / "left.zip"
    path.write_bytes(bundled.canonical(left))
    assert bundled.both(path, *ALL) == "TRUSTED"
    assert "not signed off as approved" in bundled.audited(path, *ALL).sentence


def forge_journal(files: Files, change: Callable[[list[bytes]], list[bytes]]) -> Files:
    """Change records, compute the chain anew, and all that is made from it."""
    lines = change(files[JOURNAL].splitlines(keepends=True))
    return {**files, JOURNAL: bundled.rechained(lines)}


def better(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b'"value":1.23', b'"value":0.23') for line in lines]


@pytest.mark.parametrize(
    "change",
    [
        better,
        lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
        lambda lines: [*lines[:3], *lines[4:]],
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: lines[1:],
        lambda _: [],
    ],
)
def test_a_chain_that_was_computed_anew_does_not_help(
    files: Files, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    forged = forge_journal(files, change)
    assert forged[JOURNAL] != files[JOURNAL]
    assert word(tmp_path, bundled.canonical(forged)) == "ALTERED"
    assert word(tmp_path, forging.relisted(forged)) == "ALTERED"


def test_signed_anew_with_another_key_it_is_untrusted(
    files: Files, tmp_path: Path
) -> None:
    """Everything fits: chain, facts, manifest, signature, even the verifier in it."""
    run = tmp_path / "run"
    forged = forge_journal(files, better)
    for name, data in forged.items():
        if name.startswith("run/"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    bundled.rebuild(run)
    rebuilt = {
        name: (tmp_path / name).read_bytes() for name in forged if "run/" in name
    }
    forged |= {**rebuilt, "verify.py": b"print('TRUSTED')\n"}
    path = tmp_path / "forged.zip"
    path.write_bytes(forging.resigned(forged, STRANGER))
    assert bundled.both(path, STRANGER) == "TRUSTED"
    assert bundled.both(path, *ALL) == "UNTRUSTED"
    (copy,) = (e for e in bundled.audited(path).checks if e.subject == "verify.py")
    own = hashlib.sha256(Path(verifier.__file__).read_bytes()).hexdigest()
    assert own in copy.text
    assert "do not run it" in copy.text


def test_a_maker_who_signs_a_broken_chain_is_found_out(
    files: Files, tmp_path: Path
) -> None:
    lines = files[JOURNAL].splitlines(keepends=True)
    broken = {**files, JOURNAL: b"".join([*lines[:3], lines[4], lines[3], *lines[5:]])}
    assert word(tmp_path, forging.resigned(broken, ANNA)) == "ALTERED"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("run/inputs/plan/plan.toml", b"another plan"),
        ("run/inputs/bench/simulated.toml", b"another bench"),
    ],
)
def test_a_maker_who_signs_other_inputs_is_found_out(
    files: Files, tmp_path: Path, old: str, new: bytes
) -> None:
    changed = {**files, old: new}
    assert word(tmp_path, forging.resigned(changed, ANNA)) == "ALTERED"


def test_an_older_statement_over_newer_files_is_noticed(
    made: Path, files: Files, tmp_path: Path
) -> None:
    run = bundled.run(tmp_path / "run")
    (run / "run.json").write_text('{"later": true}\n')
    newer = bundled.bundle(run, tmp_path / "new.zip", ANNA, made)
    mixed = bundled.unpacked(newer) | {
        name: data for name, data in files.items() if name.startswith("run/")
    }
    assert word(tmp_path, forging.relisted(mixed)) == "ALTERED"
