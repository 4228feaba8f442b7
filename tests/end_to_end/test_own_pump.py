"""A stranger's package: installed into an environment of its own, and used from there.

Every command of the how-to is run, in its order, from an empty folder.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.end_to_end.command import ROOT

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the how-to is written for a POSIX shell"
)
HOW_TO = ROOT / "docs" / "how-to" / "add-your-pump.md"
_AT_MOST_S = 100


class Stranger:
    """An environment with what is installed here, and a shell in an empty folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "work"
        self.folder.mkdir()
        self._bin = home / "env" / "bin"
        venv.create(home / "env", with_pip=False)
        self._borrow(home / "env")
        python = self._bin / "python"
        self._command("dosebench", f"{python} -m fixtures.cli")
        self._command("pip", f"{sys.executable} -m pip --python {python}")

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-ec", line],
            cwd=self.folder,
            env={
                "PATH": f"{self._bin}{os.pathsep}{os.defpath}",
                "HOME": str(self.folder),
                "DOSEBENCH": str(ROOT),
                "PIP_NO_INDEX": "1",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PYTHONUTF8": "1",
                "PYTEST_ADDOPTS": "-p no:hypothesispytest",
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_AT_MOST_S,
            check=False,
        )

    def _borrow(self, environment: Path) -> None:
        """Let it see the libraries of this interpreter, and the checkout."""
        (own,) = environment.glob("lib/python*/site-packages")
        lent = [f"import site; site.addsitedir({each!r})" for each in _libraries()]
        (own / "lent.pth").write_text("\n".join([*lent, str(ROOT)]), encoding="utf-8")

    def _command(self, name: str, line: str) -> None:
        script = self._bin / name
        script.write_text(f'#!/bin/sh\nexec {line} "$@"\n', encoding="utf-8")
        script.chmod(0o755)


def _libraries() -> list[str]:
    return [each for each in site.getsitepackages() if Path(each).is_dir()]


def commands() -> list[str]:
    """The commands of the how-to's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def stranger(tmp_path: Path) -> Stranger:
    return Stranger(tmp_path)


@pytest.mark.slow
def test_an_installed_package_is_all_that_a_pump_needs(stranger: Stranger) -> None:
    ask = (
        "dosebench conformance --pump acme-drip --json"
        ' --profile "$DOSEBENCH/examples/own-pump/profile.toml"'
    )
    before = stranger.run(ask)
    assert before.returncode == 4
    assert "unknown" in before.stderr

    for line in commands()[:2]:
        assert stranger.run(line).returncode == 0

    done = stranger.run(ask)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert {each["outcome"] for each in found["checks"]} == {"PASS"}
    plans = {each["plan"]: each for each in found["plans"]}
    assert plans["implanted"]["runs"] == []
    assert plans["implanted"]["not_applicable"] > 100
    assert plans["trial_infusion"]["runs"]
    assert plans["trial_infusion"]["missing"] == {}


@pytest.mark.slow
def test_every_command_of_the_how_to_works(stranger: Stranger) -> None:
    lines = commands()
    assert {shlex.split(line)[0] for line in lines} == {"cp", "pip", "dosebench"}
    said = {}
    for line in lines:
        done = stranger.run(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        said[line] = done.stdout
    (as_json,) = (text for line, text in said.items() if line.endswith("--json"))
    found = json.loads(as_json)
    assert {each["outcome"] for each in found["checks"]} == {"PASS"}
    verified = [text for line, text in said.items() if " verify " in line]
    assert len(verified) == 2
    assert all("PASS, run COMPLETE" in text for text in verified)
