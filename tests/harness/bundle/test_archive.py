"""The canonical ZIP: one for a list of files, read by every program, forged by none."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
from pathlib import Path
from shutil import which

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bundle import archive
from harness.bundle.archive import Entry, NotCanonical, of_bytes
from tests.harness.bundle import bundled

FILES = {"manifest.sha256": b"", "run/a.txt": b"abc", "run/b/c.txt": bytes(70_000)}
NAMES = st.from_regex(r"run/[a-z][a-z0-9_]{0,8}\.[a-z]{1,3}", fullmatch=True)


def written(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    members = [of_bytes(name, data) for name, data in files.items()]
    archive.write(target, members, bundled.ignore)
    return target.getvalue()


def scanned(data: bytes) -> dict[str, Entry]:
    found = archive.scan(io.BytesIO(data), bundled.ignore)
    return {entry.name: entry for entry in found}


def refused(data: bytes) -> str:
    with pytest.raises(NotCanonical) as caught:
        scanned(data)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_bytes_are_those_of_the_format_by_hand() -> None:
    local = struct.pack(
        "<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0x21, 0x352441C2, 3, 3, 9, 0
    )
    central = struct.pack(
        "<4s6H3L5H2L",
        *(b"PK\1\2", 0x314, 20, 0, 0, 0, 0x21, 0x352441C2, 3, 3, 9, 0, 0, 0, 0),
        *(0x81A40000, 0),
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 55, 42, 0)
    expected = local + b"run/a.txtabc" + central + b"run/a.txt" + end
    assert written({"run/a.txt": b"abc"}) == expected


@given(st.dictionaries(NAMES, st.binary(max_size=40), min_size=1, max_size=6))
def test_the_bytes_are_those_of_zipfile_and_come_back(files: dict[str, bytes]) -> None:
    data = written(files)
    assert data == bundled.canonical(files)
    entries = scanned(data)
    found = {
        name: archive.read(io.BytesIO(data), entry, 100)
        for name, entry in entries.items()
    }
    assert found == files


def test_the_order_of_the_members_does_not_matter() -> None:
    assert written(FILES) == written(dict(reversed(FILES.items())))


@pytest.mark.skipif(which("unzip") is None, reason="there is no unzip on this machine")
def test_unzip_finds_nothing_wrong(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(written(FILES))
    subprocess.run(["unzip", "-tqq", str(path)], check=True)


def test_every_flipped_bit_and_every_cut_is_noticed() -> None:
    data = written({"manifest.sha256": b"m", "run/a.txt": b"abc"})
    for place in range(len(data) * 8):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        try:
            assert any(each.is_damaged for each in scanned(bytes(changed)).values())
        except NotCanonical:
            continue
    for length in range(len(data)):
        refused(data[:length])
    assert "cut off or added" in refused(data + b"\0")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../evil", "no plain name"),
        ("run/../evil", "no plain name"),
        ("/etc/passwd", "no plain name"),
        ("run//a", "no plain name"),
        ("run/C:evil", "no plain name"),
        ("run\\evil", "no plain name"),
        ("run/.hidden", "no plain name"),
        ("run/-rf", "no plain name"),
        ("run/a ", "no plain name"),
        ("run/nul.txt", "no plain name"),
        ("run/$(x)", "no plain name"),
        ("run/a\nb", "no plain name"),
        ("run/\N{LATIN SMALL LETTER E WITH ACUTE}", "no plain name"),
        ("run/" + "a" * 240, "longer than 240"),
        ("other.txt", "no such file"),
        ("keys/a.pub.pem", "no such file"),
        ("attestations/1-statement.dsse.json", "no such file"),
        ("attestations/0001-witnessed.dsse.json", "no such file"),
    ],
)
def test_a_name_that_is_not_plain_is_refused(name: str, says: str) -> None:
    assert says in refused(bundled.packed([(name, b"")]))
    with pytest.raises(NotCanonical, match=says):
        written({name: b""})


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        (["run/a", "run/a"], "stands twice"),
        (["run/b", "run/a"], "stands twice, or after"),
        (["run/A", "run/a"], "one file on some systems"),
        (["run/a", "run/a/b"], "a file and a folder"),
        (["run/a", "run/a.b", "run/a/c"], "a file and a folder"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_cannot_stand_side_by_side_are_refused(
    listed: list[str], says: str
) -> None:
    assert says in refused(bundled.packed([(name, b"") for name in listed]))


def test_what_another_program_packs_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("run/a.txt", "abc")
    assert "header of run/a.txt" in refused(target.getvalue())
    link = bundled.packed([("run/a.txt", b"/etc/passwd")], mode=0o120777)
    assert "directory at its end" in refused(link)
    commented = io.BytesIO(written(FILES))
    with zipfile.ZipFile(commented, "a") as packed:
        packed.comment = b"hello"
    assert "directory at its end" in refused(commented.getvalue())
    assert "does not begin like a bundle" in refused(b"")
    assert "does not begin like a bundle" in refused(b"{}")


@pytest.mark.parametrize("size", [10_000, 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF])
def test_a_size_that_is_not_there_is_refused_without_taking_its_memory(
    size: int,
) -> None:
    data = bytearray(written({"run/a.txt": b"abc"}))
    data[18:22] = data[22:26] = struct.pack("<L", size)
    message = refused(bytes(data))
    assert "in the middle of run/a.txt" in message or "header of run/a.txt" in message


def test_a_large_file_is_not_read_into_memory() -> None:
    (entry,) = scanned(written({"run/a.txt": bytes(101)})).values()
    with pytest.raises(NotCanonical, match="the most is 100"):
        archive.read(io.BytesIO(), entry, 100)


def test_far_beyond_4_gib_zipfile_finds_the_files(tmp_path: Path) -> None:
    first = Entry("run/a.txt", 0, 3, 0x352441C2, "")
    far = Entry("run/b.txt", 5 << 30, 3, 0x352441C2, "")
    header = written({"run/b.txt": b"abc"})[:42]
    path = tmp_path / "sparse.zip"
    with path.open("wb") as file:
        file.write(written({"run/a.txt": b"abc"})[:42])
        file.seek(far.offset)
        file.write(header + archive.directory([first, far]))
    with zipfile.ZipFile(path) as packed:
        assert [each.header_offset for each in packed.infolist()] == [0, far.offset]
        assert packed.read("run/b.txt") == b"abc"


def test_more_than_65535_files_have_the_longer_end() -> None:
    entries = [Entry(f"run/{n:05}", n * 39, 0, 0, "") for n in range(70_000)]
    end = archive.directory(entries)
    place = io.BytesIO(bytes(entries[-1].offset + 39) + end)
    with zipfile.ZipFile(place) as packed:
        assert len(packed.infolist()) == 70_000
