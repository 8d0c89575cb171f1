"""Pages for people, in French, that work without JavaScript."""
