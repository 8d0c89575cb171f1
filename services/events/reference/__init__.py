"""Outlines of the eight departments, with their licence."""
