"""The diagnostic form: its questions, what an answer may be, the states of a form."""
