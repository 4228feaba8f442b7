"""What a requirement, a subject or a case needs a pump to have, by name.

A profile declares a feature absent with its justification; whatever depends on it then
does not apply to the pump.
"""

from __future__ import annotations

from collections.abc import Collection

from harness.plans.profile import Profile
from harness.toml_files import Table, checked_id


def read(table: Table) -> tuple[str, ...]:
    """Read the key ``features``; it may be left out.

    Raises:
        ConfigurationError: not a list of names.
    """
    names = table.texts("features", ())
    return tuple(checked_id(name, f"{table.where}: features") for name in names)


def justification(features: Collection[str], profile: Profile) -> str:
    """Return why a pump lacks one of some features; "" if it has them all."""
    return "; ".join(
        f"{name}: {profile.absent[name]}"
        for name in dict.fromkeys(features)
        if name in profile.absent
    )
