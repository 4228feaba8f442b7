"""Which faults are made of a module, and how a survivor is named."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from benchmarks.mutants import explained
from benchmarks.mutants.__main__ import unlisted
from benchmarks.mutants.making import Change, mutants
from benchmarks.mutants.page import Outcome, page
from benchmarks.mutants.running import Fate
from benchmarks.mutants.scope import ROOT, SUBJECTS, Subject

SOURCE = '''\
"""A module."""

from typing import Final

LARGEST: Final[int] = 3


class Rule:
    """A rule."""

    width: float = 2.0

    @property
    def half(self) -> float | None:
        """Half of it."""
        return self.width / 2.0


def checked(value: int) -> int:
    """Check it."""
    if value > LARGEST:
        raise ValueError
    return max(value, 0)
'''


@cache
def made() -> frozenset[tuple[str, str]]:
    changes = (each.change() for each in mutants("a/b.py", SOURCE))
    return frozenset((each.was, each.became) for each in changes)


@pytest.mark.parametrize(
    ("was", "became"),
    [
        ("LARGEST: Final[int] = 3", "LARGEST: Final[int] = 4"),
        ("width: float = 2.0", "width: float = 3.0"),
        ("return self.width / 2.0", "return self.width * 2.0"),
        ("if value > LARGEST:", "if value >= LARGEST:"),
        ("if value > LARGEST:", "if not (value > LARGEST):"),
        ("raise ValueError", "pass"),
        ("return max(value, 0)", "return min(value, 0)"),
        ("return max(value, 0)", "return max(value, 1)"),
    ],
)
def test_faults_reach_constants_fields_properties_and_guards(
    was: str, became: str
) -> None:
    assert (was, became) in made()


def test_annotations_imports_and_docstrings_have_no_faults() -> None:
    assert not [
        was for was, _ in made() if was.startswith(("from", '"""', "def", "class", "@"))
    ]


def test_each_mutant_is_the_module_with_one_place_changed() -> None:
    for mutant in mutants("a/b.py", SOURCE):
        compile(mutant.source(), "a/b.py", "exec")
        assert mutant.source() != SOURCE
        assert mutant.change().module == "a/b.py"


ALIVE = Change("a/b.py", "x = 1", "x = 2")
OTHER = Change("c/d.py", "y = 1", "y = 2")


def outcome(*survivors: Change) -> Outcome:
    fates = Counter({Fate.KILLED: 5, Fate.SURVIVED: len(survivors)})
    return Outcome(Subject("a/b.py", ("tests/b.py",)), fates, survivors)


def test_a_survivor_must_be_explained_and_an_explained_one_must_live() -> None:
    assert unlisted([outcome(ALIVE)], {ALIVE: "same"}) == []
    (lives,) = unlisted([outcome(ALIVE)], {})
    assert lives == (
        "a/b.py: 'x = 1' -> 'x = 2' lives; kill it by a test, or explain it"
    )
    (past,) = unlisted([outcome()], {ALIVE: "same"})
    assert past.endswith("is explained, but killed or gone; take it off the list")


def test_the_list_of_modules_that_were_not_tried_is_left_alone() -> None:
    assert unlisted([outcome(ALIVE)], {ALIVE: "same", OTHER: "same"}) == []


def test_the_page_counts_and_explains() -> None:
    text = page([outcome(ALIVE)], {ALIVE: "the same number"}, 30, "the command")
    assert "in one run by `the command`;" in text
    assert "| `a/b.py` | 6 | 5 | 0 | 1 |\n| all | 6 | 5 | 0 | 1 |\n" in text
    assert "- `` x = 1 `` became `` x = 2 ``: the same number\n" in text


@pytest.mark.parametrize("why", ["", "  "])
def test_a_mutant_without_a_reason_is_refused(tmp_path: Path, why: str) -> None:
    listed = tmp_path / "list.toml"
    listed.write_text(
        f'[[mutant]]\nmodule = "a"\nwas = "x"\nbecame = "y"\nwhy = "{why}"\n', "utf-8"
    )
    with pytest.raises(ValueError, match=r"needs one reason"):
        explained.load(listed)


def test_what_is_listed_stands_in_the_modules() -> None:
    # Each line that an explained mutant changed is still there.
    for change in explained.load():
        source = (ROOT / change.module).read_text("utf-8")
        flat = " ".join(line.strip() for line in source.splitlines())
        assert change.was in flat, change


def test_every_module_and_test_file_is_there() -> None:
    for each in SUBJECTS:
        assert all((ROOT / path).is_file() for path in (each.path, *each.tests))
