"""One file for each instrument; a driver reads like the instrument's data sheet."""
