"""« Qui inviter »: whom contracts, earlier editions and coordinations give reason to invite, with the reason in words."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kit import digits
from kit.errors import LineError
from schemas.vocabulary.network import PARTICIPANTS
from services.events.rules import registrations
from services.events.rules.registrations import Applicant

MONTHS_AHEAD: Final = 12
SHOWN: Final = 3
MOST_ROWS: Final = 2_000
ESS_ROLES: Final = frozenset({"SIAE", "EA_ESAT", "ESS_OTHER"})


@dataclass(frozen=True)
class Contract:
    """A contract of the trade, as far as the question needs it."""

    number: str
    object: str
    buyer_siret: str
    buyer_name: str | None
    department: str | None
    ends_on: date | None
    estimated: bool = False
    """The end is notification plus duration: nobody declared it."""


@dataclass(frozen=True)
class Guest:
    """Somebody worth inviting. Without an address it is up to a person to find one."""

    source: str
    organisation: str
    reason: str
    siret: str | None = None
    name: str | None = None
    email: str | None = None
    department: str | None = None


def end_of(ends_on: date | None, notified_on: date | None, duration_months: int | None) -> tuple[date | None, bool]:
    """When a contract ends and whether that is estimated: the declared end, else notification + duration, else unknown."""
    if ends_on is not None:
        return ends_on, False
    if notified_on is None or duration_months is None or not 0 < duration_months <= 600:
        return None, False
    return _months_later(notified_on, duration_months), True


def buyers(contracts: Iterable[Contract], day: date) -> list[Guest]:
    """Buyers with contracts of the trade that end within 12 months after the day, or whose end nobody knows; the soonest end first."""
    until = _months_later(day, MONTHS_AHEAD)
    of: dict[str, list[Contract]] = defaultdict(list)
    for contract in contracts:
        if contract.ends_on is None or day <= contract.ends_on <= until:
            of[contract.buyer_siret].append(contract)
    found = []
    for siret, theirs in of.items():
        theirs.sort(key=lambda contract: (contract.ends_on or date.max, contract.number))
        name = next((contract.buyer_name for contract in theirs if contract.buyer_name), None) or f"SIRET {siret}"
        found.append((theirs[0].ends_on or date.max, Guest("CONTRACTS", name, _because(theirs), siret, department=theirs[0].department)))
    return [guest for _, guest in sorted(found, key=lambda pair: (pair[0], pair[1].organisation))]


def _because(contracts: Sequence[Contract]) -> str:
    told = [f"{contract.number} « {contract.object[:60].strip()} » {_ends(contract)}" for contract in contracts[:SHOWN]]
    more = len(contracts) - SHOWN
    return " ; ".join(told) + (f" ; et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")


def _ends(contract: Contract) -> str:
    if contract.ends_on is None:
        return "(fin inconnue)"
    return f"(fin {'estimée ' if contract.estimated else ''}le {contract.ends_on:%d/%m/%Y})"


def _months_later(day: date, months: int) -> date:
    """The same day of the month that many months later, the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(f"{day} + {months} months")


def read_list(data: bytes) -> tuple[list[Guest], list[LineError]]:
    """People of a spreadsheet saved as CSV: Structure, Nom, Courriel (, SIRET, Motif). Good lines and what is wrong with the others.

    UTF-8 or Windows-1252, `;` `,` or tab. Line numbers are the file's, its title line is 1.
    """
    text = _decoded(data)
    delimiter = max(";,\t", key=text.split("\n", 1)[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        message = "Le fichier ne se lit pas comme un tableau : un guillemet n’est sans doute pas refermé."
        return [], [LineError(line=1, code="FILE", message=message)]
    titles = [_plain(cell) for cell in rows[0]] if rows else []
    columns = {field: next((at for at, title in enumerate(titles) if title in names), None) for field, names in _TITLES.items()}
    if columns["organisation"] is None or columns["email"] is None:
        message = "La première ligne doit nommer au moins les colonnes « Structure » et « Courriel »."
        return [], [LineError(line=1, code="HEADER", value=delimiter.join(titles)[:100], message=message, example="Structure;Nom;Courriel")]
    found, errors = [], []
    for number, cells in enumerate(rows[1:], start=2):
        if number > MOST_ROWS:
            errors.append(LineError(line=number, code="TOO_MANY", message=f"{MOST_ROWS} lignes au plus par fichier."))
            break
        if any(cell.strip() for cell in cells):
            guest = _guest({field: _cell(cells, at) for field, at in columns.items()})
            wrong = faults(guest)
            errors.extend(error.model_copy(update={"line": number}) for error in wrong)
            if not wrong:
                found.append(guest)
    return found, errors


_TITLES: Final = {
    "organisation": {"structure", "organisation", "organisme", "entreprise", "acheteur"},
    "name": {"nom", "nom prenom", "prenom nom", "contact", "personne"},
    "email": {"courriel", "mail", "email", "e-mail", "adresse mail", "adresse electronique"},
    "siret": {"siret", "n° siret", "numero siret"},
    "reason": {"motif", "raison", "commentaire", "remarque"},
}


def faults(guest: Guest) -> list[LineError]:
    """What keeps a guest from being invited, the address included."""
    filled = Applicant(guest.name or "Contact", guest.email or "", guest.organisation, next(iter(PARTICIPANTS)))
    return list(registrations.faults(filled))


def _guest(cells: dict[str, str]) -> Guest:
    return Guest(
        "IMPORT", cells["organisation"], cells["reason"] or "Liste importée", digits.joined(cells["siret"]) or None, cells["name"] or None,
        cells["email"],
    )  # fmt: skip


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at].strip() if at is not None and at < len(cells) else ""


def _plain(text: str) -> str:
    return text.strip().lower().translate(str.maketrans("éèêàç", "eeeac")).lstrip("\ufeff")


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
