"""What makes a question to the planner right, and what meeting an atelier of a plan becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final

from kit.errors import LineError, Refused
from schemas.vocabulary.network import THEMES
from schemas.vocabulary.places import DEPARTMENTS
from services.events.planning.instance import Half, Instance, Placement
from services.events.rules.meetings import Plan, PlannedSession

HOURS: Final[dict[Half, tuple[time, time]]] = {"MORNING": (time(9, 30), time(12, 0)), "AFTERNOON": (time(14, 0), time(16, 30))}
"""Europe/Paris clock times of a half-day."""
LONGEST_WINDOW_DAYS: Final = 400
MOST_ATELIERS: Final = 300
COLLEGE: Final = "COLLEGE"
KINDS: Final = ("ATELIER", COLLEGE, "GT_THEMATIQUE")


def check(title: str, kind: str, question: Instance, today: date) -> None:
    """Raises Refused with everything that is wrong with the question."""
    errors = [*_frame(title, kind, question, today), *_lists(question), *_entries(question), *_pins(question)]
    if errors:
        raise Refused(errors, code="PLAN_REFUSED", title="Le plan ne peut pas être calculé tel quel")


def _frame(title: str, kind: str, question: Instance, today: date) -> Iterator[LineError]:
    if not title.strip() or len(title) > 200:
        yield _error("title", title[:200], "TITLE", "Donnez un titre de 1 à 200 caractères.", "Ateliers du 1er semestre 2027")
    if kind not in KINDS:
        yield _error("kind", kind, "UNKNOWN_CODE", f"Choisissez parmi {', '.join(KINDS)}.", "ATELIER")
    if question.ends_on < question.starts_on:
        yield _error("ends_on", question.ends_on, "INVERTED", "La période se termine avant de commencer.", "2027-07-02")
    elif (question.ends_on - question.starts_on).days > LONGEST_WINDOW_DAYS:
        yield _error("ends_on", question.ends_on, "TOO_LONG", f"Une période compte {LONGEST_WINDOW_DAYS} jours au plus.", "2027-07-02")
    if question.starts_on < today:
        yield _error("starts_on", question.starts_on, "IN_THE_PAST", "Cette date est passée.", "2027-01-04")
    chosen = question.conditions
    if not chosen.weekdays or not set(chosen.weekdays) <= set(range(5)):
        yield _error("conditions.weekdays", chosen.weekdays, "WEEKDAY", "Choisissez des jours du lundi (0) au vendredi (4).", "1, 3")
    if not chosen.halves:
        yield _error("conditions.halves", "", "HALF_DAY", "Choisissez le matin, l’après-midi ou les deux.", "MORNING")
    if (
        not 0 <= chosen.spacing_days <= 200
        or chosen.per_animator_day not in {1, 2}
        or (chosen.per_week is not None and chosen.per_week < 1)
    ):
        yield _error("conditions", "", "NUMBER", "Espacement de 0 à 200 jours, 1 ou 2 réunions par jour, au moins 1 par semaine.", "21")


def _lists(question: Instance) -> Iterator[LineError]:
    for column, entries in (("ateliers", question.ateliers), ("animators", question.animators), ("rooms", question.rooms)):
        if not entries:
            yield _error(column, "", "MISSING", "Il en faut au moins un.", None)
        for id_, count in Counter(entry.id for entry in entries).items():
            if count > 1:
                yield _error(column, id_, "TWICE", f"« {id_} » figure {count} fois.", None)
    if len(question.ateliers) > MOST_ATELIERS:
        yield _error("ateliers", len(question.ateliers), "TOO_MANY", f"{MOST_ATELIERS} réunions au plus.", None)


def _entries(question: Instance) -> Iterator[LineError]:
    for number, atelier in enumerate(question.ateliers, start=1):
        if atelier.department is not None and atelier.department not in DEPARTMENTS:
            yield _error(
                "ateliers.department", atelier.department, "UNKNOWN_CODE", "Département attendu : 75, 77, 78 ou 91 à 95.", "93", number
            )
        if atelier.theme is not None and atelier.theme not in THEMES:
            yield _error("ateliers.theme", atelier.theme, "UNKNOWN_CODE", f"Choisissez parmi {', '.join(THEMES)}.", "ETT", number)
    for number, room in enumerate(question.rooms, start=1):
        if room.capacity is not None and room.capacity < 1:
            yield _error("rooms.capacity", room.capacity, "CAPACITY", "Le nombre de places est un entier à partir de 1.", "25", number)


def _pins(question: Instance) -> Iterator[LineError]:
    for pin in question.pins:
        if pin.atelier not in question.by_id:
            yield _error("pins.atelier", pin.atelier, "UNKNOWN_ATELIER", "Cet atelier n’est pas dans le plan.", None)
        if pin.day is not None and not question.starts_on <= pin.day <= question.ends_on:
            yield _error("pins.day", pin.day, "OUTSIDE", "Ce jour est hors de la période du plan.", question.starts_on.isoformat())
        if pin.animator is not None and pin.animator not in question.animator_by_id:
            yield _error("pins.animator", pin.animator, "UNKNOWN_ANIMATOR", "Cette personne n’est pas dans le plan.", None)
        if pin.room is not None and pin.room not in question.room_by_id:
            yield _error("pins.room", pin.room, "UNKNOWN_ROOM", "Cette salle n’est pas dans le plan.", None)


def meeting(kind: str, question: Instance, placement: Placement) -> Plan:
    """The meeting that is announced: one session with the room's places; a college has no seats to ask for, its members are invited."""
    atelier, room = question.by_id[placement.atelier], question.room_by_id[placement.room]
    start, end = HOURS[placement.half]
    animator = question.animator_by_id.get(placement.animator)
    return Plan(
        kind=kind,
        title=atelier.title,
        starts_at=datetime.combine(placement.day, start),
        ends_at=datetime.combine(placement.day, end),
        place=room.name,
        theme=atelier.theme,
        department=atelier.department,
        access=room.access,
        contact=animator.name if animator else None,
        sessions=() if kind == COLLEGE else (PlannedSession("Atelier", "ATELIER", room.capacity),),
    )


def _error(column: str, value: object, code: str, message: str, example: str | None, line: int | None = None) -> LineError:
    return LineError(line=line, column=column, code=code, value=str(value), message=message, example=example)
