"""Measurements of the running thing, on servers of their own, and their results by date."""
