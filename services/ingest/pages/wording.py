"""What the pages of filings call things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kit import registry
from kit.errors import LineError
from kit.postgres import Connection
from kit.web import filters
from schemas.periods import Period
from services.ingest.rules.declared import LineValue
from services.ingest.rules.times import french_period
from services.ingest.store.reading import Today

STATES: Final = {
    "received": ("Reçue", "wait"),
    "counted": ("Comptée", "good"),
    "partly_counted": ("Comptée en partie", "bad"),
    "corrected": ("Corrigée", "good"),
    "withdrawn": ("Retirée", "plain"),
}
BESIDE, REPLACED = ("Gardée à côté", "plain"), ("Remplacée", "plain")
"""Of a filing that was counted and no line of which counts today."""
DOORS: Final = {"api": "API", "file": "Fichier", "form": "Formulaire"}
SERVICES: Final = {"received": "Reçue", "counted": "Comptée", "told": "Coordination prévenue"}


def state_today(state: str, today: Today | None) -> tuple[str, str]:
    """Label and tone of a filing's state: of one that was counted and no line of which counts today, what became of it."""
    if today is None or today.counting.lines or not (today.beside.lines or today.replaced.lines):
        return STATES.get(state, (state, "plain"))
    return BESIDE if today.beside.lines else REPLACED


def beside(error: LineError) -> str:
    """The sentence without « Ligne 2, « Heures » : », for where line and field are shown next to it."""
    _, mark, rest = error.message.partition(" » : ")
    return rest[:1].upper() + rest[1:] if mark and error.message.startswith("Ligne ") else error.message


def employer_said(name: str | None, siret: str | None, known: Mapping[str, str]) -> str:
    """Who employed: the name that was declared, else the one of the directory with the SIRET; a SIRET alone only where nobody knows it."""
    if name or not siret:
        return name or "–"
    return f"{known[siret]} ({filters.siret(siret)})" if siret in known else filters.siret(siret)


async def employers_in(connection: Connection, values: Iterable[LineValue]) -> dict[str, str]:
    """The directory's names of the employers that these lines say by their SIRET."""
    return await registry.names_of(connection, {value.employer_siret for value in values if value.employer_siret})


def period_of_filing(text: str | None, lines: int = 1) -> str:
    """« mars 2019 »; a filing without a period of its own spans several, one without lines (withdrawn) has none."""
    if not text:
        return "Plusieurs périodes" if lines else "–"
    try:
        return french_period(Period.parse(text))
    except ValueError:
        return text
