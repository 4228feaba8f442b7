"""The list of mutants that no test can tell from the sound module, and why."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.mutants.making import Change

LIST: Final = Path(__file__).with_name("explained.toml")


def load(path: Path = LIST) -> Mapping[Change, str]:
    """Read the list: why each mutant cannot matter.

    Raises:
        ValueError: a mutant stands in it twice, or without a reason.
    """
    why: dict[Change, str] = {}
    for each in tomllib.loads(path.read_text("utf-8")).get("mutant", []):
        change = Change(each["module"], each["was"], each["became"])
        if change in why or not each["why"].strip():
            raise ValueError(
                f"{path.name}: {change.module}: {change.became!r} needs one reason;"
                " write it once, with why no test can tell it from the sound module"
            )
        why[change] = each["why"]
    return why
