"""What the pages of filings call things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kit.errors import LineError
from schemas.periods import Period
from services.ingest.rules.times import french_period

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


def beside(error: LineError) -> str:
    """The sentence without « Ligne 2, « Heures » : », for where line and field are shown next to it."""
    _, mark, rest = error.message.partition(" » : ")
    return rest[:1].upper() + rest[1:] if mark and error.message.startswith("Ligne ") else error.message


def employer_said(name: str | None, siret: str | None, known: Mapping[str, str]) -> str:
    """Who employed: the name that was declared, else the one of the directory; a SIRET alone only where nobody knows it."""
    return name or known.get(siret or "") or siret or "–"


def period_of_filing(text: str | None, lines: int = 1) -> str:
    """« mars 2019 »; a filing without a period of its own spans several, one without lines (withdrawn) has none."""
    if not text:
        return "Plusieurs périodes" if lines else "–"
    try:
        return french_period(Period.parse(text))
    except ValueError:
        return text
