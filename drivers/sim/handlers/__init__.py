"""pyserial's URL handler for ``sim://``; pyserial finds it by this package's name."""
