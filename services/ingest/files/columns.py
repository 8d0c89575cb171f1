"""Which column of a file is which field of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kit.errors import LineError, Refused
from services.ingest.rules.fields import BY_NAME, FIELDS, field_of, is_never_read, normalised_header

NOT_IMPORTED = ""
"""The author's choice for a column that stays out."""


@dataclass
class Columns:
    """The place of each field, its header as sent, and what to tell about the rest."""

    places: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    notices: list[LineError] = field(default_factory=list)


def matched(headers: Sequence[str], line: int, chosen: Mapping[str, str | None] | None = None, *, period_given: bool = False) -> Columns:
    """Match the header row. `chosen` maps headers to field names (null: not imported) and wins over the names.

    Raises Refused for two columns that mean one field, a field that does not exist, or a column that must be there and is not.
    """
    columns, problems = Columns(), _unknown_choices(chosen or {}, headers)
    for place, header in enumerate(headers):
        if not header.strip():
            continue
        name = _field(header, chosen or {})
        if name is None:
            columns.notices.append(_left_out(header, line))
        elif name in columns.places and _is_exact(header, name) == _is_exact(columns.headers[name], name):
            problems.append(_twice(header, columns.headers[name], name, line))
        elif name not in columns.places or _is_exact(header, name):
            columns.places[name], columns.headers[name] = place, header.strip()
    problems += _missing(columns, line, period_given=period_given)
    if problems:
        raise Refused(problems, code=problems[0].code, title="Les colonnes du fichier ne conviennent pas", detail=problems[0].message)
    return columns


def header_row(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Where the header is among the first rows: titles and logos may stand above it. The first row when none looks like one."""
    best, most = 0, 2
    for place, (_, cells) in enumerate(rows[:15]):
        named = sum(field_of(cell) is not None for cell in cells)
        if named > most:
            best, most = place, named
    return best


def _field(header: str, chosen: Mapping[str, str | None]) -> str | None:
    plain = header.strip()
    if plain in chosen:
        return chosen[plain] or None
    return None if is_never_read(plain) else field_of(plain)


def _is_exact(header: str, name: str) -> bool:
    return normalised_header(header) in {normalised_header(name), normalised_header(BY_NAME[name].label)}


def _unknown_choices(chosen: Mapping[str, str | None], headers: Sequence[str]) -> list[LineError]:
    present = {header.strip() for header in headers}
    found = []
    for header, name in chosen.items():
        if name and name not in BY_NAME:
            sentence = f"« {header[:60]} » est associée à « {name[:60]} », qui n’est pas un champ du format."
            found.append(LineError(line=1, column=header[:60], code="FILE_CHOICE", value=name[:60], message=sentence))
        elif header not in present:
            sentence = f"La colonne « {header[:60]} » que vous associez n’est pas dans le fichier."
            found.append(LineError(line=1, column=header[:60], code="FILE_CHOICE", message=sentence))
    return found


def _left_out(header: str, line: int) -> LineError:
    plain = header.strip()[:80]
    if is_never_read(plain):
        sentence = f"La colonne « {plain} » contient des données personnelles dont l’observatoire n’a pas besoin : elle n’est pas lue."
        return LineError(line=line, column=plain, code="NEVER_READ", severity="info", message=sentence)
    sentence = f"La colonne « {plain} » n’est pas du format : elle n’est pas importée."
    return LineError(line=line, column=plain, code="UNKNOWN_FIELD", severity="info", message=sentence)


def _twice(header: str, earlier: str, name: str, line: int) -> LineError:
    label = BY_NAME[name].label
    sentence = f"Deux colonnes disent « {label} » : « {earlier} » et « {header.strip()[:80]} ». Renommez ou supprimez l’une des deux."
    return LineError(line=line, column=header.strip()[:80], code="FILE_DUPLICATE_COLUMN", message=sentence)


def _missing(columns: Columns, line: int, *, period_given: bool) -> list[LineError]:
    found = []
    for needed in FIELDS:
        if needed.required and needed.name not in columns.places and not (needed.name == "period" and period_given):
            sentence = f"Il manque la colonne « {needed.label} » (ou « {needed.name} »). {needed.about}"
            found.append(LineError(line=line, column=needed.label, code="FILE_MISSING_COLUMN", message=sentence, example=needed.example))
    return found
