"""Tells people, once: who, what, when, by which channel, in which state."""
