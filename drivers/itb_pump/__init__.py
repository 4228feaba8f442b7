"""The implanted intrathecal infusion pump, over its telemetry link.

`pump` reads like the pump's data sheet, and `therapy`, `catheter`, `records`, `alarms`
and `tampering` are its chapters. `programming` and `schedule` stage, compare, commit
and read back; `link` asks and repeats, `disturbed_link` does what a sound host never
does; `translation` turns the wire's words into the harness's and back.
"""

from drivers.itb_pump.pump import ItbPump

__all__ = ["ItbPump"]
