"""Contracts whose lists were laid out as columns: paths (`titulaires.0.titulaire.id`), or one amendment beside the contract's own terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from services.ingest.decp.naming import bare_title, field_of, plain

_LISTS: Final = frozenset({"holders", "modifications", "social", "techniques", "execution"})
_OF_TEXTS: Final = frozenset({"social", "techniques", "execution"})
_STEP: Final = re.compile(r"__|[./_]|\[(?=\d)|\]")
_CHANGE: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("idmodification", "modificationid"),
    "montant": (
        "montantmodification", "modificationmontant", "valeurglobalemodification", "modificationvaleurglobale", "modifmarchemontant", "modifmontant",
    ),
    "dureeMois": ("dureemoismodification", "modificationdureemois", "modifdureemois"),
    "objetModification": ("objetmodification", "modificationobjetmodification", "modifobjet"),
    "dateNotificationModification": (
        "datenotificationmodificationmodification", "datenotificationmodification", "datesignaturemodificationmodification",
        "datesignaturemodification", "modificationdatenotificationmodification", "modifsignaturedate", "modifnotificationdate",
    ),
    "datePublicationDonneesModification": (
        "datepublicationdonneesmodificationmodification", "datepublicationdonneesmodification",
        "modificationdatepublicationdonneesmodification", "modifpublicationdate",
    ),
    "titulaires": ("titulairesmodification", "modificationtitulaires"),
    "titulaire": ("idtitulairemodification", "titulaireidmodification", "modiftitulairesid", "modiftitulaireid"),
    "typeIdentifiant": ("typeidentifianttitulairemodification", "titulairetypeidentifiantmodification", "modiftitulairesidtype"),
}  # fmt: skip
"""The columns of the ministry's tables, 2019 and 2022, by the names that an amendment has in JSON."""
_SAYS_HOW: Final = frozenset(_CHANGE["montant"] + _CHANGE["dureeMois"])
"""Where one of these is a title, the contract's own columns are its terms at first; else they are those after the amendment."""
_CHANGED: Final = {name: field for field, names in _CHANGE.items() for name in names}


def is_flat(value: Mapping[str, Any]) -> bool:
    """Whether an object is a row of a table: exports of tables as JSON have a holder or an amendment a row, as the table had."""
    return not any(
        isinstance(held, dict) or (isinstance(held, list) and any(isinstance(one, dict | list) for one in held)) for held in value.values()
    )


def has_changes(titles: Mapping[str, Any]) -> bool:
    """Whether the table says what an amendment changed in columns of their own."""
    return any(plain(bare_title(title)) in _SAYS_HOW for title in titles)


def change_in(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The amendment that a row says beside its contract, under the names that JSON has for it; None where those cells are empty."""
    said: dict[str, Any] = {}
    for title, value in row.items():
        field = _CHANGED.get(plain(bare_title(title)))
        if field and value not in (None, "", [], {}):
            said.setdefault(field, value)
    number, kind = said.pop("titulaire", None), said.pop("typeIdentifiant", None)
    if number is not None:
        said.setdefault("titulaires", [{"id": number, "typeIdentifiant": kind}])
    return said or None


def nested(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row with its lists as lists again, where titles are paths into them."""
    paths = {title: path for title in row if isinstance(title, str) and (path := _path_of(title))}
    if not paths:
        return row
    found: dict[str, Any] = {title: value for title, value in row.items() if title not in paths}
    trees: dict[str, dict[str, Any]] = {}
    for title, path in paths.items():
        if row[title] in (None, ""):
            continue
        at = trees.setdefault(path[0], {})
        for step in path[1:-1]:
            held = at.setdefault(step, {})
            if not isinstance(held, dict):
                break
            at = held
        else:
            at.setdefault(path[-1], row[title])
    return {**found, **{name: _listed(tree) for name, tree in trees.items() if not found.get(name)}}


@lru_cache(maxsize=8192)
def _path_of(title: str) -> tuple[str, ...]:
    """The steps of `considerationsSociales.considerationSociale` or `titulaires/0/id`; none of a title that is no path into a list."""
    steps = tuple(step for step in _STEP.split(bare_title(title)) if step)
    if len(steps) < 2 or field_of(steps[0]) not in _LISTS:
        return ()
    into = steps[1].isdigit() or field_of(steps[1]) == field_of(steps[0])
    return steps if into and not (len(steps) == 2 and steps[1].isdigit() and field_of(steps[0]) not in _OF_TEXTS) else ()


def _listed(tree: dict[str, Any]) -> Any:
    """Steps that are numbers are places of a list."""
    held = {step: _listed(value) if isinstance(value, dict) else value for step, value in tree.items()}
    if held and all(step.isdigit() for step in held):
        return [held[step] for step in sorted(held, key=int)]
    return held
