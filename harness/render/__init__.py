"""A run as a person reads it (HTML) and as a machine reads it (JSON).

Pure functions of a :class:`~harness.render.run_record.RunRecord`: the same record gives
the same bytes, while the run lasts and years later.
"""
