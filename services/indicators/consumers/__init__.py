"""What comes in by Kafka, one module a topic."""
