"""``python -m benchmarks.picture``: the picture of a report in the README.

Runs the default verification into a temporary folder and photographs the top of its
report with Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PICTURE: Final = ROOT / "docs" / "report.png"
_SIZE: Final = "1200,1500"
_MOST_BYTES: Final = 400 * 1024
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> None:
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        sys.exit(
            f"no browser found; install Chromium so that one of {', '.join(_BROWSERS)}"
            " is on the PATH"
        )
    with TemporaryDirectory() as folder:
        _photograph(browser, _report(Path(folder)), Path(folder) / "report.png")
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes")


def _report(folder: Path) -> Path:
    program = [sys.executable, "-m", "fixtures.cli", "verify", "--runs", str(folder)]
    done = subprocess.run(
        program, cwd=ROOT, capture_output=True, text=True, check=False
    )
    reports = sorted(folder.glob("*/report.html"))
    if done.returncode or not reports:
        sys.exit(f"the verification failed, so there is no picture:\n{done.stdout}")
    return reports[-1]


def _photograph(browser: str, report: Path, picture: Path) -> None:
    subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",  # The page is our own; root in a container needs it.
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            f"--user-data-dir={picture.parent / 'profile'}",
            f"--window-size={_SIZE}",
            f"--screenshot={picture}",
            report.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    size = picture.stat().st_size
    if size > _MOST_BYTES:
        sys.exit(f"the picture has {size:,} bytes, more than {_MOST_BYTES:,}")
    shutil.copyfile(picture, PICTURE)


if __name__ == "__main__":
    main()
