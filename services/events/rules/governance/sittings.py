"""A meeting of a committee or college: its agenda, what was decided, its minutes, its members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from kit.errors import LineError, Refused
from schemas.meetings import Addressee
from schemas.vocabulary.places import DEPARTMENTS
from services.events.rules.registrations import is_address

ITEMS: Final = {"INFORMATION": "Information", "DISCUSSION": "Échange", "DECISION": "Décision"}
OUTCOMES: Final = {"ADOPTED": "adoptée", "REJECTED": "rejetée", "POSTPONED": "reportée"}
ROLES: Final = {"CHAIR": "Préside", "MEMBER": "Membre", "SECRETARY": "Secrétariat"}
MOST_ITEMS: Final = 30
LONGEST: Final = 200
LONGEST_TEXT: Final = 20_000


@dataclass(frozen=True)
class Item:
    """One point of the agenda."""

    title: str
    kind: str = "INFORMATION"
    minutes: int | None = None
    presenter: str | None = None


@dataclass(frozen=True)
class Member:
    """A seat of a body: a person of the annuaire, whoever coordinates a department, or somebody from outside."""

    role: str
    person_id: UUID | None = None
    department: str | None = None
    email: str | None = None
    name: str | None = None
    organisation: str | None = None


@dataclass(frozen=True)
class Decision:
    """What a meeting decided; `release` is the edition that it lets be published."""

    title: str
    text: str
    outcome: str
    release: str | None = None


def check_items(items: Sequence[Item], minutes_of_meeting: int) -> None:
    """Raises Refused; the points may not last longer than the meeting."""
    errors = []
    for row, item in enumerate(items):
        if not item.title.strip() or len(item.title) > LONGEST:
            errors.append(
                _error(f"i.{row}.title", item.title[:80], "TEXT", f"Nommez le point, en {LONGEST} caractères au plus.", "Feuille de route")
            )
        if item.kind not in ITEMS:
            errors.append(_error(f"i.{row}.kind", item.kind, "UNKNOWN_CODE", f"Nature attendue : {', '.join(ITEMS)}.", "DECISION"))
        if item.minutes is not None and not 1 <= item.minutes <= 480:
            errors.append(_error(f"i.{row}.minutes", str(item.minutes), "MINUTES", "De 1 à 480 minutes.", "20"))
    if len(items) > MOST_ITEMS:
        errors.append(_error("", str(len(items)), "TOO_MANY", f"{MOST_ITEMS} points au plus.", None))
    planned = sum(item.minutes or 0 for item in items)
    if planned > minutes_of_meeting and not errors:
        said = f"Les points durent {planned} minutes, la réunion {minutes_of_meeting}."
        errors.append(_error("", str(planned), "TOO_LONG", said, None))
    if errors:
        raise Refused(errors, code="AGENDA_REFUSED", title="L’ordre du jour ne peut pas être enregistré tel quel")


def check_member(member: Member) -> None:
    """Raises Refused."""
    errors = []
    if sum(who is not None for who in (member.person_id, member.department, member.email)) != 1:
        errors.append(_error("who", "", "WHO", "Choisissez une personne de l’annuaire, une coordination, ou donnez une adresse.", None))
    if member.department is not None and member.department not in DEPARTMENTS:
        errors.append(_error("who", member.department, "UNKNOWN_CODE", "Département attendu : 75, 77, 78 ou 91 à 95.", "93"))
    if member.email is not None and not is_address(member.email):
        errors.append(_error("email", member.email[:80], "EMAIL", "Cette adresse ne se lit pas.", "prenom.nom@exemple.fr"))
    if member.email is not None and not (member.name or "").strip():
        errors.append(_error("name", "", "TEXT", "Donnez le nom de la personne.", "Camille Fictive"))
    if any(len(text or "") > LONGEST for text in (member.name, member.organisation)):
        errors.append(_error("name", "", "TEXT", f"{LONGEST} caractères au plus.", None))
    if member.role not in ROLES:
        errors.append(_error("role", member.role, "UNKNOWN_CODE", f"Rôle attendu : {', '.join(ROLES)}.", "MEMBER"))
    if errors:
        raise Refused(errors, code="MEMBER_REFUSED", title="Ce membre ne peut pas être enregistré")


def check_decision(decision: Decision) -> None:
    """Raises Refused."""
    errors = []
    if not decision.title.strip() or len(decision.title) > LONGEST:
        errors.append(
            _error(
                "title",
                decision.title[:80],
                "TEXT",
                f"Nommez la décision, en {LONGEST} caractères au plus.",
                "Validation de l’édition 2026",
            )
        )
    if len(decision.text) > LONGEST_TEXT:
        errors.append(_error("text", "", "TEXT", f"{LONGEST_TEXT} caractères au plus.", None))
    if decision.outcome not in OUTCOMES:
        errors.append(_error("outcome", decision.outcome, "UNKNOWN_CODE", f"Issue attendue : {', '.join(OUTCOMES)}.", "ADOPTED"))
    if decision.release is not None and len(decision.release) > 40:
        errors.append(_error("release", decision.release[:40], "TEXT", "Un numéro d’édition compte 40 caractères au plus.", "2026-3"))
    if errors:
        raise Refused(errors, code="DECISION_REFUSED", title="La décision ne peut pas être enregistrée telle quelle")


def check_minutes(text: str) -> None:
    """Raises Refused for minutes without a word or beyond reason."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        error = _error("text", "", "TEXT", f"Un compte rendu compte de 1 à {LONGEST_TEXT} caractères.", None)
        raise Refused([error], code="MINUTES_REFUSED", title="Le compte rendu ne peut pas être enregistré")


def invited(members: Iterable[Member]) -> tuple[Addressee, ...]:
    """The members as a meeting's invitations go to them, each once."""
    found: dict[tuple[str, str], Addressee] = {}
    for member in members:
        if member.person_id:
            found["person", str(member.person_id)] = Addressee(person_id=member.person_id)
        elif member.department:
            found["department", member.department] = Addressee(department=member.department)
        elif member.email:
            found["email", member.email.lower()] = Addressee(email=member.email, name=member.name, organisation=member.organisation)
    return tuple(found.values())


def decision_number(year: int, rank: int) -> str:
    """DEC-2027-004."""
    return f"DEC-{year}-{rank:03d}"


def default_title(body: str, day: date) -> str:
    return f"{body}, {day.year}"


def _error(column: str, value: str, code: str, message: str, example: str | None) -> LineError:
    return LineError(column=column, code=code, value=value, message=message, example=example)
