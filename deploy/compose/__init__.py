"""One machine with a container engine: compose.yaml, and what it needs that is drawn or rendered."""
