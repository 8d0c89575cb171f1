"""What is asked of PostgreSQL, a module a subject."""
