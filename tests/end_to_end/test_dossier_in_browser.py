"""The dossier of a real run: in a real browser, on paper, and in other places."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest

from harness.evidence.records import Kind
from harness.render.artefacts import DOSSIER, FACTS
from harness.render.html import dossier_page
from harness.render.run_fold import of_journal
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import Weight
from tests.end_to_end.command import ENVIRONMENT, ROOT, Outcome, verify
from tests.harness.render.sample_run import write
from tests.harness.render.test_render import ATTACK, signed, write_hostile
from tests.harness.render.test_timeline import broken_off

BOLUS: Final = "ITB-BOL-001/single"
STALL: Final = "ITB-STL-001/magnet"
SCREENSHOTS: Final = ROOT / "build" / "screenshots"
POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
FOUND: Final = re.compile(r'<pre id="found">(.*?)</pre>', re.DOTALL)
# Letters of a page's own title, which an attack would change.
TITLE: Final = re.compile(r"<title>(.*?)</title>", re.DOTALL)
AGAIN: Final = """
import hashlib, pathlib, sys
from harness.render.facts import facts
from harness.render.html import dossier_page
from harness.render.run_fold import of_journal
run = of_journal(pathlib.Path(sys.argv[1]))
for text in (facts(run), dossier_page(run)):
    print(hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def run(folder: Path) -> Outcome:
    found = verify(folder / "dossier", cases=[BOLUS, STALL])
    assert found.code == 0, found.output
    return found


def chromium(page: Path, profile: Path, *options: str) -> str:
    """Open a page in Chromium and return what it prints."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed; .ci/run installs it")
    always = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    line = [browser, *always, f"--user-data-dir={profile}", *options, page.as_uri()]
    done = subprocess.run(
        line, capture_output=True, encoding="utf-8", check=True, timeout=120
    )
    return done.stdout


def asked(html: str, script: str, tmp_path: Path, *options: str) -> Any:
    """Run a script of ours in a copy of a page; it calls `tell` with its findings."""
    tell = (
        "function tell(found) { const said = document.createElement('pre');"
        " said.id = 'found'; said.textContent = JSON.stringify(found);"
        " document.body.appendChild(said); }"
    )
    bare = POLICY.sub("", html)
    ours = f"<script>{tell}\n{script}</script></body>"
    copy = tmp_path / "asked.html"
    copy.write_text(ours.join(bare.rsplit("</body>", 1)), encoding="utf-8")
    budget = "--virtual-time-budget=600000"
    profile = tmp_path / "profile"
    dom = chromium(copy, profile, "--dump-dom", budget, *options)
    (found,) = FOUND.findall(dom)
    return json.loads(unescape(found))


def samples(tmp_path: Path) -> dict[str, str]:
    """Small dossiers that among them hold everything that a dossier may hold."""
    deviation = signed(in_force=True, why_not="", id="DEV-2026-001")
    runs = {
        "all-verdicts": of_journal(write(tmp_path / "a")),
        "resumed": of_journal(broken_off(tmp_path / "b")),
        "hostile": of_journal(write_hostile(tmp_path / "d")),
    }
    runs["hostile"] = replace(runs["hostile"], deviations=(signed(), deviation))
    return {name: dossier_page(each) for name, each in runs.items()}


@pytest.mark.slow
def test_the_dossier_passes_axe_core(tmp_path: Path) -> None:
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    script = axe.replace("</script", "<\\/script") + (
        "\naxe.run().then(done => tell(done.violations.map("
        "each => [each.id, each.nodes.map(node => node.html)])));"
    )
    for name, html in samples(tmp_path).items():
        assert asked(html, script, tmp_path) == [], name


@pytest.mark.slow
def test_nothing_is_wider_than_the_page(run: Outcome, tmp_path: Path) -> None:
    html = (run.folder / DOSSIER).read_text(encoding="utf-8")
    script = "tell([document.documentElement.scrollWidth, innerWidth]);"

    for width in (1100, 760):
        wide, window = asked(html, script, tmp_path, f"--window-size={width},900")
        assert wide <= window


def test_no_attack_works_even_without_the_policy(tmp_path: Path) -> None:
    html = samples(tmp_path)["hostile"]
    script = "tell([document.title, document.body.innerText]);"

    title, text = asked(html, script, tmp_path)

    assert title == unescape(TITLE.findall(html)[0])
    assert title != "owned"
    assert text.count(ATTACK) > 60


def test_the_dossier_stands_beside_the_report_and_needs_nothing_else(
    run: Outcome,
) -> None:
    html = (run.folder / DOSSIER).read_text(encoding="utf-8")

    assert "<script" not in html
    assert "default-src 'none'" in html
    links = re.findall(r"(?:src|href|action|data|poster)=\"([^\"]*)\"", html)
    assert all(link.startswith("#") for link in links)
    assert "url(" not in html.replace("url(#", "")
    assert "@import" not in html


@pytest.mark.slow
def test_one_journal_gives_the_same_bytes_anywhere(
    run: Outcome, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "another name"
    shutil.copytree(run.folder, elsewhere)
    places = (
        (run.folder, {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}),
        (elsewhere, {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C"}),
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", AGAIN, str(folder)],
            env={**ENVIRONMENT, **changes},
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        for folder, changes in places
    ]

    assert found[0] == found[1]
    live = run.folder / DOSSIER
    assert dossier_page(of_journal(run.folder)) == live.read_text(encoding="utf-8")


def test_the_frames_shown_are_those_behind_the_number(run: Outcome) -> None:
    facts = json.loads((run.folder / FACTS).read_text(encoding="utf-8"))
    case = next(each for each in facts["record"]["cases"] if each["id"] == BOLUS)
    (measured,) = case["measurements"]
    values = {line["name"]: line["value"] for line in measured["budget"]}
    means = [each for each in measured["frames"] if "the mean of" in each["what"]]
    assert len(means) == 4

    for stretch in means:
        first, last = stretch["first"], stretch["last"]
        frames = [
            record
            for record in run.of(Kind.EXCHANGE)
            if first["seq"] <= record.seq <= last["seq"]
            and record.fields["port"] == "balance"
        ]
        assert len(frames) == stretch["count"]
        assert frames[0].fields["received"] == first["received"]
        assert frames[-1].fields["received"] == last["received"]
        name = stretch["what"].partition(":")[0]
        mean_mg = math.fsum(map(_mg, frames)) / len(frames)
        assert mean_mg == pytest.approx(values[name], abs=1e-9)


def _mg(exchange: Any) -> float:
    reply = parse(bytes.fromhex(exchange.fields["received"]))
    assert isinstance(reply, Weight)
    return reply.mass_ng() / 1e6


@pytest.mark.slow
def test_it_prints_and_its_pictures_are_kept(run: Outcome, tmp_path: Path) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pages = {"real": run.folder / DOSSIER}
    for name, html in samples(tmp_path).items():
        pages[name] = tmp_path / f"{name}.html"
        pages[name].write_text(html, encoding="utf-8")

    for name, page in pages.items():
        picture = SCREENSHOTS / f"dossier-{name}.png"
        size = "--window-size=1100,3200"
        chromium(page, tmp_path / "profile", f"--screenshot={picture}", size)
        assert picture.read_bytes().startswith(b"\x89PNG")
    paper = SCREENSHOTS / "dossier-real.pdf"
    chromium(pages["real"], tmp_path / "profile", f"--print-to-pdf={paper}")
    assert paper.read_bytes().startswith(b"%PDF")
