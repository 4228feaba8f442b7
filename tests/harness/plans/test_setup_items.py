"""What a plan wants to be told of the set-up."""

from __future__ import annotations

import pytest

from harness.errors import ConfigurationError
from harness.plans import setup_items
from harness.plans.setup_items import SetupItem
from harness.toml_files import Table


def plan(**setup: object) -> Table:
    return Table({"setup": setup} if setup else {}, "plan.toml")


def test_a_plan_that_says_nothing_asks_for_everything() -> None:
    assert setup_items.read(plan()) == tuple(SetupItem)


def test_a_plan_may_ask_for_more_or_less() -> None:
    asked = setup_items.read(plan(requires=["operator", "cannula_gauge"]))

    assert asked == ("operator", "cannula_gauge")


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        ({"requires": ["a b"]}, "letters and digits"),
        ({"requires": ["operator", "operator"]}, "twice"),
        ({"requires": ["sha256"]}, "choose another word"),
        ({"requires": "operator"}, "a list of texts"),
        ({"require": ["operator"]}, "'require' is unknown"),
    ],
)
def test_what_is_wrong_is_said(setup: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match="plan") as caught:
        setup_items.read(plan(**setup))
    assert said in str(caught.value)
