"""What comes in by HTTP, a module a subject."""
