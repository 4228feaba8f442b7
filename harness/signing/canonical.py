"""JSON that has one form only, so that equal data are equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from harness.errors import SignatureFault

MOST_BYTES: Final = 16 * 1024 * 1024


def encode(value: Mapping[str, object]) -> bytes:
    """Return JSON with sorted keys, without white space, in ASCII.

    Raises:
        ValueError: a number is not finite.
        TypeError: a value is not JSON data.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def decode(data: bytes, where: str) -> dict[str, Any]:
    """Read an object that :func:`encode` wrote; any other form is refused.

    Thereby no two readers can understand one file differently: a name that stands
    twice, for example, is no such form.

    Raises:
        SignatureFault: it is too large, no JSON object, or not in this form.
    """
    if len(data) > MOST_BYTES:
        raise SignatureFault(
            f"{where}: {len(data)} bytes, and the most is {MOST_BYTES}; this is no"
            " file of dosebench"
        )
    try:
        value = json.loads(data)
        if isinstance(value, dict) and encode(value) == data:
            return value
    except (ValueError, RecursionError) as error:
        raise SignatureFault(
            f"{where}: this is no JSON; it was altered or cut off, take another copy"
        ) from error
    raise SignatureFault(
        f"{where}: not in the form in which dosebench writes it; it was altered, take"
        " another copy"
    )
