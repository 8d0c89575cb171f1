"""What is decided: pure functions of the facts and the day. No database, no HTTP, no clock."""
