"""The whole platform on one machine, from real parts, without containers and without root."""
