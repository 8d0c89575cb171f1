"""Numbers as people type them and paste them: spaces of any kind between thousands, between the parts of a SIRET, before a unit."""

from __future__ import annotations


def joined(text: str) -> str:
    """Without any space, no-break and narrow ones included."""
    return "".join(text.split())


def whole(text: str, most: int = 2**31 - 1) -> int | None:
    """The whole number, zero or more, that a field or the name of one says; None for anything else. Digits of other scripts, a superscript two
    and five thousand nines are digits to `str.isdigit` and an unhandled error to `int`."""
    short = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if short and int(text) <= most else None
