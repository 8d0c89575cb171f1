"""What is asked of PostgreSQL by the readers and tasks of this service."""
