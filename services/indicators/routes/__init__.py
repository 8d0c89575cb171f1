"""The observatory's two faces by HTTP: what is published, and what moves."""
