"""The kit finds every fault that a codec may have, and none in a sound one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.conformance import codec
from harness.conformance.outcome import Finding, Outcome
from harness.conformance.subject import Codec
from tests.harness.conformance import toy

NOISE = 20_000


def findings(subject: Codec) -> dict[str, Finding]:
    return {check.name: check.on(subject) for check in codec.checks(NOISE)}


def red(subject: Codec) -> set[str]:
    return {
        name
        for name, found in findings(subject).items()
        if found.result.outcome is Outcome.FAIL
    }


def test_a_sound_codec_passes_everything() -> None:
    outcomes = {each.result.outcome for each in findings(toy.codec()).values()}
    assert outcomes == {Outcome.PASS}


@pytest.mark.parametrize(
    ("broken", "failing"),
    [
        (toy.codec(toy.TakesBothOrders, toy.other_order), {"golden bytes"}),
        (toy.codec(encoder=toy.loses_a_value), {"round trip"}),
        (toy.codec(toy.ForgetsTheRest), {"every chunking"}),
        (toy.codec(toy.OverlooksABit), {"corruption"}),
        (toy.codec(toy.TakesFrontsOfFrames), {"corruption"}),
        (toy.codec(toy.NeverRecovers), {"garbage"}),
        (toy.codec(toy.DropsAllBehindDamage), {"garbage", "resynchronisation"}),
        (toy.codec(toy.KeepsEverything), {"bounded memory"}),
        (toy.codec(toy.Trips), {"only declared errors"}),
    ],
    ids=lambda value: "" if isinstance(value, Codec) else "+".join(sorted(value)),
)
def test_a_fault_turns_its_check_red(broken: Codec, failing: set[str]) -> None:
    assert red(broken) == failing


def test_a_declared_error_is_no_fault() -> None:
    assert red(toy.codec(toy.Complains)) == set()


def test_a_protocol_without_check_value_is_called_weak_not_broken() -> None:
    found = findings(toy.unchecked())["corruption"]
    assert found.result.outcome is Outcome.WEAK
    assert found.result.example
    assert not found.advice


def test_a_failure_shows_the_fewest_bytes_and_says_what_to_do() -> None:
    found = findings(toy.codec(toy.OverlooksABit))["corruption"]
    assert found.result.example == bytes.fromhex("7e01d5246e")
    assert found.advice


def test_the_golden_bytes_are_read_as_well_as_written() -> None:
    (first, *rest) = toy.codec().samples
    misread = replace(toy.codec(), samples=(replace(first, message=b"\x56"), *rest))
    assert "golden bytes" in red(misread)


def test_the_noise_is_the_same_in_every_run() -> None:
    first, second = (
        findings(toy.codec(toy.NeverRecovers)),
        findings(toy.codec(toy.NeverRecovers)),
    )
    assert first == second
