"""What an operating system and VISA say is connected; nothing is opened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListedPort:
    """A serial port of this computer; what it does not tell is "" or None.

    Attributes:
        device: its name, as a bench file has it.
        description: the operating system's text for it, untrusted.
        vendor_id: of USB.
        product_id: of USB.
        serial: of the USB adapter, not of the instrument behind it; untrusted.
    """

    device: str
    description: str = ""
    vendor_id: int | None = None
    product_id: int | None = None
    serial: str = ""


@dataclass(frozen=True, slots=True)
class ListedResources:
    """VISA resources, and what VISA could not look for.

    Attributes:
        names: of the resources.
        warnings: each said once.
    """

    names: tuple[str, ...]
    warnings: tuple[str, ...] = ()
