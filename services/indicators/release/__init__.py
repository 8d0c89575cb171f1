"""Releases: what the public reads, protected against giving persons and companies away, written once and never changed."""
