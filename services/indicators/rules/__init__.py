"""What is decided, of facts and the time alone."""
