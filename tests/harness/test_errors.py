"""The tree of exceptions is the one that its module draws."""

from __future__ import annotations

import inspect
import re

import pytest

from harness import errors
from harness.errors import CommandRefused, HarnessError, PumpFinding

DRAWN = re.compile(r"^ *(\|   )*\+-- (?P<name>\w+)", re.MULTILINE)


def drawn() -> dict[str, str]:
    """Each class with its parent, as the docstring draws them."""
    assert errors.__doc__ is not None
    parents = ["HarnessError"]
    found = {}
    for line in DRAWN.finditer(errors.__doc__):
        depth = (line.start("name") - line.start()) // 4 - 2
        del parents[depth + 1 :]
        found[line["name"]] = parents[-1]
        parents.append(line["name"])
    return found


def test_the_drawing_is_the_tree() -> None:
    real = {
        name: each.__base__.__name__
        for name, each in inspect.getmembers(errors, inspect.isclass)
        if each is not HarnessError and each.__base__ is not None
    }
    assert drawn() == real


@pytest.mark.parametrize("root", [HarnessError, PumpFinding])
def test_a_root_cannot_be_raised(root: type[HarnessError]) -> None:
    with pytest.raises(TypeError, match=f"not {root.__name__}"):
        root("something")


def test_a_refusal_tells_command_code_and_field() -> None:
    refusal = CommandRefused("no", command="WRITE", code="OUT_OF_RANGE", field="rate")
    assert (refusal.command, refusal.code, refusal.field) == (
        "WRITE",
        "OUT_OF_RANGE",
        "rate",
    )
    assert str(refusal) == "no"
    assert isinstance(refusal, PumpFinding)
