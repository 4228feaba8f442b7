"""The telemetry link of an implanted intrathecal infusion pump.

Read the modules in this order: `vocabulary` (enumerations and flags), `fields` (how a
field is declared), `messages` (every message and the one table that lists them),
`codec` (payload bytes), `frame` (framing and CRC), `session` (who may say what, when).
"""
