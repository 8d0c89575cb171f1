"""The diagnostic form: its questions, the pages of a coordination, the eight answers side by side."""
