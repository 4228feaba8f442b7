"""Text of others shows everything that is in it."""

import pytest

from harness.render.html import cell, text
from harness.render.plain_text import visible


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("µg/mL ± 5 °C, ν = ∞", "µg/mL ± 5 °C, ν = ∞"),
        ("FAIL\u202eSSAP", "FAIL\\u202eSSAP"),
        ("PA\u200bSS", "PA\\u200bSS"),
        ("\x00\x1b[2J\x7f", "\\u0000\\u001b[2J\\u007f"),
        ("half \ud800", "half \\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_its_code(given: str, shown: str) -> None:
    assert visible(given) == shown
    assert visible(given).encode("utf-8")
    assert text(given) == cell((given,), "x").removeprefix('<td class="x">')[:-5]
