"""The HTML of a report.

Jinja2 escapes everything that a template places; this is the one place where strings
become HTML. Only the pictures, which :mod:`harness.render.plots` makes, are marked as
safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.render.paging import PageLink
from harness.render.views import RunView

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def page(run: RunView) -> str:
    """Return a whole page: no script, nothing from outside, readable and printable."""
    return _render("page.html", run)


def dossier(run: RunView) -> str:
    """Return the same content, to stand at the head of a page of pytest-html."""
    return _render("embedded.html", run)


def page_links(links: Sequence[PageLink]) -> str:
    """Return the ways to the pages of a report; empty where there is only one."""
    if not links:
        return ""
    ways = (
        f'<a href="{escape(each.file)}">{escape(each.said)}</a>'
        if each.file
        else f"<b>{escape(each.said)}</b>"
        for each in links
    )
    return f'<nav class="pages">{" · ".join(ways)}</nav>'


def cell(lines: Sequence[str], css_class: str) -> str:
    """Return a table cell for pytest-html, which escapes none itself."""
    text = "<br>".join(escape(line) for line in lines)
    return f'<td class="{escape(css_class)}">{text}</td>'


def text(plain: str) -> str:
    """Return plain text as HTML."""
    return escape(plain)


def _render(template: str, run: RunView) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(run=run)
