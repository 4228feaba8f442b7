"""The catalogue's line, which the entry point in pyproject.toml names."""

from __future__ import annotations

from typing import Final

from fixtures.catalogue import Model, PortKind
from harness.ports.base import LineSettings

ACME_DRIP: Final = Model(
    name="acme-drip",
    driver="acme_pump.driver:AcmeDrip",
    port=PortKind.SERIAL,
    line=LineSettings(baud=19_200),
    twin="acme_pump.twin:AcmeDripTwin",
    decode="acme_pump.protocol:Reader",
    conformance="acme_pump.conformance:SUBJECT",
)
