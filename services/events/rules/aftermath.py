"""What a participant says after the day: how useful it was, and later what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kit import digits
from kit.errors import LineError, Refused

OUTCOMES: Final[Mapping[str, str]] = {
    "CONTRAT": "Un marché ou un lot",
    "SOUS_TRAITANCE": "Une sous-traitance ou une cotraitance",
    "EMBAUCHE": "Des embauches",
    "PARTENARIAT": "Un partenariat",
    "AUTRE": "Autre chose",
    "RIEN": "Rien pour l’instant",
}
MARKS: Final[Mapping[int, str]] = {5: "Très utile", 4: "Utile", 3: "Moyen", 2: "Peu utile", 1: "Inutile"}
LONGEST: Final = 1_000


@dataclass(frozen=True)
class Survey:
    """`useful` from 1 to 5; `contacts` made that day."""

    useful: int
    contacts: int | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Outcome:
    """`hours` of insertion that it stands for, where somebody knows."""

    kind: str
    hours: int | None = None
    about: str | None = None


def read_survey(typed: Mapping[str, str]) -> Survey:
    """Raises Refused for a mark or a number that cannot be."""
    errors: list[LineError] = []
    useful = typed.get("useful", "")
    if useful not in {str(mark) for mark in MARKS}:
        errors.append(LineError(column="useful", code="MISSING", value=useful[:20], message="Choisissez une réponse."))
    contacts = _whole(typed, "contacts", 1_000, errors)
    comment = _text(typed, "comment", errors)
    if errors:
        raise Refused(errors, code="SURVEY_REFUSED", title="Votre réponse est incomplète")
    return Survey(int(useful), contacts, comment)


def read_outcome(typed: Mapping[str, str]) -> Outcome:
    """Raises Refused for an unknown kind or a number that cannot be."""
    errors: list[LineError] = []
    kind = typed.get("kind", "")
    if kind not in OUTCOMES:
        errors.append(LineError(column="kind", code="UNKNOWN_CODE", value=kind[:20], message="Choisissez ce qui en est sorti."))
    hours = _whole(typed, "hours", 10_000_000, errors)
    about = _text(typed, "about", errors)
    if errors:
        raise Refused(errors, code="OUTCOME_REFUSED", title="Votre réponse est incomplète")
    return Outcome(kind, hours, about)


def _whole(typed: Mapping[str, str], name: str, most: int, errors: list[LineError]) -> int | None:
    text = digits.joined(typed.get(name, ""))
    if not text:
        return None
    found = digits.whole(text, most)
    if found is None:
        errors.append(LineError(column=name, code="NUMBER", value=text[:20], message=f"Un nombre entier de 0 à {most} est attendu."))
    return found


def _text(typed: Mapping[str, str], name: str, errors: list[LineError]) -> str | None:
    text = typed.get(name, "")
    if len(text) > LONGEST:
        errors.append(LineError(column=name, code="TEXT", message=f"{LONGEST} caractères au plus."))
    return text or None
