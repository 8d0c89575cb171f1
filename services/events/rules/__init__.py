"""What is decided about meetings and seats: pure, without I/O and without a clock."""
