"""How a parameter of the simulated bench is refused that makes no sense."""

from __future__ import annotations


def require(holds: bool, field: str, what: str) -> None:
    """Refuse a parameter unless its condition holds.

    Args:
        holds: the condition.
        field: name of the parameter.
        what: what it must be.

    Raises:
        ValueError: it does not hold.
    """
    if not holds:
        raise ValueError(f"simulation parameter {field} must be {what}; correct it")
