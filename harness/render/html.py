"""The HTML of a report.

Jinja2 escapes everything that a template places; this is the one place where strings
become HTML. Only the pictures, which :mod:`harness.plots` makes, are marked as safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.render.views import run_view
from harness.run_record import RunRecord

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def page(run: RunRecord) -> str:
    """Return a whole page: no script, nothing from outside, readable and printable."""
    return _render("page.html", run)


def dossier(run: RunRecord) -> str:
    """Return the same content as an element to be placed into another page."""
    return _render("dossier.html", run)


def cells(texts: Sequence[str], css: Sequence[str]) -> list[str]:
    """Return table cells for pytest-html, which escapes none itself.

    Args:
        texts: what stands in the cells.
        css: a class name of each cell.
    """
    return [
        f'<td class="{escape(name)}">{escape(text)}</td>'
        for text, name in zip(texts, css, strict=True)
    ]


def _render(template: str, run: RunRecord) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(run=run_view(run))
