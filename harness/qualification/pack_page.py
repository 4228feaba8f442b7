"""A qualification as a page: no script, nothing from outside, readable and printable.

The page is a function of the pack alone, so that an audit can make it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harness import render
from harness.qualification import pack_words
from harness.qualification.pack import QUALIFIED, Grade, Pack, Part, Subject
from harness.render.page_environment import page_environment

_TEMPLATES: Final = (
    Path(__file__).resolve().parent / "templates",
    Path(render.__file__).resolve().parent / "templates",
)
_TONES: Final = {
    Grade.PASSED: "pass",
    Grade.MISSING: "inconclusive",
    Grade.FAILED: "fail",
}


def page(pack: Pack) -> str:
    """Return the whole page of a pack; all texts in it are escaped."""
    environment = page_environment(*_TEMPLATES)
    by_subject = {each.subject: each for each in pack.parts}
    return environment.get_template("pack.html").render(
        pack=pack,
        is_qualified=pack.verdict == QUALIFIED,
        against=tuple(pack.against()),
        parts=[by_subject.get(each, Part(each, ())) for each in Subject],
        words=pack_words,
        tones=_TONES,
    )
