"""The implanted intrathecal infusion pump, over its telemetry link.

`pump` reads like the pump's data sheet, `link` asks and repeats, `translation` turns
the wire's words into the harness's and back.
"""

from drivers.itb_pump.pump import ItbPump

__all__ = ["ItbPump"]
