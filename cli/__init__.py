"""The `macs` command: one module a subject."""
