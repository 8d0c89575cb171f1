"""What comes in by HTTP, for programs. Pages for people are in pages/."""
