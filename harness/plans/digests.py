"""The digests of all files that a plan consists of, as an approval names them."""

from __future__ import annotations

from harness.plans.plan import Plan
from harness.signing.approvals import Bound, subject_name


def digests(plan: Plan) -> dict[str, str]:
    """Return the SHA-256 of plan, register, profile, coverage and procedures.

    Args:
        plan: the plan, with the profile that it shall run with.

    Returns:
        Digest by the name of `harness.signing.approvals.subject_name`; the same as
        `recorded_digests` returns for a run of that plan.
    """
    register, profile, coverage = plan.register, plan.profile, plan.coverage
    found = {
        subject_name(Bound.PLAN, plan.path.name): plan.sha256,
        subject_name(Bound.REGISTER, register.path.name): register.sha256,
        subject_name(Bound.PROFILE, profile.path.name): profile.sha256,
    }
    if coverage.sha256:
        found[subject_name(Bound.COVERAGE, coverage.path.name)] = coverage.sha256
    for name, sha256 in plan.procedures.sha256.items():
        found[subject_name(Bound.PROCEDURE, name)] = sha256
    return found
