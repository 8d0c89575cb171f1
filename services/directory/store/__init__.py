"""What directory asks of PostgreSQL, one module a subject. Every fact is written with its announcement."""
