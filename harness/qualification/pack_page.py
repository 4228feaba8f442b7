"""A qualification as a page: no script, nothing from outside, readable and printable.

The page is a function of the pack alone, so that an audit can make it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness import render
from harness.qualification import pack_words
from harness.qualification.pack import QUALIFIED, Grade, Pack, Part, Subject
from harness.render.plain_text import visible

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
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    by_subject = {each.subject: each for each in pack.parts}
    return environment.get_template("pack.html").render(
        pack=pack,
        is_qualified=pack.verdict == QUALIFIED,
        against=tuple(pack.against()),
        parts=[by_subject.get(each, Part(each, ())) for each in Subject],
        words=pack_words,
        tones=_TONES,
    )


def _seen(value: object) -> object:
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return visible(str(value)) if is_text else value
