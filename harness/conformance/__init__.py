"""The conformance kit: what the bench needs of any pump's codec and driver, checked.

A package declares its protocol as a `subject.Subject`. `codec` holds it against bytes,
`driver` the driver against a line that misbehaves and against what really flows.
"""
