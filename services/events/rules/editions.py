"""An Openmap edition, or a department's event of companies and ESS structures: what makes it right, its steps, its successor."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from kit.errors import LineError, Refused
from schemas.vocabulary.buyers import SECTORS
from schemas.vocabulary.network import SESSIONS
from schemas.vocabulary.places import DEPARTMENTS
from services.events.rules.meetings import Plan, PlannedSession

HALVES: Final[Mapping[str, str]] = {"MORNING": "Matin", "AFTERNOON": "Après-midi", "DAY": "Journée"}
HOURS: Final[Mapping[str, tuple[time, time]]] = {
    "MORNING": (time(9), time(12, 30)),
    "AFTERNOON": (time(14), time(17, 30)),
    "DAY": (time(9), time(17)),
}
LONGEST: Final = 200
LONGEST_TEXT: Final = 4_000
MOST_SESSIONS: Final = 30
_CPV: Final = re.compile(r"[0-9]{2,8}", re.ASCII)

STEPS: Final[tuple[tuple[str, int, str], ...]] = (
    ("TRADE", -150, "Choisir la filière et la date"),
    ("PLACE", -120, "Réserver le lieu, vérifier son accessibilité"),
    ("SAVE_THE_DATE", -90, "Envoyer la date à retenir"),
    ("PITCH_CALL", -75, "Ouvrir l’appel à pitchs"),
    ("INVITE", -60, "Arrêter « Qui inviter » avec les coordinations"),
    ("PROGRAMME", -45, "Publier le programme et ouvrir les inscriptions"),
    ("PITCH_SELECTION", -30, "Choisir les pitchs et répondre à chacun"),
    ("WISHES", -14, "Clore les souhaits de rencontre"),
    ("MATCHES", -7, "Planifier les rencontres et imprimer les tables"),
    ("LISTS", -2, "Imprimer les listes de présence"),
    ("THANKS", 3, "Remercier, envoyer l’enquête"),
    ("MINUTES", 15, "Publier le compte rendu"),
    ("OUTCOMES", 180, "Demander ce qui en est sorti"),
)
"""Step, days from the day (negative: before), label. Days are a practice, changed by hand for each edition (to be confirmed with users)."""


@dataclass(frozen=True)
class Slot:
    """One line of the programme: local hours of the edition's day."""

    name: str
    kind: str
    starts_at: time
    ends_at: time
    capacity: int | None = None
    place: str | None = None
    travel_minutes: int | None = None
    session_id: UUID | None = None


@dataclass(frozen=True)
class Edition:
    """What the organisers decide. `number` is drawn by the store for an Openmap; a department event has none."""

    kind: str
    title: str
    trade: str
    day: date
    half: str
    place: str
    department: str | None = None
    sectors: tuple[str, ...] = ()
    cpv: tuple[str, ...] = ()
    """Beginnings of CPV codes that make a contract one of the trade."""
    access: str | None = None
    accessibility: str | None = None
    summary: str | None = None
    pitch_criteria: tuple[str, ...] = ()
    """What a pitch is chosen by: the applicant sees it."""
    pitch_until: date | None = None
    programme: tuple[Slot, ...] = ()


def check(edition: Edition, today: date) -> None:
    """Raises Refused with everything that is wrong; `today` is the Europe/Paris date."""
    errors = [*_texts(edition), *_codes(edition), *_days(edition, today), *_programme(edition)]
    if errors:
        raise Refused(errors, code="EDITION_REFUSED", title="L’événement ne peut pas être enregistré tel quel")


def _texts(edition: Edition) -> Iterator[LineError]:
    for column, value, message, example in (
        ("title", edition.title, "Donnez un titre", "Openmap ESS : les métiers du paysage"),
        ("trade", edition.trade, "Indiquez la filière", "Métiers du paysage"),
        ("place", edition.place, "Indiquez le lieu", "Ferme du Rail fictive, Paris 19e"),
    ):
        if not value.strip() or len(value) > LONGEST:
            yield _error(column, value[:LONGEST], "TEXT", f"{message}, en {LONGEST} caractères au plus.", example)
    for column, text in (("access", edition.access), ("accessibility", edition.accessibility), ("summary", edition.summary)):
        if text and len(text) > LONGEST_TEXT:
            yield _error(column, text[:LONGEST], "TEXT", f"{LONGEST_TEXT} caractères au plus.", None)


def _codes(edition: Edition) -> Iterator[LineError]:
    if edition.kind not in {"OPENMAP", "EVENEMENT_DEPARTEMENTAL"}:
        yield _error("kind", edition.kind, "UNKNOWN_CODE", "Choisissez Openmap ou Événement départemental.", "OPENMAP")
    if edition.department is not None and edition.department not in DEPARTMENTS:
        yield _error("department", edition.department, "UNKNOWN_CODE", "Département attendu : 75, 77, 78 ou 91 à 95.", "93")
    if edition.kind == "EVENEMENT_DEPARTEMENTAL" and edition.department is None:
        yield _error("department", "", "MISSING", "Un événement départemental a lieu dans un département.", "93")
    if edition.half not in HALVES:
        yield _error("half", edition.half, "UNKNOWN_CODE", "Choisissez matin, après-midi ou journée.", "MORNING")
    for sector in edition.sectors:
        if sector not in SECTORS:
            yield _error(
                "sectors", sector, "UNKNOWN_CODE", f"Ce secteur n’existe pas ; choisissez parmi {', '.join(SECTORS)}.", "ESPACES_VERTS"
            )
    for code in edition.cpv:
        if not _CPV.fullmatch(code):
            yield _error("cpv", code, "CPV", "Un début de code CPV compte de 2 à 8 chiffres.", "7731")


