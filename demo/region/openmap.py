"""The Openmap edition that the fictional network prepares: announced, its programme published, the pitches not yet chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from demo.clock import in_weeks
from demo.region.guests import BUILDING, BUYING, INCLUDING, Guest

DONE: Final = ("TRADE", "PLACE", "PITCH_CALL")
"""Steps of the retro-planning ticked by hand; « Qui inviter » is late, which the page says. Announcing and publishing tick their own."""
TITLE: Final = "Openmap ESS : les métiers du paysage"
_CRITERIA: Final = ("Ce que vous savez faire sur un chantier d’espaces verts", "Combien de personnes en parcours")
_SESSIONS: Final = (
    ("Accueil et plénière", "PLENIERE", "09:00", "09:30", "", "", ""),
    ("Table ronde : acheter de l’entretien avec une clause", "TABLE_RONDE", "09:30", "10:15", "80", "", ""),
    ("Pitchs de structures", "PITCH", "10:15", "11:00", "80", "", ""),
    ("Atelier : marchés réservés", "ATELIER", "11:00", "12:30", "25", "", ""),
    ("Rendez-vous bilatéraux", "RDV_BILATERAL", "11:00", "12:30", "60", "", ""),
    ("Visite du Jardin des Possibles", "VISITE", "14:00", "15:30", "3", "Portail sud du jardin", "20"),
)
PLENARY, TABLE, PITCHES, WORKSHOP, ENCOUNTERS, VISIT = range(len(_SESSIONS))


@dataclass(frozen=True)
class Coming:
    """Somebody who registers, for which sessions of the programme, and what the person looks for or offers (fields of the form)."""

    guest: Guest
    sessions: tuple[int, ...]
    profile: dict[str, str] | None = None


@dataclass(frozen=True)
class Application:
    """A pitch that a structure proposes; `answers` in the order of the criteria."""

    guest: Guest
    title: str
    about: str
    answers: tuple[str, ...]


def day_of(today: date) -> date:
    """At most 44 days ahead: before the mandate of the 92 changes hands."""
    return in_weeks(today, 6, 1)


def form(today: date) -> dict[str, str]:
    """The edition as its form asks for it."""
    fields = {
        "kind": "OPENMAP", "title": TITLE, "trade": "Métiers du paysage", "day": day_of(today).isoformat(), "half": "DAY",
        "place": "Ferme urbaine fictive, Paris 19e", "cpv": "7731", "sectors.ESPACES_VERTS": "oui",
        "access": "À cinq minutes du tramway, arrêt fictif « Les Serres ».",
        "accessibility": "Salle de plain-pied, boucle magnétique, places réservées.",
        "summary": "Acheteurs, entreprises du paysage et structures de l’ESS se rencontrent autour des marchés d’entretien à venir.",
        "pitch_criteria": "\n".join(_CRITERIA), "pitch_until": (today + timedelta(days=7)).isoformat(),
    }  # fmt: skip
    for row, session in enumerate(_SESSIONS):
        columns = ("name", "kind", "starts_at", "ends_at", "capacity", "place", "travel_minutes")
        fields |= {f"programme.{row}.{column}": value for column, value in zip(columns, session, strict=True)}
    return fields


def coming() -> list[Coming]:
    """Nine people; the visit has three seats for four."""
    return [
        Coming(BUYING[0], (TABLE, ENCOUNTERS), _seeks("1200", "Entretien de trois parcs, lots de taille moyenne")),
        Coming(BUYING[1], (TABLE, ENCOUNTERS, VISIT), _seeks("3400", "Résidences : tonte, taille, propreté des abords")),
        Coming(BUYING[2], (PLENARY, WORKSHOP)),
        Coming(BUYING[4], (WORKSHOP, VISIT)),
        Coming(BUILDING[0], (TABLE, ENCOUNTERS), _seeks("800", "Sous-traitance ou cotraitance sur un lot d’arrosage")),
        Coming(BUILDING[1], (TABLE,)),
        Coming(INCLUDING[0], (PITCHES, ENCOUNTERS, VISIT), _offers("6000", "Création et entretien de jardins, 14 salariés en parcours")),
        Coming(INCLUDING[1], (PITCHES, ENCOUNTERS, VISIT), _offers("9000", "Entretien écologique, débroussaillage, plantations")),
        Coming(INCLUDING[2], (PITCHES, ENCOUNTERS), _offers("2500", "Tonte, massifs, arrosage ; équipes encadrées")),
    ]


def applications() -> list[Application]:
    """Three pitches: the first is selected at the load, the others wait for a decision."""
    return [
        Application(
            INCLUDING[0], "Un jardin d’insertion qui entretient vos parcs", "Chantier d’insertion de 14 salariés, matériel électrique.",
            ("Tonte, taille, plantations, gestion différenciée", "14 en parcours, 5 sorties vers l’emploi l’an dernier"),
        ),
        Application(
            INCLUDING[1], "Entretien écologique sur grands linéaires", "Entreprise d’insertion : fauche tardive, débroussaillage, mares.",
            ("Bords de voies et berges", "22 en parcours"),
        ),
        Application(
            INCLUDING[2], "Des équipes d’ESAT sur vos résidences", "Trois équipes de six personnes et leurs moniteurs.",
            ("Massifs, arrosage, petite maçonnerie paysagère", "18 travailleurs handicapés"),
        ),
    ]  # fmt: skip


def _seeks(hours: str, about: str) -> dict[str, str]:
    return {"sectors.ESPACES_VERTS": "oui", "departments.93": "oui", "departments.94": "oui", "hours": hours, "about": about}


def _offers(hours: str, about: str) -> dict[str, str]:
    return {"sectors.ESPACES_VERTS": "oui", "departments.75": "oui", "departments.93": "oui", "hours": hours, "about": about}
