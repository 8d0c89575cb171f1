"""Seeded gatherings for the ten-minute meetings, read by their tests and by `./macs bench events`."""
