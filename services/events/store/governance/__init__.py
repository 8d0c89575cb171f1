"""Committees and colleges as rows, and everything that they decide and follow."""
