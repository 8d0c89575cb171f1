"""Where the platform runs: one machine without containers, one machine with them, many machines."""
