"""Committees and colleges, what they decide, who does what until when, and how far the observatory is."""
