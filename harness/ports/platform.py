"""The one place for modules that only some platforms have: POSIX terminals."""

from __future__ import annotations

import os
import sys

try:
    import fcntl
    import termios
    import tty
except ImportError:  # Windows has COM ports and no pseudo terminals
    TERMINAL_ERRORS: tuple[type[Exception], ...] = ()
    HAS_PTY = False
else:
    TERMINAL_ERRORS = (termios.error,)
    HAS_PTY = True


def open_pty() -> tuple[int, int, str]:
    """Open a raw pseudo terminal.

    Returns:
        Descriptor of the near end, descriptor of the far end (keep it open, or reads of
        the near end fail whenever no client has the port open), and the far end's path.
    """
    near, far = os.openpty()
    tty.setraw(far)
    return near, far, os.ttyname(far)


def readable_at(far: int) -> int:
    """Return how many bytes can be read at the far end of a pseudo terminal.

    What was written at the near end comes there by and by, when the system has time.

    Args:
        far: its descriptor.

    Raises:
        OSError: the terminal is gone.
    """
    count = fcntl.ioctl(far, termios.FIONREAD, bytes(4))
    return int.from_bytes(count, sys.byteorder)
