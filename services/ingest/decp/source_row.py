"""One row of the essential procurement data, the same shape whatever the format it came in. Values as the source wrote them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from services.ingest.decp.flattened import change_in, has_changes, nested
from services.ingest.decp.naming import field_of, fields_of, holder_field_of, own_id, plain
from services.ingest.decp.printed import opened
from services.ingest.decp.social import parts_of
from services.ingest.decp.tables import Misshapen
from services.ingest.decp.written import siret_in
from services.ingest.rules.establishments import is_siret


@dataclass(frozen=True, slots=True)
class SourceHolder:
    kind: object
    number: object
    name: object = None


@dataclass(frozen=True, slots=True)
class SourceChange:
    """An amendment: what it changes, as the source wrote it."""

    number: object = None
    notified_on: object = None
    published_on: object = None
    amount: object = None
    duration: object = None
    purpose: object = None
    holders: Sequence[SourceHolder] = ()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`position` counts from 1 in the file. `digest` is the row's whole content, the order of its holders aside.

    `piece`: a row of a table, which may be one of several about its contract (a holder or an amendment each).
    """

    position: int
    digest: bytes
    decp_id: object = None
    uid: object = None
    buyer_siret: object = None
    buyer_name: object = None
    buyer_region: object = None
    buyer_department: object = None
    source: object = None
    purpose: object = None
    nature: object = None
    procedure: object = None
    cpv: object = None
    amount: object = None
    duration: object = None
    notified_on: object = None
    published_on: object = None
    place_code: object = None
    place_kind: object = None
    place_name: object = None
    holders: Sequence[SourceHolder] = ()
    social: Sequence[object] = ()
    techniques: Sequence[object] = ()
    execution: Sequence[object] = ()
    framework_id: object = None
    changes: Sequence[SourceChange] = ()
    piece: bool = False
    change_number: object = None
    changed_on: object = None
    fault: str | None = None
    """Why the row cannot be read at all, by a code of the report."""


BLANKS: Final = frozenset({"na", "nan", "null", "none", "nc", "nr", "mq", "cdl", "inx", "inconnu"})
"""What producers write for « nothing »; MQ (missing) and CDL (confidential) are the schema's own."""
_FIELD_NAMES: Final = frozenset({"id", "typeidentifiant", "denominationsociale"})
"""A converter that took one holder for a list leaves the names of its fields in its place."""
_NUMBER: Final = re.compile(r"\d{14}", re.ASCII)
_NUMBERS: Final = re.compile(r"\d{14}(?:[\s,;|/]+\d{14})+", re.ASCII)
"""Several holders' numbers in one cell."""
_YES: Final = frozenset({"oui", "1", "true", "vrai", "yes"})
_PLAIN_FIELDS: Final = (
    "uid", "source", "purpose", "nature", "procedure", "amount", "duration", "notified_on", "published_on", "framework_id",
)  # fmt: skip


def of_object(position: int, row: Mapping[str, Any]) -> SourceRow:
    """A contract or concession as an object: v1.5, v2.0.3 (which wraps holders, changes and considerations), or a flat export."""
    said = fields_of(row)
    (buyer_siret, buyer_name), place = _buyer(said), _part(_one_place(said.get("place")), "code")
    return SourceRow(
        position=position,
        digest=digest_of(row),
        buyer_siret=buyer_siret,
        buyer_name=buyer_name,
        buyer_region=said.get("buyer_region"),
        buyer_department=said.get("buyer_department"),
        cpv=_first_of_list(said.get("cpv")),
        place_code=_joined(_first(place, "code", "codePostal", "codeCommune"))
        or _filled(said.get("place_code"))
        or said.get("place_department"),
        place_kind=_first(place, "typeCode", "type") or _kind_of_place(said),
        place_name=_first(place, "nom", "libelle") or said.get("place_name"),
        holders=holders_of(said.get("holders")) or flat_holders(row),
        social=values_of(said.get("social")),
        techniques=values_of(said.get("techniques")),
        execution=values_of(said.get("execution")),
        changes=_changes(said.get("modifications")),
        decp_id=own_id(row) or _scalar(said.get("decp_id")),
        **{name: _scalar(said.get(name)) for name in _PLAIN_FIELDS},  # type: ignore[arg-type]  # fields that are objects, all of them
    )


