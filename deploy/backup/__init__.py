"""A run's state put aside while it works, and put back: databases, topics and keys that fit together."""
