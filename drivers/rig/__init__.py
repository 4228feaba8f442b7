"""The rig of a simulated bench: hands, chambers, and the sensors that watch them.

`rig` reads like its data sheet, and `hands` is a chapter of it. `control_line` asks and
waits; `read_back` holds what was told against what the sensors show.
"""

from drivers.rig.rig import Rig

__all__ = ["Rig"]
