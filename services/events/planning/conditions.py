"""What can forbid something, each as a named condition with its sentence: the same names in a model, in « pourquoi pas » and in what blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.events.planning.instance import Animator, Atelier, Instance, Pin, Room, Slot

WEEKDAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
HALF_NAMES: Final = {"MORNING": "matin", "AFTERNOON": "après-midi"}
_SOURCES: Final = {
    "poll": "réponse au sondage",
    "calendar": "agenda importé",
    "meeting": "réunion déjà prévue",
    "team": "indisponibilité saisie",
}


@dataclass(frozen=True, order=True)
class Condition:
    """`code` and `subject` identify it; `text` is its sentence in French, without a final point."""

    code: str
    subject: str
    text: str


def of_slot(instance: Instance, atelier: Atelier, slot: Slot, closed: Sequence[Condition] | None = None) -> Iterator[Condition]:
    """Why this atelier may not be then, whoever holds it and wherever. An atelier that was announced stays: nothing forbids its own slot.

    `closed` is `of_day` of the slot's day where the caller has it already.
    """
    pin = instance.pin_of.get(atelier.id)
    if pin is not None and pin.announced and instance.conditions.keep_announced:
        if (slot.day, slot.half) != (pin.day, pin.half):
            yield announced(atelier, pin)
        return
    if pin is not None and ((pin.day not in {None, slot.day}) or (pin.half not in {None, slot.half})):
        yield pinned(atelier, pin)
    yield from of_day(instance, slot.day) if closed is None else closed
    if slot.half not in instance.conditions.halves:
        yield Condition("HALF_DAY", slot.half, "pas de réunion l’après-midi" if slot.half == "AFTERNOON" else "pas de réunion le matin")
    if (atelier.not_before and slot.day < atelier.not_before) or (atelier.not_after and slot.day > atelier.not_after):
        yield Condition("WINDOW", atelier.id, f"« {atelier.title} » doit avoir lieu {_between(atelier.not_before, atelier.not_after)}")
    yield from _of_people(instance, atelier, slot)


def of_day(instance: Instance, day: date) -> Iterator[Condition]:
    """Why nothing at all takes place on that day."""
    if day.weekday() not in instance.conditions.weekdays:
        yield Condition("WEEKDAY", str(day.weekday()), f"pas de réunion le {WEEKDAYS[day.weekday()]}")
    for closure in instance.closures:
        if closure.starts_on <= day < closure.ends_on and (closure.kind != "school" or instance.conditions.school_holidays):
            code = {"school": "SCHOOL_HOLIDAYS", "public": "PUBLIC_HOLIDAY", "other": "CLOSED"}[closure.kind]
            last = closure.ends_on - timedelta(days=1)
            when = f"du {short(closure.starts_on)} au {short(last)}" if last > closure.starts_on else f"le {short(last)}"
            yield Condition(code, f"{closure.name} {closure.starts_on}", f"{closure.name}, {when}")


def _of_people(instance: Instance, atelier: Atelier, slot: Slot) -> Iterator[Condition]:
    people = list(atelier.required)
    if atelier.department is not None:
        mandate = instance.mandate_on(atelier.department, slot.day)
        if mandate is None:
            yield Condition("VACANCY", atelier.department, f"la coordination du {atelier.department} est vacante ce jour-là")
        else:
            people.insert(0, mandate.person)
    for person in people:
        busy = instance.busy_of.get(person, {}).get(slot)
        if busy is not None and not busy.if_needed:
            yield Condition("BUSY", person, f"{instance.name_of(person)} n’est pas disponible ({_SOURCES[busy.source]})")


def of_animator(instance: Instance, atelier: Atelier, animator: Animator) -> Iterator[Condition]:
    """Why this person may not hold this atelier, whenever it is."""
    pin = instance.pin_of.get(atelier.id)
    if (
        pin is not None
        and pin.animator is not None
        and pin.animator != animator.id
        and (not pin.announced or instance.conditions.keep_announced)
    ):
        yield announced(atelier, pin) if pin.announced else pinned(atelier, pin)
    if atelier.animators and animator.id not in atelier.animators:
        yield Condition("NOT_NAMED", atelier.id, f"« {atelier.title} » est réservé à {_names(instance, atelier.animators)}")
    elif atelier.theme and animator.themes and atelier.theme not in animator.themes:
        yield Condition("NOT_QUALIFIED", animator.id, f"{animator.name} n’anime pas ce thème")


def of_animator_slot(instance: Instance, animator: Animator, slot: Slot) -> Iterator[Condition]:
    """Why this person cannot hold anything then."""
    if animator.gone_on is not None and slot.day >= animator.gone_on:
        yield Condition("GONE", animator.id, f"{animator.name} ne fait plus partie de l’équipe à partir du {short(animator.gone_on)}")
    if animator.present_from is not None and slot.day < animator.present_from:
        yield Condition("NOT_YET", animator.id, f"{animator.name} n’arrive que le {short(animator.present_from)}")
    busy = instance.busy_of.get(animator.id, {}).get(slot)
    if busy is not None and not busy.if_needed:
        yield Condition("BUSY", animator.id, f"{animator.name} n’est pas disponible ({_SOURCES[busy.source]})")


def of_room(instance: Instance, atelier: Atelier, room: Room) -> Iterator[Condition]:
    """Why this atelier may not be in this room, whenever it is."""
    pin = instance.pin_of.get(atelier.id)
    if pin is not None and pin.announced and instance.conditions.keep_announced and pin.room is not None:
        if pin.room != room.id:
            yield announced(atelier, pin)
        return
    if pin is not None and pin.room not in {None, room.id}:
        yield pinned(atelier, pin)
    if room.capacity is not None and room.capacity < atelier.expected:
        yield Condition("TOO_SMALL", room.id, f"{room.name} n’a que {room.capacity} places")
    if instance.conditions.own_department and atelier.department is not None and room.department != atelier.department:
        yield Condition("ELSEWHERE", atelier.department, f"la salle doit être dans le {atelier.department}")


def of_room_slot(instance: Instance, room: Room, slot: Slot) -> Iterator[Condition]:
    """Why nothing can be in this room then."""
    if slot in instance.busy_of.get(room.id, {}):
        yield Condition("ROOM_TAKEN", room.id, f"{room.name} n’est pas libre")


def spacing(instance: Instance, department: str) -> Condition:
    days = instance.conditions.spacing_days
    text = f"{days // 7} semaine{'s' if days >= 14 else ''}" if days % 7 == 0 else f"{days} jours"
    return Condition("SPACING", department, f"au moins {text} entre deux réunions du {department}")


def per_week(instance: Instance) -> Condition:
    return Condition("PER_WEEK", "", f"pas plus de {instance.conditions.per_week} réunions par semaine")


def one_at_a_time(instance: Instance, animator: Animator) -> Condition:
    limit = "une réunion par jour" if instance.conditions.per_animator_day == 1 else "une réunion à la fois"
    return Condition("ANIMATOR_TWICE", animator.id, f"{animator.name} : {limit}")


def travel_in_a_day(animator: Animator) -> Condition:
    return Condition("TRAVEL", animator.id, f"{animator.name} ne peut pas rejoindre l’autre département entre le matin et l’après-midi")


def room_twice(room: Room) -> Condition:
    return Condition("ROOM_TWICE", room.id, f"{room.name} : une réunion à la fois")


def few_rooms(place: str | None, count: int, size: int) -> Condition:
    where = f"dans le {place}" if place else "dans le réseau"
    return Condition("ROOMS", f"{place} {size}", f"{count} salle{'s' if count > 1 else ''} pour {size} personnes {where}")


def most(animator: Animator) -> Condition:
    return Condition("MOST", animator.id, f"{animator.name} anime {animator.most} réunions au plus")


def pinned(atelier: Atelier, pin: Pin) -> Condition:
    return Condition("PIN", atelier.id, f"« {atelier.title} » est épinglé{_when(pin)}")


def announced(atelier: Atelier, pin: Pin) -> Condition:
    return Condition("ANNOUNCED", atelier.id, f"« {atelier.title} » est déjà annoncé{_when(pin)}")


def short(day: date) -> str:
    """05/02/2027."""
    return f"{day:%d/%m/%Y}"


def _when(pin: Pin) -> str:
    parts = ([f"le {short(pin.day)}"] if pin.day else []) + ([HALF_NAMES[pin.half]] if pin.half else [])
    return f" ({' '.join(parts)})" if parts else ""


def _between(first: date | None, last: date | None) -> str:
    if first and last:
        return f"entre le {short(first)} et le {short(last)}"
    return f"à partir du {short(first)}" if first else f"avant le {short(last)} inclus" if last else ""


def _names(instance: Instance, people: tuple[str, ...]) -> str:
    return ", ".join(instance.name_of(person) for person in people)
