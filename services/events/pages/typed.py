"""What forms have in common: days, numbers and ids as typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from kit import digits
from kit.errors import LineError
from kit.problems import Problem

LARGEST: Final = 999_999_999


def day(typed: Mapping[str, str], name: str, errors: list[LineError], *, required: bool = True) -> date | None:
    """The day typed in a field; an error in `errors` for what is none."""
    text = typed.get(name, "")
    if not text and not required:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors.append(LineError(column=name, code="DATE", value=text[:40], message="Indiquez une date.", example="2027-03-31"))
        return None


def moment(typed: Mapping[str, str], name: str, errors: list[LineError]) -> datetime | None:
    """A local date and time, as the browser's field gives it."""
    text = typed.get(name, "")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        errors.append(
            LineError(column=name, code="DATE", value=text[:40], message="Indiquez le jour et l’heure.", example="2027-03-31T09:30")
        )
        return None


def whole(typed: Mapping[str, str], name: str, errors: list[LineError]) -> int | None:
    text = digits.joined(typed.get(name, ""))
    if not text:
        return None
    found = digits.whole(text, LARGEST)
    if found is None:
        errors.append(LineError(column=name, code="NUMBER", value=text[:40], message="Un nombre entier est attendu.", example="7"))
    return found


def identity(text: str | None) -> UUID | None:
    """An id, None for nothing. Raises a 422 problem for what is none."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Problem(422, "NOT_AN_ID", "Cet identifiant ne se lit pas", f"« {text[:40]} »") from None


def revision(typed: Mapping[str, str], name: str = "revision") -> int:
    text = typed.get(name, "")
    return digits.whole(text) or 0
