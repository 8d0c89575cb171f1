"""Characters that nobody sees and that change what is read: the direction of a text turned over, blanks without width, marks of its beginning."""

from __future__ import annotations

import re
from typing import Final

_RANGES: Final = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180E, 0x180E), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F),
)  # fmt: skip
_UNSEEN: Final = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")
"""Soft hyphens, joiners, directions (« U+202E » shows « fic.exe » as « exe.cif »), tags. They come with what is copied from a page or a PDF."""
_ALONE: Final = [chr(code) for first, last in _RANGES for code in range(first, last + 1)]
_WRITTEN: Final = re.compile(
    b"|".join(re.escape(sign.encode()) for sign in _ALONE)
    + rb"|(?<!\\)((?:\\\\)*)(?:"
    + b"|".join(rb"\\u" + rb"\\u".join(pair.encode() for pair in re.findall("....", sign.encode("utf-16-be").hex())) for sign in _ALONE)
    + b")",
    re.IGNORECASE,
)
"""The same in the bytes of a JSON document: themselves, or escaped (« \\u202e », and not « \\\\u202e », which is a text about it)."""


def visible_json(body: bytes) -> bytes:
    """A JSON document that is known to be one, without them. They stand nowhere but in its texts, and nothing else of it changes."""
    return _WRITTEN.sub(rb"\1", body)


def visible(text: str) -> str:
    """The text without them: « 2026\u200b-001 » is the contract 2026-001, and a name reads as it is stored."""
    return text if text.isascii() else _UNSEEN.sub("", text)
