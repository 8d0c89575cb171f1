"""A pitch: a structure presents itself in a few minutes. What an application needs, and what may be decided of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from kit.errors import LineError, Refused
from schemas.vocabulary.network import PARTICIPANTS
from services.events.rules import registrations
from services.events.rules.editions import Edition
from services.events.rules.guests import ESS_ROLES
from services.events.rules.registrations import Applicant

LONGEST_ABOUT: Final = 2_000
LONGEST_ANSWER: Final = 1_000
DECISIONS: Final = {"selected": "Retenu", "refused": "Non retenu", "received": "À décider"}


@dataclass(frozen=True)
class Pitch:
    """An application; `answers` stand in the order of the edition's criteria."""

    who: Applicant
    title: str
    about: str
    answers: tuple[str, ...] = ()
    siret: str | None = None


def check(pitch: Pitch, edition: Edition, today: date) -> None:
    """Raises Refused with everything that keeps the application from being taken."""
    errors = list(registrations.faults(pitch.who))
    if edition.pitch_until is None or today > edition.pitch_until:
        errors.append(LineError(column="", code="CLOSED", message="L’appel à pitchs est clos."))
    if pitch.who.role in PARTICIPANTS and pitch.who.role not in ESS_ROLES:
        errors.append(
            LineError(column="role", code="ROLE", message="Les pitchs sont ceux des structures de l’ESS : SIAE, EA, ESAT ou autre.")
        )
    if not pitch.title.strip() or len(pitch.title) > 200:
        errors.append(
            LineError(
                column="title", code="TEXT", message="Donnez un titre, en 200 caractères au plus.", example="Entretien d’espaces verts"
            )
        )
    if not pitch.about.strip() or len(pitch.about) > LONGEST_ABOUT:
        errors.append(LineError(column="about", code="TEXT", message=f"Présentez votre activité, en {LONGEST_ABOUT} caractères au plus."))
    for number, criterion in enumerate(edition.pitch_criteria):
        answer = pitch.answers[number] if number < len(pitch.answers) else ""
        if not answer.strip() or len(answer) > LONGEST_ANSWER:
            message = f"« {criterion} » : répondez en {LONGEST_ANSWER} caractères au plus."
            errors.append(LineError(column=f"answers.{number}", code="TEXT", message=message))
    if errors:
        raise Refused(errors, code="PITCH_REFUSED", title="La candidature est incomplète")


def check_decision(state: str, reason: str | None) -> None:
    """A refusal has its reason: the applicant reads it. Raises Refused."""
    if state not in DECISIONS:
        raise Refused([LineError(column="state", code="UNKNOWN_CODE", value=state[:40], message="Choisissez retenu ou non retenu.")])
    if state == "refused" and not (reason or "").strip():
        message = "Dites pourquoi : la structure le lit, par exemple « huit pitchs déjà retenus, priorité à la filière »."
        raise Refused([LineError(column="reason", code="MISSING", message=message)], code="PITCH_REFUSED", title="Il manque le motif")