def _days(edition: Edition, today: date) -> Iterator[LineError]:
    if edition.day < today:
        yield _error("day", edition.day.isoformat(), "IN_THE_PAST", "Cette date est passée.", None)
    if edition.pitch_until is not None and edition.pitch_until > edition.day:
        yield _error("pitch_until", edition.pitch_until.isoformat(), "INVERTED", "L’appel à pitchs se termine avant le jour même.", None)


def _programme(edition: Edition) -> Iterator[LineError]:
    if len(edition.programme) > MOST_SESSIONS:
        yield _error("programme", str(len(edition.programme)), "TOO_MANY", f"{MOST_SESSIONS} séances au plus.", None)
    for number, slot in enumerate(edition.programme):
        name = f"programme.{number}"
        if not slot.name.strip() or len(slot.name) > LONGEST:
            yield _error(f"{name}.name", slot.name[:LONGEST], "TITLE", "Donnez un nom à la séance.", "Table ronde")
        if slot.kind not in SESSIONS:
            yield _error(f"{name}.kind", slot.kind, "UNKNOWN_CODE", f"Format attendu : {', '.join(SESSIONS)}.", "TABLE_RONDE")
        if slot.ends_at <= slot.starts_at:
            yield _error(f"{name}.ends_at", f"{slot.ends_at:%H:%M}", "INVERTED", "La séance se termine avant de commencer.", "10:15")
        if slot.capacity is not None and not 1 <= slot.capacity <= 100_000:
            yield _error(f"{name}.capacity", str(slot.capacity), "CAPACITY", "Le nombre de places est un entier à partir de 1.", "25")
        if slot.travel_minutes is not None and not 0 <= slot.travel_minutes <= 240:
            yield _error(f"{name}.travel_minutes", str(slot.travel_minutes), "TRAVEL", "Un trajet compte de 0 à 240 minutes.", "15")
        if slot.kind == "VISITE" and not slot.place:
            yield _error(f"{name}.place", "", "MISSING", "Une visite a un point de rencontre.", "Sortie n° 2 de la station")


def _error(column: str, value: str, code: str, message: str, example: str | None) -> LineError:
    return LineError(column=column, code=code, value=value, message=message, example=example)


def slug_of(number: int | None, trade: str) -> str:
    """`4-metiers-du-paysage`: the end of an Openmap's address. The number alone finds it."""
    plain = unicodedata.normalize("NFKD", trade.lower()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"{number}-{words}".rstrip("-") if number is not None else words


def steps_of(day: date) -> list[tuple[str, str, date]]:
    """The retro-planning of a day: step, label, due day."""
    return [(step, label, day + timedelta(days=days)) for step, days, label in STEPS]


def successor(last: Edition, day: date) -> Edition:
    """The next edition as a copy of the last: its form stays, what belongs to its day and trade goes."""
    return replace(
        last, day=day, title="", trade="", sectors=(), cpv=(), summary=None, pitch_until=None,
        programme=tuple(replace(slot, session_id=None) for slot in last.programme),
    )  # fmt: skip


def first_programme(half: str) -> tuple[Slot, ...]:
    """A programme to begin with, in the format that has stayed the same (plenary, round table, pitches, workshop, meetings, visit)."""
    morning = (
        Slot("Accueil et plénière", "PLENIERE", time(9), time(9, 30)),
        Slot("Table ronde", "TABLE_RONDE", time(9, 30), time(10, 15)),
        Slot("Pitchs de structures", "PITCH", time(10, 15), time(11)),
        Slot("Atelier : marchés réservés", "ATELIER", time(11), time(12, 30), 25),
        Slot("Rendez-vous bilatéraux", "RDV_BILATERAL", time(11), time(12, 30), 120),
    )
    if half == "MORNING":
        return morning
    if half == "DAY":
        return (*morning, Slot("Visite de site", "VISITE", time(14), time(16), 20, "Point de rencontre à préciser", 20))
    return tuple(replace(slot, starts_at=_later(slot.starts_at), ends_at=_later(slot.ends_at)) for slot in morning)


def _later(moment: time) -> time:
    return moment.replace(hour=moment.hour + 5)


def meeting_of(edition: Edition, *, published: bool) -> Plan:
    """The meeting that stands in the calendar: without sessions while only the date is announced."""
    first, last = HOURS[edition.half]
    hours = edition.programme if published else ()
    starts = min((slot.starts_at for slot in hours), default=first)
    ends = max((slot.ends_at for slot in hours), default=last)
    access = " ".join(filter(None, (edition.access, edition.accessibility))) or None
    return Plan(
        kind=edition.kind, title=edition.title, starts_at=datetime.combine(edition.day, starts), ends_at=datetime.combine(edition.day, ends),
        place=edition.place, department=edition.department, access=access, sessions=tuple(_session(edition.day, slot) for slot in hours),
    )  # fmt: skip


def _session(day: date, slot: Slot) -> PlannedSession:
    return PlannedSession(
        slot.name, slot.kind, slot.capacity, slot.session_id, datetime.combine(day, slot.starts_at), datetime.combine(day, slot.ends_at),
        slot.place, slot.travel_minutes,
    )  # fmt: skip


def late_steps(steps: Sequence[tuple[str, date, date | None]], today: date) -> int:
    """How many steps (step, due, done on) should have been done by today."""
    return sum(1 for _, due, done_on in steps if done_on is None and due < today)
