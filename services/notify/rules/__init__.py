"""What is decided about messages to people. Nothing here reads a clock, a database or the network."""
