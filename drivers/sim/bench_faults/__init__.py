"""Faults of the bench itself, which must never become verdicts about the pump.

A fault is a small class with an id. It changes parameters of the simulated bench, or
what happens at the seam :class:`~drivers.sim.bench_faults.meddling.Meddling`; a bench
file names it in ``[simulation.bench_faults]``.
"""
