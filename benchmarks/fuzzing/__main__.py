"""``python -m benchmarks.fuzzing [name...] [--bytes N] [--seed N] [--out FILE]``.

Bytes made up at random, and messages damaged at random, for every parser: it must raise
nothing but its declared error, take nothing that was not sent, not depend on how the
stream is cut, and keep little. Writes a page for the documentation.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

from benchmarks.fuzzing import campaign
from benchmarks.fuzzing.campaign import Outcome
from benchmarks.fuzzing.table import SUBJECTS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "fuzzing.md"
SIZE: Final = 10_000_000
_HEAD: Final = """\
# Fuzzed parsers

Written by `make fuzz` (`python -m benchmarks.fuzzing --bytes {size} --seed {seed}`).
Every parser, of replies and of commands, has read the bytes below. *Raw* are bytes of
any value and bytes of the protocol's own alphabet, half of each. *Structured* are sound
messages that are whole, cut, spliced, doubled, merged, or have bits flipped and bytes
lost or inserted. All arrive in chunks of 1 to 4,096 bytes.

No parser raised anything but its declared error. The bytes of each accepted message
stand in the stream, behind those of the one before and where a message may begin; and
a second reading of these bytes, which shares no code with the parser, gives the same
values. (Of the pump link that is so for frames and statuses; its other messages are
written again, and give the same bytes.) No end of a weight or a status passed for
another. An eighth of the streams was read again in one piece: how a stream is cut
changes nothing. What a probe finds need only stand in its answers.

*Memory* is the most that a reader and one chunk's results took while streams of
{endless:,} bytes came in which no message ends; at most {limit:,} bytes are allowed.

| parser | raw bytes | structured bytes | accepted | bytes rejected | memory |
| --- | ---: | ---: | ---: | ---: | ---: |
"""


def page(outcomes: Sequence[Outcome], size: int, seed: int) -> str:
    """Return the page."""
    limit = campaign.MOST_MEMORY
    head = _HEAD.format(size=size, seed=seed, endless=size // 10, limit=limit)
    return head + "".join(
        f"| {each.name} | {each.raw:,} | {each.structured:,} | {each.accepted:,}"
        f" | {each.rejected:,} | {each.peak:,} |\n"
        for each in outcomes
    )


def timed(name: str, seed: int, size: int) -> tuple[Outcome, float]:
    """Fuzz one parser; return what it did and how long that took, s."""
    begin_s = time.perf_counter()
    outcome = campaign.run(SUBJECTS[name], seed, size)
    return outcome, time.perf_counter() - begin_s


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzzing")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(SUBJECTS))
    parser.add_argument("--bytes", type=int, default=SIZE, help="for each parser")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(SUBJECTS)):
        parser.error(f"no parser is called {unknown[0]}; known: {', '.join(SUBJECTS)}")
    names = options.names or list(SUBJECTS)
    found: dict[str, Outcome] = {}
    with ProcessPoolExecutor() as pool:
        waiting = {
            pool.submit(timed, name, options.seed, options.bytes): name
            for name in names
        }
        for each in as_completed(waiting):
            name = waiting[each]
            if error := each.exception():
                print(f"{name}: {error!r}", *getattr(error, "__notes__", ()))
                continue
            found[name], took_s = each.result()
            print(f"{len(found)} of {len(names)}: {name}, {took_s:.1f} s", flush=True)
    if len(found) < len(names):
        return 1
    outcomes = [found[name] for name in names]
    options.out.write_text(page(outcomes, options.bytes, options.seed), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
