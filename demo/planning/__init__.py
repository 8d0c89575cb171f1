"""Seeded instances of the planner, read by its tests and by `./macs bench events`."""
