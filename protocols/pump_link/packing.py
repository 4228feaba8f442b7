"""Packs a message of whole numbers, members and flag sets in one step.

Most messages are of that kind. What `struct` refuses is left to the slower conversion
field by field, which can say what is wrong.
"""

import struct
from collections.abc import Callable, Sequence
from operator import attrgetter

from protocols.pump_link.columns import Column
from protocols.pump_link.fields import Rows

Pack = Callable[[object], bytes | None]


def packer(columns: Sequence[Column], layout: struct.Struct) -> Pack | None:
    """Return a function from a message to its payload.

    It gives None for a message that does not fit its layout. There is no such function
    when a column needs more than its type and the range of its wire type checked, or
    when there is only one.
    """
    if not columns:
        return lambda message: b""
    if len(columns) == 1 or not all(map(_is_plain, columns)):
        return None
    values_of = attrgetter(*[column.name for column in columns])
    kinds = [column.python_type for column in columns]

    def pack(message: object) -> bytes | None:
        values = values_of(message)
        if not all(map(isinstance, values, kinds)):
            return None
        try:
            return layout.pack(*values)
        except struct.error:
            return None

    return pack


def _is_plain(column: Column) -> bool:
    """Tell whether a column carries all the numbers that its wire type can."""
    spec = column.spec
    if isinstance(spec, Rows) or not issubclass(column.python_type, int):
        return False
    return spec.minimum == 0 and spec.maximum is None
