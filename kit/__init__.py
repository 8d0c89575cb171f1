"""What every service runs on: consumers, outbox, identity, telemetry, pages. It knows no declaration and no meeting."""
