"""The contracts between services: messages, topics and vocabularies. Only pydantic and the standard library."""