def _one_place(value: object) -> object:
    """Several places of one kind as one whose codes are joined: the first of them alone would be a guess."""
    value = opened(value)
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(one, Mapping) for one in value):
        return value
    codes = [_first(one, "code", "codePostal", "codeCommune") for one in value]
    kinds = {str(_first(one, "typeCode", "type")) for one in value}
    return {**value[0], "code": _joined(codes)} if len(kinds) == 1 and all(codes) else value


def _joined(value: object) -> object:
    """The codes of a list in one text."""
    return ";".join(str(one) for one in value if one) if isinstance(value, list) else value


def _buyer(said: Mapping[str, Any]) -> tuple[object, object]:
    """Number and name. « Acheteur » alone is its number, or its name where « SIRET de l’acheteur » stands beside."""
    part = _part(said.get("buyer"), "siret")
    number = _first(part, "id", "siret", "identifiant")
    name = _first(part, "nom", "denominationSociale", "denomination", "raisonSociale") or said.get("buyer_name")
    beside = said.get("buyer_siret")
    if beside and number and not is_siret(siret_in(str(number))):
        return beside, name or number
    return number or beside, name


def of_table(position: int, row: Mapping[str, Any]) -> SourceRow:
    """A row of a tabular form: lists may stand in a cell as JSON or in columns of paths, holders in numbered columns, or on a row each."""
    cells = nested({title: opened(cell) for title, cell in row.items()})
    filled = {title: cell for title, cell in cells.items() if cell not in (None, "") and plain(str(cell)) not in BLANKS}
    found = of_object(position, filled)
    if has_changes(cells):
        change = change_in(filled)
        return replace(found, piece=True, changes=[_change(change)] if change else found.changes)
    said = fields_of(filled)
    return replace(
        found, piece=True, change_number=said.get("modification_number") or _told_by_state(said), changed_on=said.get("modified_on")
    )


def _told_by_state(said: Mapping[str, Any]) -> object:
    """Where states of a contract have no number, but say which is today's (« données actuelles ») and what changed: 0 at first, 2 today."""
    if "current" not in said or "modification_purpose" not in said:
        return None
    return 2 if plain(str(said["current"])) in _YES else 1


def not_a_row(position: int, value: object) -> SourceRow:
    """Something in the list that is no object at all."""
    return SourceRow(position, digest_of({"value": str(value)[:1000]}))


def misshapen(position: int, row: Misshapen) -> SourceRow:
    """A row of a table whose cells are not under their titles."""
    return SourceRow(position, digest_of({"cells": list(row.cells)}), piece=True, fault=row.reason)


def holders_of(value: object) -> list[SourceHolder]:
    """A list, one object, a list or object inside `titulaire`, or numbers alone."""
    found: list[SourceHolder] = []
    for entry in _list(opened(value)):
        if isinstance(entry, Mapping):
            inner = next((held for name, held in entry.items() if field_of(name) == "holders"), None)
            if inner is not None:
                found += holders_of(inner)
                continue
            named = {plain(name): held for name, held in entry.items()}
            number = named.get("id") or named.get("siret") or named.get("identifiant")
            name = named.get("denominationsociale") or named.get("denomination") or named.get("nom") or named.get("raisonsociale")
            if number or name:
                found.append(SourceHolder(named.get("typeidentifiant"), number, name))
        elif isinstance(entry, list):
            found += holders_of(entry)
        elif isinstance(entry, str) and _NUMBERS.fullmatch(entry.strip()):
            found += [SourceHolder(None, number) for number in _NUMBER.findall(entry)]
        elif isinstance(entry, str | int) and not isinstance(entry, bool) and str(entry).strip() and plain(str(entry)) not in _FIELD_NAMES:
            found.append(SourceHolder(None, entry))
    return found


def flat_holders(row: Mapping[str, Any]) -> list[SourceHolder]:
    """Holders in columns: `titulaire_id_1`, `titulaires.0.id`, `titulaire_id`."""
    found: dict[str, dict[str, object]] = {}
    for name, value in row.items():
        place = holder_field_of(name) if value not in (None, "") else None
        if place:
            found.setdefault(place[0], {}).setdefault(place[1], value)
    return [holder for _, one in sorted(found.items()) for holder in _in_columns(one)]


