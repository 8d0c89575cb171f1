"""Openmap: editions for everybody, the organisers' pages, and the page of each participant."""
