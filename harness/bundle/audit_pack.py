"""The part of an audit about a qualification: its data, its page, and its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.bundle import manifest, names, pack_bundle
from harness.bundle.archive import NotCanonical
from harness.bundle.audit_signatures import Row
from harness.bundle.auditor import Auditor
from harness.bundle.findings import Check, Conclusion, fails, holds, unknown
from harness.bundle.opened import Bundle
from harness.errors import ConfigurationError
from harness.qualification import pack as packs
from harness.qualification import pack_campaign, pack_runs
from harness.qualification.pack import DATA, PAGE, Pack
from harness.qualification.pack_page import page

_MOST_BYTES: Final = 1 << 30


def examine(
    bundle: Bundle, row: Row, auditor: Auditor
) -> tuple[tuple[Check, ...], str]:
    """Check the qualification in a bundle; return also its verdict.

    Verdict and kill matrix are worked out anew from the checks and from the lines of
    the campaigns.

    Args:
        bundle: whose files are those of its manifest.
        row: its attestations.
        auditor: whom to trust.
    """
    try:
        data = _bytes(bundle, DATA, manifest.MOST_BYTES)
        pack = packs.parse(data, DATA)
        checks = [
            _files(bundle, pack),
            *_follows(bundle, pack, auditor),
            *_statement(row, pack),
        ]
    except (ConfigurationError, NotCanonical) as error:
        return (fails("qualification", str(error), Conclusion.ALTERED),), ""
    return tuple(checks), pack.verdict


def _files(bundle: Bundle, pack: Pack) -> Check:
    beside = {
        name.removeprefix(names.RUN): bundle.entries[name].sha256
        for name in bundle.under(names.RUN)
    }
    for name in (DATA, PAGE):
        beside.pop(name, None)
    if beside == pack.files:
        return holds(
            "evidence", f"the {len(beside)} files that {DATA} names, no others"
        )
    text = f"the files beside {DATA} are not those that it names"
    return fails("evidence", text, Conclusion.ALTERED)


def _follows(bundle: Bundle, pack: Pack, auditor: Auditor) -> Iterator[Check]:
    """Make page and campaign's parts again."""
    is_own = pack.expected.software.get("sha256") == auditor.software
    found = {
        name: _bytes(bundle, name, _MOST_BYTES)
        for name in pack.files
        if name.startswith(f"{pack_runs.CAMPAIGNS}/")
    }
    again = pack_campaign.parts(pack_runs.read(found), pack.expected)
    subjects = {each.subject for each in again}
    said = tuple(each for each in pack.parts if each.subject in subjects)
    made = page(pack).encode("utf-8")
    is_page = _bytes(bundle, PAGE, _MOST_BYTES) == made
    for what, is_same in (("what the campaigns show", said == again), (PAGE, is_page)):
        if is_same:
            yield holds("rebuilt", f"{what} follows from the evidence")
        elif is_own:
            text = f"{what} is not what follows from the evidence"
            yield fails("rebuilt", text, Conclusion.ALTERED)
        else:
            text = f"another version made {what}; audit with {pack.tool}"
            yield unknown("rebuilt", text)


def _statement(row: Row, pack: Pack) -> Iterator[Check]:
    if row.statement is None:
        return
    wanted = pack_bundle.result(pack)
    said = {name: row.statement.result.get(name) for name in wanted}
    if said == wanted:
        yield holds("result", f"statement and checks agree: {pack.verdict}")
    else:
        text = "the statement says something else than the checks"
        yield fails("result", text, Conclusion.ALTERED)


def _bytes(bundle: Bundle, name: str, at_most: int) -> bytes:
    return bundle.bytes_of(names.RUN + name, at_most)
