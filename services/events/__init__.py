"""Meetings: planned, moved, cancelled, and who takes part in them."""
