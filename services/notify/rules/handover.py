"""What a successor takes over: one summary in place of many mails (practice, rulings 14 and 15). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from kit.web.filters import number, plural
from schemas.directory import PREDECESSOR_READS, SUCCESSOR_READS
from schemas.meetings import ActionDue, Diagnostic, Meeting
from schemas.zones import PARIS
from services.notify.rules import meeting_letters, wording
from services.notify.rules.letters import Letter
from services.notify.rules.workdays import DIGEST_AT, next_digest

AHEAD: Final = SUCCESSOR_READS
BEHIND: Final = PREDECESSOR_READS
LATE: Final = timedelta(days=31)
"""A mandate that began longer ago is history read again, not a handover."""
WARNING: Final = timedelta(days=30)
"""How long before the supposed end of an interim the team is asked."""


@dataclass(frozen=True)
class Term:
    """A mandate as it stands in the department's history."""

    department: str
    person_id: str
    first_name: str | None
    structure_siret: str
    structure_name: str
    starts_on: date
    ends_on: date | None
    interim: bool
    ends_text: str | None
    supposed_end: date | None


@dataclass(frozen=True)
class Estate:
    """What passes from one coordination to the next. `to_confirm` are meetings at the place of a structure that no longer carries the department."""

    term: Term
    before: Term | None
    meetings: tuple[Meeting, ...] = ()
    to_confirm: tuple[Meeting, ...] = ()
    actions: tuple[ActionDue, ...] = ()
    filings: int = 0
    diagnostic: Diagnostic | None = None
    answers: int = 0


def due(starts_on: date, now: datetime) -> datetime:
    """The next 8:00 of a working day, not earlier than fourteen days before the first day of the mandate."""
    opening = datetime.combine(starts_on - AHEAD, DIGEST_AT, PARIS) - timedelta(seconds=1)
    return next_digest(max(now, opening))


def is_handover(term: Term, before: Term | None, today: date) -> bool:
    """Whether somebody takes something over: another person or another structure than before, and not long ago."""
    if before is None or term.starts_on < today - LATE or (term.ends_on is not None and term.ends_on <= today):
        return False
    return (before.person_id, before.structure_siret) != (term.person_id, term.structure_siret)


def at_the_place_of(meeting: Meeting, structure_siret: str, structure_name: str) -> bool:
    """Whether the meeting takes place in this structure's rooms: it says so, or its place names the structure."""
    if meeting.host_siret is not None:
        return meeting.host_siret == structure_siret
    name = _plain(structure_name)
    return len(name) > 3 and f" {name} " in f" {_plain(meeting.place)} "


def letter(estate: Estate, gateway_path: str, today: date) -> Letter:
    """« Coordination du 92 : ce que vous reprenez au 1er octobre »."""
    term, before = estate.term, estate.before
    same_person = before is not None and before.person_id == term.person_id
    began = wording.day(term.starts_on, weekday=False)
    closing = []
    if before is not None and not same_person and before.ends_on is not None:
        until = wording.day(before.ends_on + BEHIND - timedelta(days=1), weekday=False)
        closing.append(f"{before.first_name or 'La personne qui vous précède'} garde un accès en lecture jusqu’au {until}.")
    what = "ce qui change" if same_person else "ce que vous reprenez"
    return Letter(
        subject=f"Coordination du {term.department} : {what} au {began}",
        greeting="",
        paragraphs=tuple(paragraphs(estate, today)),
        items=tuple(f"{meeting_letters.name_of(m)}, {meeting_letters.when(m)}, {place_of(m, estate)}" for m in estate.meetings),
        actions=(("Ouvrir le dossier", gateway_path), ("Tout ajouter à mon agenda", gateway_path.replace("passation", "passation.ics"))),
        closing=tuple(closing),
        footer=("Un seul message à la place de plusieurs ; les invitations sont déjà dans votre agenda.",),
    )


def paragraphs(estate: Estate, today: date) -> list[str]:
    """The summary's sentences: what is taken over, what is to be confirmed, how long an interim lasts."""
    same_person = estate.before is not None and estate.before.person_id == estate.term.person_id
    taken = _taken(estate, today)
    if same_person:
        said = [
            f"La coordination est portée par {estate.term.structure_name} à partir du {wording.day(estate.term.starts_on, weekday=False)}."
        ]
        said.append(f"Vous gardez : {taken}.")
    else:
        said = [f"Bienvenue. Vous reprenez : {taken}."]
    if estate.answers:
        one = estate.answers == 1
        said.append(
            f"{'Une réponse' if one else f'{number(estate.answers)} réponses'} à des sondages {'donnée' if one else 'données'} avant vous"
            f" {'est' if one else 'sont'} à confirmer."
        )
    if estate.to_confirm:
        said.append(f"Lieu à reconfirmer, puisque la structure change : {_days(estate.to_confirm)}.")
    if estate.term.interim and estate.term.ends_on is None:
        said.append(f"Intérim : {estate.term.ends_text or 'fin à préciser'}, date à préciser.")
    return said


def place_of(meeting: Meeting, estate: Estate) -> str:
    asked = meeting.place_to_confirm or meeting in estate.to_confirm
    return f"{meeting.place} (lieu à reconfirmer)" if asked else meeting.place


def interim_is_due(term: Term, today: date) -> bool:
    """An interim whose supposed end comes within thirty days, and that nobody has ended: it never ends by itself."""
    return term.ends_on is None and term.supposed_end is not None and term.starts_on <= today and term.supposed_end - WARNING <= today


def interim_letter(term: Term, name: str, page: str) -> Letter:
    supposed = wording.day(term.supposed_end, year=True) if term.supposed_end else "une date à préciser"
    return Letter(
        subject=f"Intérim à confirmer : {wording.department(term.department)}",
        greeting="",
        paragraphs=(
            f"{name} assure l’intérim {term.ends_text or ''} : fin supposée le {supposed}. Rien ne se fait tout seul.".replace("  ", " "),
            "Trois possibilités : retour de la personne titulaire, prolongation, ou vacance.",
        ),
        actions=(("Retour", f"{page}?suite=retour"), ("Prolonger", f"{page}?suite=prolonger"), ("Vacance", f"{page}?suite=vacance")),
        footer=("Tant que personne ne décide, l’intérim continue.",),
    )


def _taken(estate: Estate, today: date) -> str:
    parts = []
    if estate.meetings:
        name = ("atelier", "ateliers") if {m.kind for m in estate.meetings} == {"ATELIER"} else ("réunion", "réunions")
        parts.append(f"{plural(len(estate.meetings), *name)} ({_days(estate.meetings)})")
    if estate.actions:
        late = sum(action.due < today for action in estate.actions)
        parts.append(f"{plural(len(estate.actions), 'action', 'actions')}{f' dont {late} en retard' if late else ''}")
    if estate.filings:
        parts.append(f"{plural(estate.filings, 'déclaration', 'déclarations')} à examiner")
    if estate.diagnostic:
        parts.append(f"la fiche diagnostic (remplie à {estate.diagnostic.progress} %)")
    return ", ".join(parts) or "rien qui soit en cours"


def _days(meetings: Sequence[Meeting]) -> str:
    return ", ".join(wording.day(m.starts_at.date(), weekday=False) for m in meetings)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()).strip()
