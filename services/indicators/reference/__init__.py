"""Outlines of the eight departments as GeoJSON, with their licence."""
