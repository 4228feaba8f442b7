"""Every member of a signed object is untrusted until it was taken out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SignatureFault
from harness.signing.deviations import Role
from harness.signing.keys import SigningKey
from harness.signing.members import Members, one_line, utc_text


def members(value: object) -> Members:
    return Members({"a": value}, "x.json")


def test_a_time_by_hand() -> None:
    # 2026-11-22T13:45:00Z is 20779 days and 49500 s after 1970.
    t_ns = (20_779 * 86_400 + 49_500) * 10**9

    assert utc_text(t_ns) == "2026-11-22T13:45:00Z"
    assert utc_text(t_ns + 999_999_999) == "2026-11-22T13:45:00Z"
    assert members("2026-11-22T13:45:00Z").utc_ns("a") == t_ns


@given(st.integers(0, 253_402_300_799))
def test_every_second_until_9999_comes_back(t_s: int) -> None:
    assert members(utc_text(t_s * 10**9)).utc_ns("a") == t_s * 10**9


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T13:45:00",
        "2026-11-22T13:45:00+00:00",
        "2026-11-22T13:45:00.5Z",
        "2026-11-22 13:45:00Z",
        "20261122T134500Z",
        "2026-02-30T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "soon",
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(SignatureFault, match=r"a is .* not a time in UTC"):
        members(text).utc_ns("a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " a",
        "a\nb",
        "a  b",
        "\x1b[31mred",
        "\u202egnirts",
        "zero\u200bwidth",
        "\ud800",
        "a" * 2001,
        7,
        None,
        ["a"],
    ],
)
def test_a_text_is_one_bounded_printable_line(text: object) -> None:
    with pytest.raises(SignatureFault, match=r"^x\.json: a is "):
        members(text).text("a")


def test_what_is_read_is_what_was_written() -> None:
    assert members("Ä. Müller, 10 µg").text("a") == "Ä. Müller, 10 µg"
    assert one_line("  two\n lines ", "the text") == "two lines"
    assert members("").text_or_empty("a") == ""
    assert members("b").text_or_empty("a") == "b"
    assert members("reviewer").choice("a", Role) is Role.REVIEWER
    assert members("ab" * 32).digest("a") == "ab" * 32
    assert members(7).integer("a") == 7
    assert members([1]).list("a") == [1]


def test_what_is_something_else_is_refused(anna: SigningKey) -> None:
    pem = anna.public.to_pem().decode()
    assert members(pem).public_key("a") == anna.public
    for value in (pem + pem, "junk\n" + pem, pem.replace("\n", "\r\n"), "µ", 1):
        with pytest.raises(SignatureFault):
            members(value).public_key("a")
    with pytest.raises(SignatureFault, match="not one of performer, reviewer"):
        members("boss").choice("a", Role)
    for digest in ("ab", "AB" * 32, "ab" * 32 + "0"):
        with pytest.raises(SignatureFault, match="not a SHA-256"):
            members(digest).digest("a")
    for number in (0, -1, 1.0, True, "1"):
        with pytest.raises(SignatureFault, match="not a whole number above 0"):
            members(number).integer("a")
    wrong: tuple[object, ...] = ([0] * 1001, {}, "a")
    for entries in wrong:
        with pytest.raises(SignatureFault, match="not a list of up to 1000"):
            members(entries).list("a")


def test_a_missing_and_an_unknown_member() -> None:
    with pytest.raises(SignatureFault, match="the member 'b' is missing"):
        members(1).text("b")
    with pytest.raises(SignatureFault, match="the member 'b' is missing"):
        members(1).text_or_empty("b")
    with pytest.raises(SignatureFault, match="the member 'a' is unknown"):
        members(1).done()
    taken = members(1)
    taken.integer("a")
    taken.done()
