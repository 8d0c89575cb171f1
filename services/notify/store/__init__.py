"""What is asked of PostgreSQL."""
