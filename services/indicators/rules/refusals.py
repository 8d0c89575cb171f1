"""How the rules of editions read what was typed, and how they say no."""

from __future__ import annotations

from kit.errors import LineError, Refused


def conflict(code: str, title: str, detail: str) -> Refused:
    """What stands in the way is the edition's state, not what was typed."""
    return Refused(code=code, title=title, detail=detail, status=409)


def whole(value: object, column: str, least: int, most: int, example: str, errors: list[LineError]) -> int:
    """The number; a mistake is added to `errors`."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if text.isascii() and text.isdigit() and len(text) <= 6 and least <= int(text) <= most:
        return int(text)
    shown = "" if value is None else str(value)[:40]
    errors.append(
        LineError(column=column, value=shown, code="NUMBER", message=f"« {column} » : un nombre entre {least} et {most}", example=example)
    )
    return least


def text_of(value: object, column: str, longest: int, example: str, errors: list[LineError]) -> str:
    """The text, blanks made single; a mistake is added to `errors`."""
    text = " ".join(value.split(" ")).strip() if isinstance(value, str) else ""
    if not text or len(text) > longest or "\x00" in text:
        message = f"« {column} » : un texte de 1 à {longest} caractères"
        errors.append(LineError(column=column, value=text[:40], code="TEXT", message=message, example=example))
    return text
