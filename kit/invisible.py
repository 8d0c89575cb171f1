"""Characters that nobody sees and that change what is read: the direction of a text turned over, blanks without width, marks of its beginning."""

from __future__ import annotations

import re
from typing import Final

_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Soft hyphens, joiners, directions (« U+202E » shows « fic.exe » as « exe.cif »), tags. They come with what is copied from a page or a PDF."""


def visible(text: str) -> str:
    """The text without them: « 2026\u200b-001 » is the contract 2026-001, and a name reads as it is stored."""
    return text if text.isprintable() else _UNSEEN.sub("", text)
