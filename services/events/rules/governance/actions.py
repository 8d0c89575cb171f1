"""An action: what makes it right, whether it is late, and on which day somebody is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from kit.errors import LineError, Refused
from schemas.vocabulary.places import DEPARTMENTS
from services.events.rules.meetings import FARTHEST

STATES: Final = {"OPEN": "à faire", "DONE": "faite", "DROPPED": "abandonnée"}
LONGEST: Final = 200
LONGEST_TEXT: Final = 4_000
NOTICE: Final = timedelta(days=7)
"""An action is told of once, that long before it is due."""


@dataclass(frozen=True)
class Action:
    """What somebody has to do. Exactly one of person, department and college owns it."""

    title: str
    due: date
    detail: str = ""
    person_id: UUID | None = None
    department: str | None = None
    college: str | None = None
    state: str = "OPEN"
    evidence: str = ""
    evidence_link: str | None = None
    roadmap_id: UUID | None = None
    diagnostic_id: UUID | None = None
    decision_id: UUID | None = None


def check(action: Action, today: date, *, is_new: bool) -> None:
    """Raises Refused with everything that is wrong; `today` is the Europe/Paris date. A past day is refused for a new action only."""
    errors = [*_texts(action), *_owner(action), *_state(action)]
    if is_new and action.due < today:
        errors.append(_error("due", action.due.isoformat(), "IN_THE_PAST", "Cette échéance est passée.", "2027-03-31"))
    if action.due > today + FARTHEST:
        errors.append(_error("due", action.due.isoformat(), "TOO_FAR", "Cette échéance est à plus de dix ans.", "2027-03-31"))
    if errors:
        raise Refused(errors, code="ACTION_REFUSED", title="L’action ne peut pas être enregistrée telle quelle")


def late(state: str, due: date, today: date) -> bool:
    return state == "OPEN" and due < today


def to_tell(due: date, told_on: date | None, today: date) -> bool:
    """Whether an open action is told of today: once in the week before it is due, then once a week as long as it is late.

    Late actions are told of on Mondays, or later in the week when nothing ran on Monday; what became late since Monday waits for the next one.
    """
    monday = today - timedelta(days=today.weekday())
    if due < monday:
        return told_on is None or told_on < monday
    return due >= today and due - NOTICE <= today and (told_on is None or told_on < due - NOTICE)


def _texts(action: Action) -> Iterator[LineError]:
    if not action.title.strip() or len(action.title) > LONGEST:
        yield _error(
            "title", action.title[:LONGEST], "TEXT", f"Dites ce qui est à faire, en {LONGEST} caractères au plus.", "Réunir les bailleurs"
        )
    for column, text in (("detail", action.detail), ("evidence", action.evidence)):
        if len(text) > LONGEST_TEXT:
            yield _error(column, "", "TEXT", f"{LONGEST_TEXT} caractères au plus.", None)


def _owner(action: Action) -> Iterator[LineError]:
    if sum(owner is not None for owner in (action.person_id, action.department, action.college)) != 1:
        yield _error("owner", "", "OWNER", "Choisissez qui fait : une personne, une coordination ou un collège.", "Coordination du 93")
    if action.department is not None and action.department not in DEPARTMENTS:
        yield _error("owner", action.department, "UNKNOWN_CODE", "Département attendu : 75, 77, 78 ou 91 à 95.", "93")


def _state(action: Action) -> Iterator[LineError]:
    if action.state not in STATES:
        yield _error("state", action.state, "UNKNOWN_CODE", f"État attendu : {', '.join(STATES)}.", "DONE")
    if action.state == "DONE" and not (action.evidence.strip() or action.evidence_link):
        yield _error(
            "evidence", "", "EVIDENCE", "Une action faite a une preuve : un texte ou un lien.", "Réunion du 12 mars, 9 bailleurs présents"
        )
    if action.state == "DROPPED" and not action.evidence.strip():
        yield _error("evidence", "", "EVIDENCE", "Dites pourquoi l’action est abandonnée.", "Le marché est annulé")
    if action.evidence_link and not _is_link(action.evidence_link):
        yield _error(
            "evidence_link",
            action.evidence_link[:LONGEST],
            "LINK",
            "Un lien commence par https:// ou par / pour une page d’ici.",
            "https://exemple.test/cr.pdf",
        )


def _is_link(text: str) -> bool:
    """A web address or a page of this site; never another scheme (javascript:, data:) nor a protocol-relative address."""
    if len(text) > 500 or any(letter.isspace() or ord(letter) < 32 or letter == "\\" for letter in text):
        return False
    if text.startswith("/"):
        return not text.startswith("//")
    try:
        found = urlsplit(text)
    except ValueError:
        return False
    return found.scheme in {"https", "http"} and bool(found.netloc)


def _error(column: str, value: str, code: str, message: str, example: str | None) -> LineError:
    return LineError(column=column, code=code, value=value, message=message, example=example)
