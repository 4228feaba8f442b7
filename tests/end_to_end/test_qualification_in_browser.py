"""The page of a qualification in a real browser."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from harness.qualification.pack_page import page
from tests.end_to_end.test_dossier_in_browser import asked
from tests.harness.qualification import packs


@pytest.mark.slow
def test_the_page_passes_axe_core(tmp_path: Path) -> None:
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    script = axe.replace("</script", "<\\/script") + (
        "\naxe.run().then(done => tell(done.violations.map("
        "each => each.id + ' ' + each.nodes.map(node => node.html).join(' '))));"
    )
    runs = [each for each in packs.outcomes() if each.job != "D03"]
    for made in (packs.pack(), packs.pack(packs.contents(runs))):
        assert asked(page(made), script, tmp_path) == []
