"""The HTML of a report.

Jinja2 escapes everything that a template places; this is the one place where strings
become HTML, and where what cannot be seen in them becomes visible. Only the pictures,
which :mod:`harness.render.plots` and :mod:`harness.render.timeline_picture` make, are
marked as safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from harness.render.case_view import CaseView
from harness.render.page_environment import page_environment
from harness.render.paging import PageLink
from harness.render.plain_text import visible
from harness.render.run_record import RunRecord
from harness.render.views import RunView, run_view

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def dossier_page(run: RunRecord) -> str:
    """Return the dossier of a run: the same record gives the same bytes everywhere."""
    return page(run_view(run))


def page(run: RunView) -> str:
    """Return a whole page: no script, nothing from outside, readable and printable."""
    return _render("page.html", run)


def index(run: RunView) -> str:
    """Return what stands at the head of a page of pytest-html: all but the cases."""
    return _render("index.html", run)


def row_details(case: CaseView) -> str:
    """Return what unfolds below a case's row on a page of pytest-html: its plots."""
    return page_environment(_TEMPLATES).get_template("row.html").render(case=case)


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
    said = "<br>".join(text(line) for line in lines)
    return f'<td class="{escape(css_class)}">{said}</td>'


def text(plain: str) -> str:
    """Return plain text as HTML."""
    return escape(visible(plain))


def _render(template: str, run: RunView) -> str:
    return page_environment(_TEMPLATES).get_template(template).render(run=run)
