"""Every parser of the protocols."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from benchmarks.fuzzing import (
    balances,
    bench,
    mettler,
    new_era,
    probing,
    pumps,
)

SUBJECTS: Final = MappingProxyType(
    {
        subject.name: subject
        for module in (
            mettler.SUBJECTS,
            balances.SUBJECTS,
            pumps.SUBJECTS,
            new_era.SUBJECTS,
            bench.SUBJECTS,
            probing.SUBJECTS,
        )
        for subject in module
    }
)
