"""The stand-alone verifier, where the tests of whole bundles do not reach."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.bundle import names, verifier
from tests.harness.bundle import bundled
from tests.harness.bundle.bundled import ANNA

PARTS = st.sampled_from(
    ("a", "A", "a.b", ".a", "a.", " a", "a ", "-a", "..", "", "nul", "COM1.txt", "a:b")
)
NAMES = st.lists(PARTS | st.text(max_size=3), min_size=1, max_size=3).map(
    lambda parts: "/".join(("run", *parts))
)


def takes(listed: list[str]) -> bool:
    data = bundled.packed([(name, b"") for name in listed])
    try:
        verifier.Archive(io.BytesIO(data))
    except verifier.Bad:
        return False
    return True


@given(NAMES)
@example("run/" + "a" * 236)
@example("run/" + "a" * 237)
@example("other")
@example("keys/a.pub.pem")
def test_both_verifiers_take_the_same_names(name: str) -> None:
    assert takes([name]) == (names.fault(name) == "")


@pytest.mark.parametrize(
    "listed",
    [["run/b", "run/a"], ["run/A", "run/a"], ["run/a", "run/a/b"], ["run/a", "run/a"]],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_cannot_stand_side_by_side_are_refused(listed: list[str]) -> None:
    assert not takes(listed)


def test_a_file_in_a_second_journal_file_goes_on_with_the_chain(tmp_path: Path) -> None:
    run = bundled.run(tmp_path / "run")
    whole = (run / "journal-0001.jsonl").read_bytes().splitlines(keepends=True)
    (run / "journal-0001.jsonl").write_bytes(b"".join(whole[:4]))
    (run / "journal-0002.jsonl").write_bytes(b"".join(whole[4:]))
    bundled.rebuild(run)
    path = bundled.bundle(run, tmp_path / "run.zip")
    assert bundled.both(path, ANNA) == "TRUSTED"


def test_the_command_says_what_is_wrong_with_a_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "key.pem"
    wrong.write_bytes(b"no key")
    with pytest.raises(SystemExit, match="2"):
        verifier.main(["a.zip", "--trusted-key", str(wrong)])
    assert "key.pem is no public key" in capsys.readouterr().err
    assert verifier.main([str(tmp_path / "none.zip")]) == verifier.ALTERED
    assert "No such file" in capsys.readouterr().out
