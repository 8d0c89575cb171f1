"""Who sits where in the fictional network, what they meet for, who does what until when, and what two departments say of their year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from demo.clock import in_weeks, month_after, working_day
from demo.region.ateliers import CONTACT
from demo.region.guests import BUYING, PARTNERS, Guest
from demo.region.people import TEAM, TEAM2

COMMITTEE: Final = "STRATEGIQUE"
COLLEGE: Final = "ACHETEURS"
ROADMAP: Final = "Feuille de route des acheteurs"
ANSWERED: Final = ("93", "94")
"""Departments that have answered the diagnostic; the last one has handed it in."""


@dataclass(frozen=True)
class Sitting:
    """A meeting of a body, with its agenda: title, kind, minutes, who presents."""

    body: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    agenda: tuple[tuple[str, str, int, str | None], ...]
    to_prepare: str | None = None

    def fields(self) -> dict[str, Any]:
        """As the interface of governance takes it."""
        return {
            "title": self.title, "starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat(), "place": self.place,
            "to_prepare": self.to_prepare, "contact": CONTACT,
            "agenda": [{"title": title, "kind": kind, "minutes": minutes, "presenter": by} for title, kind, minutes, by in self.agenda],
        }  # fmt: skip


@dataclass(frozen=True)
class Task:
    """An action of the roadmap. `owner` is one of person_id, department, college; due in `days` from today, negative: late already."""

    code: str
    title: str
    owner: dict[str, str]
    days: int
    detail: str = ""
    evidence: str = ""

    def fields(self, today: date, roadmap: str, *, late: bool = False) -> dict[str, Any]:
        """As the interface takes it. A new action is never late there: `late` gives the day that a correction then says."""
        due = today + timedelta(days=self.days if late or self.days >= 0 else 14)
        return {
            "title": self.title, "detail": self.detail, "due": due.isoformat(), "roadmap_id": roadmap, **self.owner,
            "state": "DONE" if self.evidence else "OPEN", "evidence": self.evidence,
        }  # fmt: skip


def members() -> list[tuple[str, dict[str, str]]]:
    """Body and seat: a person of the network, whoever coordinates a department, or somebody from outside."""
    return [
        (COMMITTEE, {"role": "CHAIR", **_outside(PARTNERS[0])}),
        (COMMITTEE, {"role": "SECRETARY", "person_id": str(TEAM.id)}),
        (COMMITTEE, {"role": "MEMBER", "department": "75"}),
        (COMMITTEE, {"role": "MEMBER", "department": "93"}),
        (COLLEGE, {"role": "CHAIR", **_outside(BUYING[1])}),
        (COLLEGE, {"role": "SECRETARY", "person_id": str(TEAM2.id)}),
        (COLLEGE, {"role": "MEMBER", **_outside(BUYING[0])}),
        (COLLEGE, {"role": "MEMBER", "department": "94"}),
    ]


def sittings(today: date) -> list[Sitting]:
    """One of the college, then one of the committee, within six weeks."""
    college, committee = in_weeks(today, 3, 0), in_weeks(today, 5, 2)
    return [
        Sitting(
            COLLEGE, "Collège des acheteurs : suivi de la feuille de route", datetime.combine(college, time(10)),
            datetime.combine(college, time(12)), "Paris, équipe du réseau de démonstration",
            (
                ("Où en sont les actions", "INFORMATION", 20, "Jonas Leverrier"),
                ("Marchés d’espaces verts de l’an prochain", "DISCUSSION", 45, "Driss Halimi"),
                ("Un calendrier commun des consultations", "DECISION", 30, None),
            ),
            "La liste de vos marchés d’entretien qui finissent dans l’année",
        ),
        Sitting(
            COMMITTEE, "Comité stratégique : feuilles de route et prochaine édition", datetime.combine(committee, time(14)),
            datetime.combine(committee, time(16)), "Paris, Conseil régional de démonstration",
            (
                ("Les chiffres de l’année", "INFORMATION", 30, "Camille Astruc"),
                ("Feuille de route des acheteurs", "DECISION", 30, None),
                ("Diagnostic : ce que disent les huit coordinations", "DISCUSSION", 40, None),
            ),
        ),
    ]  # fmt: skip


def roadmap(today: date) -> dict[str, str]:
    """From the beginning of the year's quarter on, for a year."""
    first = month_after(today.replace(day=1), -((today.month - 1) % 3))
    return {
        "title": ROADMAP, "summary": "Trois sujets : espaces verts, propreté, suivi des heures.", "starts_on": first.isoformat(),
        "ends_on": month_after(first, 12).isoformat(),
    }  # fmt: skip


def tasks() -> list[Task]:
    """One late, one done with its evidence, two to come."""
    return [
        Task("late", "Réunir les bailleurs du 93 autour du suivi des heures", {"department": "93"}, -12, "Au moins six bailleurs."),
        Task(
            "done", "Écrire une clause type pour l’entretien d’espaces verts", {"person_id": str(TEAM.id)}, 5,
            evidence="Clause type relue par quatre acheteurs et envoyée au collège.",
        ),
        Task("sourcing", "Recenser les marchés de paysage qui finissent dans l’année", {"college": COLLEGE}, 35),
        Task("etti", "Inviter les ETTI du 75 à l’atelier « travail temporaire »", {"department": "75"}, 8),
    ]  # fmt: skip


def milestones(today: date) -> list[dict[str, Any]]:
    """One reached, one whose measure is still short."""
    return [
        {"title": "Premiers chiffres publiés", "due_on": (today - timedelta(days=1)).isoformat(), "done_on": today.isoformat()},
        {
            "title": "Cent acheteurs déclarent leurs heures", "due_on": (today + timedelta(days=75)).isoformat(), "measure": "MANUAL",
            "figure": 40, "minimum": 100, "unit": "acheteurs",
        },
    ]  # fmt: skip


def answer_by(today: date) -> date:
    """Until when the eight coordinations answer."""
    return working_day(today + timedelta(days=30))


def answers(department: str) -> dict[str, str]:
    """What the department says in its diagnostic, by the keys of its questions; what is filled in beforehand is left as it is."""
    said = {
        "93": {
            "etp_facilitateurs": "3,5", "acheteurs_actifs": "Ville de Montbrisel\nTerritoire de l’Aubraine",
            "bailleurs_actifs": "Trois-Canaux Habitat", "publics": "Femmes\nHabitants des QPV",
            "difficultes": "Bailleurs sociaux\nGarde d’enfants",
        },
        "94": {
            "etp_facilitateurs": "2", "moyens": "Une facilitatrice de plus depuis le printemps.",
            "acheteurs_actifs": "Ville de Bergerault\nTerritoire des Prés-Ronds", "bailleurs_actifs": "Prés-Ronds Habitat",
            "a_approcher": "Hôpital des Quatre-Saules : marché de propreté à renouveler", "publics": "Seniors\nBénéficiaires du RSA",
            "offre_absente": "Espaces verts", "difficultes": "Recours aux ETT\nMobilité",
            "difficultes_precision": "Un chantier de nuit sans transport en commun : quatre entrées sur dix n’ont pas tenu.",
            "actions_souhaitees": "Cartographier les transports de nuit\nRencontrer les entreprises de propreté",
            "evenement_formats": "Rencontre entreprises × ESS", "evenement_filiere": "Métiers de la propreté",
            "evenement_lieu": "Bergerault, hôtel de ville fictif",
        },
    }  # fmt: skip
    return said[department]


def _outside(guest: Guest) -> dict[str, str]:
    return {"email": guest.email, "name": guest.name, "organisation": guest.organisation}
