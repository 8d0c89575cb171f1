"""The letter as a Word document: its parts become headings, its lines a list."""

from __future__ import annotations

import re
from typing import Final

from kit.documents import word

_TITLE: Final = re.compile(r"[^•.,;:!?\n]{2,60}")


def document(text: str, *, fictional: bool) -> bytes:
    """`text` as the author left it. The first line, when it names an object, is the title."""
    lines = text.replace("\r\n", "\n").split("\n")
    first = lines[0].removeprefix("Objet :").strip() if lines[0].startswith("Objet :") else ""
    made = word.start(first[:1].upper() + first[1:] if first else "Lettre de rentrée", fictional=fictional)
    for number, line in enumerate(lines[1:] if first else lines):
        following = lines[number + (2 if first else 1) :][:1]
        if line.startswith("•"):
            made.add_paragraph(word.clean(line.lstrip("• ")), style="List Bullet")
        elif _TITLE.fullmatch(line) and following and following[0].startswith("•"):
            made.add_heading(word.clean(line), 2)
        elif line.strip():
            made.add_paragraph(word.clean(line))
    return word.written(made)
