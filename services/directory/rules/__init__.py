"""What may be recorded, and what an answer says: pure functions of facts and the day."""
