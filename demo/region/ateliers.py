"""Ateliers of the fictional network around a moment: one that has been held, three to come, and the dates that a poll asks about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from demo.clock import in_weeks, working_day
from demo.region.guests import BUILDING, BUYING, INCLUDING, PARTNERS, Guest
from demo.region.people import TEAM

EARLIEST: Final = time(2, 31)
"""Before that hour of the night no atelier of the same day can be over."""
SUPPORT: Final = "Mémo : préparer un marché réservé"
MEMO: Final = (
    "Rencontrer trois structures avant d’écrire le cahier des charges.",
    "Choisir à qui le lot est réservé : SIAE, EA et ESAT, ou les deux.",
    "Compter les heures à partir de la main-d’œuvre, pas du montant.",
    "Dire dès l’avis comment les heures seront suivies, et par qui.",
)
"""Title and lines of the support of the atelier that has been held."""
MINUTES: Final = (
    "Cinq personnes autour de la table, dont deux acheteurs qui préparent leur premier marché réservé.",
    "1. Le sourcing vient en premier ; la coordination donne les contacts.",
    "2. Deux projets de cahier des charges seront relus ensemble.",
    "3. À suivre : la clause type du collège des acheteurs.",
)
CONTACT: Final = f"{TEAM.first_name} {TEAM.name}, {TEAM.email}"


@dataclass(frozen=True)
class Atelier:
    """One atelier with its single session: local hours, seats (None: come as you like), who registers, in this order."""

    code: str
    title: str
    theme: str
    department: str
    starts_at: datetime
    ends_at: datetime
    place: str
    capacity: int | None
    guests: tuple[Guest, ...]
    access: str = "Salle de plain-pied, boucle magnétique."
    to_prepare: str | None = None

    def body(self) -> dict[str, Any]:
        """As the interface of meetings takes it."""
        return {
            "kind": "ATELIER", "title": self.title, "theme": self.theme, "department": self.department,
            "starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat(), "place": self.place, "access": self.access,
            "to_prepare": self.to_prepare, "contact": CONTACT,
            "sessions": [{"name": "Atelier", "kind": "ATELIER", "capacity": self.capacity}],
        }  # fmt: skip


@dataclass(frozen=True)
class Poll:
    """Dates asked about; the answers that two of those asked have given, one a date."""

    title: str
    dates: tuple[tuple[datetime, datetime], ...]
    departments: tuple[str, ...]
    outside: tuple[Guest, ...]
    answer_by: date
    place: str
    words: str
    answers: tuple[tuple[str, ...], ...]


def held(now: datetime) -> Atelier | None:
    """This morning's, over by now; None in the small hours. Its guests came without registering: no registration is taken for what has begun."""
    if now.time() < EARLIEST:
        return None
    over = now - timedelta(minutes=1)
    ends_at = min(over.replace(minute=30 * (over.minute // 30), second=0, microsecond=0), datetime.combine(now.date(), time(12)))
    return Atelier(
        "held", "Petit-déjeuner des facilitateurs : préparer un marché réservé", "AUTRE", "93", ends_at - timedelta(hours=2), ends_at,
        "Montbrisel, maison des associations fictive", None, (BUYING[0], BUYING[1], INCLUDING[0], INCLUDING[3], PARTNERS[1]),
        access="Entrée libre, sans inscription. Salle de plain-pied.",
    )  # fmt: skip


def coming(today: date) -> list[Atelier]:
    """Three in three departments within five weeks, the soonest first; the second is full, with a waiting list."""
    return [
        Atelier(
            "ett", "Entreprises de travail temporaire : bien les associer à une clause", "ETT", "75", *_morning(in_weeks(today, 2, 1)),
            "Paris, capitale fictive de l’emploi, salle 2", 12, (*BUYING[5:], BUILDING[0], INCLUDING[3], PARTNERS[0]),
            to_prepare="Un marché récent où l’intérim a posé question",
        ),
        Atelier(
            "bailleurs", "Bailleurs sociaux : programmer les heures sur trois ans", "BAILLEURS", "94", *_morning(in_weeks(today, 3, 3)),
            "Bergerault, hôtel de ville fictif, salle du conseil", 4,
            (BUYING[1], BUYING[3], BUYING[5], BUYING[6], BUYING[2], BUYING[4], INCLUDING[4]),
        ),
        Atelier(
            "reprise", "Reprise du personnel dans la propreté", "REPRISE_PERSONNEL", "95", *_afternoon(in_weeks(today, 4, 1)),
            "Grandmesnil, pépinière fictive des Trois Ormes", 20, (BUILDING[2], BUYING[5], INCLUDING[4]),
            to_prepare="La liste du personnel du dernier marché",
        ),
    ]  # fmt: skip


def poll(today: date) -> Poll:
    """Three dates for the eight coordinations' working group on landlords; three of those asked have not answered."""
    committee, friday = in_weeks(today, 5, 2), in_weeks(today, 5, 4)
    last = friday if friday > committee else working_day(committee + timedelta(days=1))  # 8 May on the eve of Ascension
    return Poll(
        "Groupe de travail : suivre les heures des bailleurs",
        (_morning(in_weeks(today, 4, 3)), _afternoon(in_weeks(today, 5, 0)), _morning(last)),
        ("75", "93", "94"), (BUYING[1],), working_day(today + timedelta(days=10)), "Paris, équipe du réseau de démonstration",
        "Deux heures pour comparer nos tableaux de suivi. Choisissez toutes les dates possibles.",
        (("YES", "IF_NEEDED", "YES"), ("YES", "NO", "IF_NEEDED")),
    )  # fmt: skip


def _morning(day: date) -> tuple[datetime, datetime]:
    return _hours(day, time(9, 30), time(12))


def _afternoon(day: date) -> tuple[datetime, datetime]:
    return _hours(day, time(14), time(16, 30))


def _hours(day: date, begins: time, ends: time) -> tuple[datetime, datetime]:
    return datetime.combine(day, begins), datetime.combine(day, ends)
