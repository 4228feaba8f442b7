"""The page: complete, static, and nothing in it that others could run."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from harness.qualification import pack as packs
from harness.qualification.pack import Check, Grade, Part, Subject
from harness.qualification.pack_page import page
from harness.qualification.pack_words import LIMITS, REPEAT_WHEN, RISKS
from tests.harness.qualification.packs import pack

ATTACK = "</style></td><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"


def test_the_page_says_everything() -> None:
    made = pack()
    html = page(made)
    assert "<title>QUALIFIED: qualification of dosebench 0.1.0</title>" in html
    assert "Why not" not in html
    for part in made.parts:
        assert part.subject.value.replace("'", "&#39;") in html
        for check in part.checks:
            assert escape(check.what) in html
            assert escape(check.found) in html
    for sha256 in (*made.files.values(), *made.identity.values()):
        assert sha256 in html
    for said in (*(r.harm for r in RISKS), *(a for a, _ in LIMITS), *REPEAT_WHEN):
        assert said.replace("'", "&#39;") in html
    assert html.count('<span class="chip pass">PASSED</span>') > len(made.parts)


def test_every_reason_stands_on_the_page() -> None:
    bad = Check("clock", "goes on", "stands", "look", Grade.FAILED)
    parts = (Part(Subject.HOST, (bad,)), *pack().parts[3:])
    made = replace(pack(), parts=parts)
    html = page(made)
    assert "<title>NOT QUALIFIED" in html
    reasons = tuple(made.against())
    assert len(reasons) == 3
    for each in reasons:
        assert f"<li>{each.replace(chr(39), '&#39;')}</li>" in html


def test_nothing_of_others_becomes_markup() -> None:
    bad = Check(ATTACK, ATTACK, ATTACK, ATTACK, Grade.FAILED)
    made = replace(
        pack(),
        tool=ATTACK,
        made=ATTACK,
        identity={"source": ATTACK, ATTACK: ATTACK},
        parts=(Part(Subject.HOST, (bad,)),),
        files={ATTACK: ATTACK},
    )
    html = page(packs.parse(made.to_bytes(), "x"))
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert "\\u202e" in html
    assert html.count("</style>") == 1


def test_the_page_needs_nothing_from_outside() -> None:
    html = page(pack())
    links = re.findall(r"(?:src|href|action|data|poster)=\"([^\"]*)\"", html)
    assert links
    assert all(link.startswith("#") for link in links)
    assert "default-src 'none'" in html
    assert "url(" not in html


def test_one_pack_has_one_page() -> None:
    assert page(packs.parse(pack().to_bytes(), "x")) == page(pack())
