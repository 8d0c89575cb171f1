"""Outlines and names of the eight departments, with their licences beside them."""
