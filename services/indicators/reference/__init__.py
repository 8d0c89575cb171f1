"""Outlines and names of the eight departments, communes and their EPT, with their licences beside them."""
