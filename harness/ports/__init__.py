"""Where bytes leave the process: pyserial, PyVISA, and the tap that journals both."""
