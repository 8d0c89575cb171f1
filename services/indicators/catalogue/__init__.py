"""Each indicator defined once: what it is called, how it is computed, by what it may be split, what may be added."""
