"""Only what a second person signs, with a root cause, takes a verdict away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.signing.deviations import Deviation, Invalidated, Role, SignedDeviation
from harness.signing.keys import SigningKey
from harness.signing.standing import standing

RUN = "aa" * 32
FIRST = Deviation(
    id="DEV-2026-001",
    text="The outlet touched the vessel.",
    root_cause="The clamp was loose.",
    name="B. Example",
    role=Role.REVIEWER,
    t_ns=10**18,
    invalidates=(Invalidated("bb" * 32, 853), Invalidated("dd" * 32, 900)),
)
LATER = replace(
    FIRST,
    id="DEV-2026-002",
    t_ns=10**18 + 10**9,
    supersedes="DEV-2026-001",
    invalidates=(),
)
SUPERSEDED = "changes nothing: superseded by DEV-2026-002"
NO_CAUSE = "changes nothing: no root cause is given"
SAME_KEY = (
    "changes nothing: signed with the performer's key; a reviewer or an approver must"
    " sign"
)


def worth(
    *signed: tuple[Deviation, SigningKey], performers: tuple[SigningKey, ...] = ()
) -> list[str]:
    found = standing(
        [SignedDeviation(each, RUN, key.public, "") for each, key in signed],
        RUN,
        {key.key_id for key in performers},
        FIRST.invalidates,
    )
    assert [each.signed.deviation for each in found] == [each for each, _ in signed]
    for each in found:
        assert each.counts == each.statement.startswith("invalidates record")
    return [each.statement for each in found]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.APPROVER])
def test_a_second_person_invalidates(
    anna: SigningKey, bert: SigningKey, role: Role
) -> None:
    deviation = replace(FIRST, role=role)

    assert worth((deviation, bert), performers=(anna,)) == [
        "invalidates record 853, 900"
    ]


def test_without_a_root_cause_nothing_changes(bert: SigningKey) -> None:
    assert worth((replace(FIRST, root_cause=""), bert)) == [NO_CAUSE]


def test_the_performer_cannot_invalidate(anna: SigningKey) -> None:
    assert worth((replace(FIRST, role=Role.PERFORMER), anna)) == [SAME_KEY]
    assert worth((FIRST, anna), performers=(anna,)) == [SAME_KEY]


def test_who_signed_as_performer_is_no_reviewer_of_the_same_run(
    anna: SigningKey,
) -> None:
    remark = replace(LATER, role=Role.PERFORMER, supersedes="")

    assert worth((FIRST, anna), (remark, anna)) == [SAME_KEY, "invalidates no verdict"]


def test_another_run_is_not_concerned(bert: SigningKey) -> None:
    signed = SignedDeviation(FIRST, "cc" * 32, bert.public, "")

    (found,) = standing([signed], RUN, (), FIRST.invalidates)

    assert not found.counts
    assert found.statement == "changes nothing: it belongs to another run"


def test_a_correction_takes_the_first_away(bert: SigningKey, carl: SigningKey) -> None:
    assert worth((FIRST, bert), (LATER, carl)) == [SUPERSEDED, "invalidates no verdict"]
    corrected = replace(LATER, invalidates=FIRST.invalidates[:1])
    assert worth((corrected, bert), (FIRST, bert)) == [
        "invalidates record 853",
        SUPERSEDED,
    ]


def test_what_could_not_invalidate_cannot_correct(
    anna: SigningKey, bert: SigningKey
) -> None:
    stands = ["invalidates record 853, 900", "invalidates no verdict"]

    assert worth((FIRST, bert), (replace(LATER, root_cause=""), bert)) == stands
    assert worth((FIRST, bert), (LATER, anna), performers=(anna,)) == stands
    assert worth((FIRST, bert), (replace(LATER, role=Role.PERFORMER), anna)) == stands


def test_only_what_is_later_corrects(bert: SigningKey) -> None:
    back = replace(FIRST, supersedes=LATER.id)
    both = replace(LATER, invalidates=FIRST.invalidates)

    assert worth((back, bert), (both, bert)) == [
        SUPERSEDED,
        "invalidates record 853, 900",
    ]
    same = replace(both, t_ns=FIRST.t_ns)
    assert worth((FIRST, bert), (same, bert)) == ["invalidates record 853, 900"] * 2


def test_a_verdict_that_is_not_there_cannot_be_taken_away(bert: SigningKey) -> None:
    wrong = replace(FIRST, invalidates=(*FIRST.invalidates, Invalidated("cc" * 32, 7)))

    assert worth((wrong, bert)) == [
        "changes nothing: it names no verdict of this run with record 7"
    ]


def test_whoever_names_a_wrong_verdict_still_corrects(bert: SigningKey) -> None:
    later = replace(LATER, invalidates=(Invalidated("cc" * 32, 7),))

    assert worth((FIRST, bert), (later, bert))[0] == SUPERSEDED
