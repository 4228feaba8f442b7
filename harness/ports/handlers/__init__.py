"""pyserial's URL handler for ``replay://``, and what it shares with ``sim://``."""
