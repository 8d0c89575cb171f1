"""How the rules of editions read what was typed, and how they say no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kit.errors import LineError, Refused
from kit.invisible import visible


def conflict(code: str, title: str, detail: str) -> Refused:
    """What stands in the way is the edition's state, not what was typed."""
    return Refused(code=code, title=title, detail=detail, status=409)


_FIELDS: Final[Mapping[str, str]] = {
    "year": "Année des chiffres", "minimum_coverage": "Départements couverts demandés", "least_share": "Part des structures attendues",
    "title": "Titre", "says_not": "Ce que cette édition ne dit pas", "minutes": "Relevé de décisions", "text": "Texte", "reason": "Motif de l’abandon",
}  # fmt: skip
"""What the pages call a field of the interface."""


def whole(value: object, column: str, least: int, most: int, example: str, errors: list[LineError]) -> int:
    """The number; a mistake is added to `errors`."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if text.isascii() and text.isdigit() and len(text) <= 6 and least <= int(text) <= most:
        return int(text)
    shown = "" if value is None else str(value)[:40]
    errors.append(
        LineError(
            column=column,
            value=shown,
            code="NUMBER",
            example=example,
            message=f"« {_FIELDS[column]} » : un nombre entier entre {least} et {most} ; lu : « {shown} »",
        )
    )
    return least


def text_of(value: object, column: str, longest: int, example: str, errors: list[LineError]) -> str:
    """The text without what nobody sees; a mistake is added to `errors`."""
    text = visible(value).strip() if isinstance(value, str) else ""
    if not text or len(text) > longest or "\x00" in text:
        read = "rien" if not text else f"{len(text)} caractères"
        message = f"« {_FIELDS[column]} » : un texte de 1 à {longest} caractères ; lu : {read}"
        errors.append(LineError(column=column, value=text[:40], code="TEXT", message=message, example=example))
    return text
