"""A New Era syringe pump (NE-1000 family), over its line, in basic or safe mode.

`pump` reads like the pump's data sheet. `link` asks, repeats and keeps in step,
`report` asks how the pump is, `first_contact` finds out who is there, `memory` keeps
what the pump tells only once, `figures` turns quantities into the pump's four digits,
`options` reads the bench file.
"""

from drivers.new_era.options import Setup, read_options
from drivers.new_era.pump import NewEraPump

__all__ = ["NewEraPump", "Setup", "read_options"]
