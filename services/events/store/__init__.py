"""What is asked of PostgreSQL about meetings and seats."""
