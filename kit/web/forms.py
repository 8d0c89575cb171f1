"""Forms: read what a person typed as text fields, bounded, and keep it to show it again beside what is wrong.

A form needs no token of its own against forgery: `Identity` refuses a cookie's POST that the browser says comes from another site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request

from kit.errors import LineError
from kit.invisible import visible
from kit.problems import Problem

MAX_FIELDS: Final = 1_000
MAX_TEXT: Final = 20_000


async def fields(request: Request) -> dict[str, str]:
    """The text fields of a posted form, trimmed and without what nobody sees in them; of a repeated name the last. Raises a 422 problem for NUL or a text beyond reason."""
    form = await request.form(max_files=0, max_fields=MAX_FIELDS)
    found = {name: visible(value).strip() for name, value in form.multi_items() if isinstance(value, str)}
    for name, value in found.items():
        if "\x00" in value or len(value) > MAX_TEXT or any("\ud800" <= letter <= "\udfff" for letter in value):
            error = LineError(column=name, code="TEXT", message="Ce texte ne peut pas être enregistré.")
            raise Problem(422, "UNSTORABLE", "Une valeur ne peut pas être enregistrée", errors=[error])
    return found


def by_field(errors: Sequence[LineError]) -> Mapping[str, list[LineError]]:
    """The errors under the name of the field that they are shown beside: `lines.2.hours` for a line's, else the column alone."""
    found: dict[str, list[LineError]] = {}
    for error in errors:
        name = error.column or ""
        found.setdefault(f"lines.{error.line}.{name}" if error.line is not None else name, []).append(error)
    return found


def choices(vocabulary: Mapping[str, str], *, blank: str | None = "") -> list[tuple[str, str]]:
    """A vocabulary as the options of a select; `blank` is the label of the empty one, None leaves it out."""
    return [*([("", blank)] if blank is not None else []), *vocabulary.items()]


Values = Mapping[str, Any]
