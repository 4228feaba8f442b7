"""A report opened years later, by a browser that reaches nothing but the file."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Final

import pytest

from harness.render.artefacts import DOSSIER, REPORT
from tests.end_to_end.command import Outcome, verify
from tests.end_to_end.test_dossier_in_browser import chromium

pytestmark = pytest.mark.slow
NO_NETWORK: Final = "--host-resolver-rules=MAP * ~NOTFOUND"
# What Chromium asks for by itself, for its updates, has no page behind it.
OF_THE_BROWSER: Final = "not an origin"
FETCHING: Final = re.compile(
    r"<link\b|<base\b|<i?frame\b|<object\b|<embed\b|@import|http-equiv=\"?refresh"
    r"|url\((?!#|data:)"
    r"|\b(?:src|srcset|poster|background|data|xlink:href)=[\"']?(?![\"'#]|data:)",
    re.IGNORECASE,
)
WITHOUT_CODE: Final = re.compile(r"<script\b.*?</script>", re.DOTALL)
URL: Final = re.compile(r"https?://[^\"']+")
WANTING: Final = (
    '<link rel="stylesheet" href="https://fonts.googleapis.com/a.css">',
    '<img src="http://example.org/a.png">',
    '<script src="https://example.org/a.js"></script>',
    "<style>@import 'http://example.org/a.css';</style>",
    "<script>fetch('https://example.org/a.json')</script>",
)


@pytest.fixture(scope="module")
def run(folder: Path) -> Outcome:
    found = verify(folder / "later", cases=["ITB-BOL-001/single"])
    assert found.code == 0, found.output
    return found


def opened(page: Path, tmp_path: Path, *options: str) -> tuple[str, list[str]]:
    """What a browser makes of a page, and the addresses that the page asked for."""
    tmp_path.mkdir(exist_ok=True)
    log = tmp_path / "net-log.json"
    dom = chromium(
        page, tmp_path / "profile", "--dump-dom", f"--log-net-log={log}", *options
    )
    noted = json.loads(log.read_text(encoding="utf-8"))
    asked = [event.get("params", {}) for event in noted["events"]]
    return dom, [
        each["url"]
        for each in asked
        if "url" in each and each.get("initiator", OF_THE_BROWSER) != OF_THE_BROWSER
    ]


def test_what_a_page_wants_from_the_network_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "wanting.html"
    page.write_text(f"<title>a</title>{''.join(WANTING)}<p>b", encoding="utf-8")

    _, asked = opened(page, tmp_path, NO_NETWORK)

    wanted = [url for each in WANTING for url in URL.findall(each)]
    assert len(wanted) == len(WANTING)
    assert set(wanted) <= set(asked)


@pytest.mark.parametrize("name", [REPORT, DOSSIER])
def test_a_page_looks_the_same_alone_and_without_a_network(
    run: Outcome, tmp_path: Path, name: str
) -> None:
    alone = tmp_path / name
    alone.write_bytes((run.folder / name).read_bytes())

    with_network, asked = opened(run.folder / name, tmp_path / "with")
    without, asked_in_vain = opened(alone, tmp_path / "without", NO_NETWORK)

    assert asked == asked_in_vain == []
    assert without == with_network
    assert "ITB-BOL-001/single" in without


@pytest.mark.parametrize("name", [REPORT, DOSSIER])
def test_nothing_in_a_page_would_be_fetched(run: Outcome, name: str) -> None:
    html = (run.folder / name).read_text(encoding="utf-8")

    # The table's rows wait in an attribute, as JSON.
    rows_too = unescape(html).replace('\\"', '"')
    assert FETCHING.findall(WITHOUT_CODE.sub("", rows_too)) == []
    assert "<script src" not in html
