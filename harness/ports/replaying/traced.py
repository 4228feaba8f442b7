"""A trace file as an instrument that answers on ``replay://``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.ports.handlers import protocol_replay
from harness.ports.replaying import trace_file
from harness.ports.replaying.player import Player
from harness.ports.replaying.tape import Part, Section, Tape
from harness.ports.replaying.trace_file import Trace


@contextmanager
def open_trace(path: Path) -> Iterator[Player]:
    """Serve a trace file on ``replay://<its instrument>`` while the block runs.

    PyVISA reaches it as ``ASRLreplay://<its instrument>::INSTR``. What is asked must be
    what was asked then, byte for byte; it is answered as it was then, at that time.

    Args:
        path: of the trace file.

    Yields:
        The clock for driver and port, which is the record's; its `wire` of that name
        tells what was left unasked.

    Raises:
        ConfigurationError: the file is no trace, or this instrument is open already.
    """
    trace = trace_file.read(path)
    player = Player(Tape([_section(trace)], is_whole=True), trace.late_ns)
    protocol_replay.install()
    protocol_replay.register(trace.instrument, player.wire(trace.instrument))
    try:
        yield player
    finally:
        protocol_replay.unregister(trace.instrument)


def _section(trace: Trace) -> Section:
    exchanges = list(trace.exchanges)
    section = Section(Part.START, "", exchanges[0].sent_ns, exchanges)
    section.awake_ns = sorted(
        t_ns for each in exchanges for t_ns in (each.sent_ns, each.t_ns)
    )
    return section
