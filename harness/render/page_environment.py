"""How every page is made from its template.

Jinja2 escapes everything that a template places, and what cannot be seen in a text
becomes visible.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.render.plain_text import visible


def page_environment(*folders: Path) -> Environment:
    """Return what renders the templates of some folders.

    Args:
        folders: where a template is looked for, one after the other.
    """
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )


def _seen(value: object) -> object:
    """What a template is about to place; markup of our own stays as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value
