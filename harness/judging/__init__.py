"""From a measurement to a verdict, by a rule that was declared before the value.

- :mod:`~harness.judging.verdicts`: the two scales, and the zones about a limit;
- :mod:`~harness.judging.rules`: decision rules, and what each makes of a value;
- :mod:`~harness.judging.limits`: a requirement's limit, which judges;
- :mod:`~harness.judging.judgements`: what was judged, and facts, which have no limit;
- :mod:`~harness.judging.findings`: a judgement in words;
- :mod:`~harness.judging.chances`: where the true value lies, by what was measured;
- :mod:`~harness.judging.conformity`: how often a rule decides right.
"""

from harness.judging.judgements import Judgement, judge_fact
from harness.judging.limits import Limit
from harness.judging.rules import (
    GUARD_BAND_U,
    DecisionRule,
    guard_band,
    simple_acceptance,
    specific_risk,
)
from harness.judging.verdicts import RunState, Verdict, Zone, worst

__all__ = [
    "GUARD_BAND_U",
    "DecisionRule",
    "Judgement",
    "Limit",
    "RunState",
    "Verdict",
    "Zone",
    "guard_band",
    "judge_fact",
    "simple_acceptance",
    "specific_risk",
    "worst",
]