def _in_columns(said: Mapping[str, object]) -> list[SourceHolder]:
    """One holder, or several whose numbers stand in one cell: which name would be whose is not said."""
    number = said.get("number")
    if isinstance(number, str) and _NUMBERS.fullmatch(number.strip()):
        return holders_of(number)
    return [SourceHolder(said.get("kind"), number, said.get("name"))]


def values_of(value: object) -> list[object]:
    """The values of a list, of one inside `considerationSociale` or `technique`, or of a text that joins them."""
    if isinstance(value, Mapping):
        return [part for held in value.values() for part in values_of(held)]
    if isinstance(value, str):
        held = opened(value)
        return values_of(held) if not isinstance(held, str) else list(parts_of(value))
    return [part for held in value for part in values_of(held)] if isinstance(value, list) else []


def _changes(value: object) -> list[SourceChange]:
    """The amendments of a list, each alone or inside `modification`; empty ones say nothing."""
    found = []
    for entry in _list(opened(value)):
        if isinstance(entry, list):
            found += _changes(entry)
            continue
        if not isinstance(entry, Mapping):
            continue
        inner = next((held for name, held in entry.items() if field_of(name) == "modifications"), None)
        if inner is not None:
            found += _changes(inner)
        elif entry and all(str(name).isdigit() for name in entry):  # a list as some programs write it: by its places
            found += _changes(list(entry.values()))
        elif any(held not in (None, "", [], {}) for held in entry.values()):
            found.append(_change(entry))
    return found


def _change(entry: Mapping[str, Any]) -> SourceChange:
    """Under the schema's names, or those that tables have for them (`montantModification`)."""
    named = {plain(name): held for name, held in (change_in(entry) or {}).items()}
    named |= {plain(name): held for name, held in entry.items() if held not in (None, "") or plain(name) not in named}
    return SourceChange(
        number=_scalar(named.get("id")),
        notified_on=_scalar(
            named.get("datenotificationmodification") or named.get("datesignaturemodification") or named.get("datenotification")
        ),
        published_on=_scalar(named.get("datepublicationdonneesmodification") or named.get("datepublicationdonnees")),
        amount=_scalar(_present(named, "montant", "valeurglobale")),
        duration=_scalar(named.get("dureemois")),
        purpose=_scalar(named.get("objetmodification") or named.get("objet")),
        holders=holders_of(named.get("titulaires") or named.get("titulaire") or named.get("concessionnaires")),
    )


def _present(named: Mapping[str, Any], *names: str) -> object:
    return next((named[name] for name in names if named.get(name) is not None), None)


def digest_of(row: Mapping[str, Any]) -> bytes:
    """The same for two rows that say the same; the order of holders is not a difference."""
    plainly = {
        key: sorted(value, key=_canonical) if isinstance(value, list) and field_of(str(key)) == "holders" else value
        for key, value in row.items()
    }
    return hashlib.blake2b(_canonical(plainly).encode("utf-8", "replace"), digest_size=16).digest()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _part(value: object, alone: str) -> Mapping[str, Any]:
    """The object of a buyer or a place: itself, the first of a list, one inside another (`{"acheteur": {…}}`), or a text alone."""
    value = opened(value)
    while True:
        if isinstance(value, list):
            value = next((one for one in value if one), None)
        elif isinstance(value, Mapping) and len(value) == 1 and isinstance(held := next(iter(value.values())), Mapping | list):
            value = held
        else:
            break
    if isinstance(value, Mapping):
        return value
    return {alone: value} if isinstance(value, str | int) and not isinstance(value, bool) else {}


def _first(part: Mapping[str, Any], *names: str) -> object:
    """The first of these names that the part fills in, in any writing."""
    named = {plain(name): held for name, held in part.items()}
    return next((held for name in names if _filled(held := named.get(plain(name))) is not None), None)


def _filled(value: object) -> object:
    return None if value in (None, "", [], {}) else value


def _kind_of_place(said: Mapping[str, Any]) -> object:
    if said.get("place_kind"):
        return said["place_kind"]
    return "Code département" if not said.get("place_code") and not said.get("place") and said.get("place_department") else None


def _first_of_list(value: object) -> object:
    return next(iter(value), None) if isinstance(value, list) else value


def _scalar(value: object) -> object:
    return None if isinstance(value, dict | list) else value


def _list(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value in (None, "", {}) else [value]
