"""What comes in by HTTP for scripts."""
