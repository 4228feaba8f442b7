"""``python -m benchmarks [name...] [--days N] [--json FILE] [--docs]``."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from benchmarks import flow, frames, journal, journal_cost, page, soak, stack, week
from benchmarks.measuring import Result

_NAMES = ("frames", "journal", "cost", "stack", "flow", "soak")
_LONG = ("week",)


def main() -> None:
    arguments = _arguments()
    results: list[Result] = []
    for name in arguments.names or _NAMES:
        for result in _run(name, arguments.days):
            print(_sentence(result), flush=True)
            results.append(result)
    if arguments.json:
        rows = [{**asdict(result), "met": result.met} for result in results]
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if arguments.docs:
        page.write(results)
    missed = [result.name for result in results if result.met is False]
    print(f"targets missed: {', '.join(missed) or 'none'}")


def _run(name: str, days: float) -> list[Result]:
    if name == "soak":
        return soak.run(days)
    runs = {
        "frames": frames.run,
        "journal": journal.run,
        "cost": journal_cost.run,
        "stack": stack.run,
        "flow": flow.run,
        "week": week.run,
    }
    return runs[name]()


def _sentence(result: Result) -> str:
    lines = [
        result.name,
        f"  measured  {result.measured:14,.1f} {result.unit}",
        f"  floor     {result.floor:14,.1f} {result.unit} ({result.floor_name})",
        f"  judged    {result.judged:14,.2f} {result.judged_name}",
    ]
    if result.target is not None:
        word = "at least" if result.more_is_better else "at most"
        met = "met" if result.met else "NOT MET"
        lines.append(f"  target    {word} {result.target:g}: {met}")
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures speed as ratios against a floor in the same run.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"of {', '.join((*_NAMES, *_LONG))} (default: all but {_LONG[0]})",
    )
    parser.add_argument(
        "--days", type=float, default=1.0, help="virtual days of the soak (default 1)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument(
        "--docs", action="store_true", help=f"write them into {page.PAGE.name}"
    )
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - {*_NAMES, *_LONG}):
        known = ", ".join((*_NAMES, *_LONG))
        parser.error(f"no benchmark is called {unknown[0]}; known: {known}")
    return arguments


if __name__ == "__main__":
    main()
