"""Every decision rule through the real reader of plans, and every mistake in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.judging import (
    GUARD_BAND_U,
    DecisionRule,
    Zone,
    guard_band,
    simple_acceptance,
    specific_risk,
)
from harness.plans import loading
from harness.plans.plan import Plan
from tests.harness.plans import written

GUARD = 'rule = "guard-band"'
BINARY = 'statement = "binary"'
REGISTER = written.register(written.measured("M-1", 'upper = "flow.accuracy"'))
LOOKING = """
@pytest.mark.procedure(second_look=True, duration="s")
def test_plain(case):
    pass
"""
SECOND = 'second_look = "24 hour"\n[case.numbers]\nduration = "1 hour"\n'


def load(
    folder: Path, rule: str, case: str = "", procedures: str = written.PROCEDURES
) -> Plan:
    head = written.HEAD.replace(GUARD, rule)
    assert rule in head
    plan = head + written.case("M-1", "low", case)
    path = written.write(folder, plan, register=REGISTER, procedures=procedures)
    return loading.load(path)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (GUARD, GUARD_BAND_U),
        (f"{GUARD}\ncoverage = 0.99", guard_band(coverage=0.99)),
        (f"{GUARD}\nguard_factor = 0.83", guard_band(0.83)),
        (f"{GUARD}\nguard_factor = 0", guard_band(0.0)),
        (f"{GUARD}\n{BINARY}", guard_band(binary=True)),
        (f'{GUARD}\nstatement = "non-binary"', GUARD_BAND_U),
        (f'{GUARD}\nlargest_u = "50 %"', guard_band(largest_u=0.5)),
        (
            f'{GUARD}\naccept = ["conditional pass"]',
            guard_band(accepts=(Zone.CONDITIONAL_PASS,)),
        ),
        (
            f'{GUARD}\naccept = ["conditional fail", "conditional pass"]',
            guard_band(accepts=(Zone.CONDITIONAL_FAIL, Zone.CONDITIONAL_PASS)),
        ),
        ('rule = "simple-acceptance"', simple_acceptance()),
        (
            'rule = "simple-acceptance"\nlargest_u = "25 %"',
            simple_acceptance(largest_u=0.25),
        ),
        ('rule = "specific-risk"\nrisk = "5 %"', specific_risk(0.05)),
        (
            'rule = "specific-risk"\nrisk = "2 %"\ncoverage = 0.9\nlargest_u = "40 %"',
            specific_risk(0.02, 0.9, 0.4),
        ),
    ],
)
def test_a_plan_has_its_rule(tmp_path: Path, text: str, rule: DecisionRule) -> None:
    assert load(tmp_path, text).rule == rule


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('rule = "shared-risk"', "choose from simple-acceptance, guard-band,"),
        (f"{GUARD}\ncoverage = 0.4", "coverage is 0.4; write 0.5 to 0.9999"),
        (f'{GUARD}\ncoverage = "95 %"', "write a number"),
        (f"{GUARD}\nguard_factor = -1", "guard_factor is -1; write 0 or more"),
        (f"{GUARD}\nguard_factor = inf", "guard_factor is inf; write 0 or more"),
        (f'{GUARD}\nstatement = "ternary"', "statement names 'ternary'"),
        (f'{GUARD}\naccept = ["pass"]', "only conditional pass and conditional fail"),
        (f'{GUARD}\naccept = ["perhaps"]', "accept names 'perhaps'"),
        (
            f'{GUARD}\n{BINARY}\naccept = ["conditional pass"]',
            "accept has no meaning where statement is binary",
        ),
        (f'{GUARD}\nlargest_u = "0 %"', "largest_u is 0 %"),
        (f"{GUARD}\nlargest_u = 0.3", "has no unit"),
        (f'{GUARD}\nrisk = "5 %"', 'write rule = "specific-risk"'),
        ('rule = "specific-risk"', "'risk' is missing"),
        ('rule = "specific-risk"\nrisk = "50 %"', "risk is 50 %; write more than 0 %"),
        ('rule = "specific-risk"\nrisk = "0.001 %"', "write 0.01 % or more"),
        ('rule = "specific-risk"\nrisk = "5 mL"', "wrong dimension"),
        (
            'rule = "specific-risk"\nrisk = "5 %"\nguard_factor = 1.0',
            "guard_factor belongs to the rule guard-band, not to specific-risk",
        ),
        (f'rule = "simple-acceptance"\n{BINARY}', "statement belongs to the rule"),
        (
            'rule = "simple-acceptance"\naccept = ["conditional pass"]',
            "accept belongs to the rule guard-band",
        ),
    ],
)
def test_a_mistake_in_the_rule_is_named(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert "plan.toml [plan]" in str(caught.value)
    assert message in str(caught.value)


# --- a second look ---------------------------------------------------------------


def test_a_case_declares_how_long_it_measures_on(tmp_path: Path) -> None:
    (case,) = load(tmp_path, GUARD, SECOND, LOOKING).cases
    assert case.second_look is not None
    assert case.second_look.text == "24 hour"
    # The mark of the look is no number of the procedure.
    assert set(case.numbers) == {"duration"}


def test_one_look_is_the_rule(tmp_path: Path) -> None:
    (case,) = load(tmp_path, GUARD).cases
    assert case.second_look is None


@pytest.mark.parametrize(
    ("head", "case", "procedures", "message"),
    [
        (GUARD, 'second_look = "24 hour"', written.PROCEDURES, "does not take second"),
        (
            GUARD,
            SECOND,
            LOOKING.replace("True", "False"),
            "the procedure plain does not take second_look; leave it out",
        ),
        (GUARD, SECOND, LOOKING.replace("True", '"s"'), "write True, or leave it out"),
        (GUARD, SECOND.replace("24 hour", "24 mL"), LOOKING, "wrong dimension"),
        (GUARD, SECOND.replace("24 hour", "0 hour"), LOOKING, "above zero"),
        (
            f"{GUARD}\ncoverage = 0.9999",
            SECOND,
            LOOKING,
            "coverage is 0.99995; write 0.5 to 0.9999; change that in [plan]",
        ),
        (
            'rule = "specific-risk"\nrisk = "0.01 %"',
            SECOND,
            LOOKING,
            "risk is 0.005 %; write 0.01 % or more",
        ),
    ],
)
def test_a_mistake_in_a_second_look_is_named(
    tmp_path: Path, head: str, case: str, procedures: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, head, case, procedures)
    assert message in str(caught.value)
