"""Handing mails over: claim, send with time limits, settle. And the mail server of a local run."""
