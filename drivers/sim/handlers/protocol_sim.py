"""``sim://<name>``: a pyserial port whose far end is a device of a simulated bench."""

from __future__ import annotations

from typing import Final

import serial

from harness.ports.handlers.endpoint import Endpoint, Endpoints, EndpointSerial

_endpoints: Final = Endpoints("sim://", "simulated bench")


def install() -> None:
    """Tell pyserial where this handler is; once is enough for the process."""
    if __package__ not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(__package__)


def register(name: str, endpoint: Endpoint) -> None:
    """Make ``sim://name`` lead to ``endpoint``.

    Raises:
        ConfigurationError: the name is taken.
    """
    _endpoints.register(name, endpoint)


def unregister(name: str) -> None:
    """Forget ``sim://name``."""
    _endpoints.unregister(name)


class Serial(EndpointSerial):
    """The port; settings are accepted and not looked at, the line has its own."""

    endpoints = _endpoints
