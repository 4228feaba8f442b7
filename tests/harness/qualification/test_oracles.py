from __future__ import annotations

from dataclasses import replace

from harness.plans.channels import Channel
from harness.qualification.matrix import Sought, matrix
from harness.qualification.oracles import Level, detection
from tests.harness.qualification import made

CHANNELS = {
    "R-1": (Channel.BALANCE,),
    "R-2": (Channel.TELEMETRY, Channel.LOG),
    "R-3": (Channel.TELEMETRY, Channel.BALANCE),
}


def test_a_verdict_counts_only_where_all_that_it_rests_on_is_there() -> None:
    both = replace(made.WRONG_FACT, case="R-3/c", requirement="R-3")
    unsaid = replace(made.WRONG_FACT, case="R-4/d", requirement="R-4")
    runs = {"A": made.FAILED, "B": made.WRONG_FACT, "C": both, "D": unsaid}
    sought = [Sought(name, "", "", "R-1") for name in (*runs, "E")]
    found = detection(
        matrix(sought, [made.run(name, each) for name, each in runs.items()]),
        CHANNELS,
        steady={"R-3/c"},
    )
    assert {each.level: "".join(each.found) for each in found} == {
        Level.TELEMETRY: "B",
        Level.BALANCE: "A",
        Level.SIDE_BY_SIDE: "AB",
        Level.FULL: "ABCD",
        Level.STEADY: "C",
    }
    assert found[-1].share == 1 / 5
