"""What a plan costs, term by term: the yardstick that a person can read. The model minimises the same sum; a test holds them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final

from services.events.planning import travel
from services.events.planning.conditions import of_day
from services.events.planning.instance import Animator, Atelier, Instance, Placement, Room, Slot

TRAVEL_STEP_MIN: Final = 10
"""One point for each ten minutes of one way."""
IF_NEEDED: Final = 6
UNSURE: Final = 3
ELSEWHERE: Final = 10
UNFAIR_TO_ANIMATOR: Final = 15
CROWDED: Final = 12
WORST_DEPARTMENT: Final = 6
LONG_UNSEEN_DAYS: Final = 90
MOST_WAVES: Final = 6

LABELS: Final = {
    "TRAVEL": "Trajets des animateurs (1 point pour 10 minutes)",
    "IF_NEEDED": "Personnes qui ont répondu « si besoin » (6 points chacune)",
    "UNSURE": "Dates après la fin supposée d’un intérim (3 points chacune)",
    "ELSEWHERE": "Salles hors du département (10 points chacune)",
    "ANIMATORS": "Charge au-dessus de la part équitable d’un animateur (15 points par réunion)",
    "WAVES": "Réunions d’un département trop rapprochées dans la période (12 points par réunion de trop)",
    "DEPARTMENTS": "Département le moins bien servi (6 points par réunion peu commode)",
    "PRESENCE": "Attente des départements non visités depuis trois mois (1 point pour deux semaines)",
}


@dataclass(frozen=True)
class Term:
    """A part of the cost. `count` is what was counted, `points` what it costs."""

    code: str
    label: str
    count: int
    points: int


def score(instance: Instance, placements: Iterable[Placement]) -> list[Term]:
    """Every term, in the order of LABELS; their points add up to the plan's cost."""
    placed = [(instance.by_id[p.atelier], p) for p in placements]
    counts: Counter[str] = Counter()
    hardship: Counter[str] = Counter()
    minutes = 0
    for atelier, p in placed:
        animator, room = instance.animator_by_id[p.animator], instance.room_by_id[p.room]
        minutes += travel_points(animator, room)
        for code, found in inconveniences(instance, atelier, p.slot).items():
            counts[code] += found
            hardship[atelier.department or ""] += found
        counts["IF_NEEDED"] += if_needed(instance, animator.id, p.slot)
        if is_elsewhere(atelier, room):
            counts["ELSEWHERE"] += 1
            hardship[atelier.department or ""] += 1
    loads = Counter(p.animator for _, p in placed)
    counts["ANIMATORS"] = sum(max(0, load - fair_share(instance)) for load in loads.values())
    first = {atelier.department: first_wave_of(instance, atelier) for atelier, _ in placed} if instance.last_visits else {}
    counts["WAVES"] = _crowding(instance, placed)
    counts["PRESENCE"] = sum(waiting(instance, atelier, p.slot, first.get(atelier.department, frozenset())) for atelier, p in placed)
    counts["DEPARTMENTS"] = max((found for department, found in hardship.items() if department), default=0)
    weights = {"IF_NEEDED": IF_NEEDED, "UNSURE": UNSURE, "ELSEWHERE": ELSEWHERE, "ANIMATORS": UNFAIR_TO_ANIMATOR, "WAVES": CROWDED,
               "DEPARTMENTS": WORST_DEPARTMENT, "PRESENCE": 1}  # fmt: skip
    terms = [Term("TRAVEL", LABELS["TRAVEL"], minutes, minutes)]
    return terms + [Term(code, LABELS[code], counts[code], counts[code] * weights[code]) for code in LABELS if code != "TRAVEL"]


def points(terms: Iterable[Term]) -> int:
    return sum(term.points for term in terms)


def travel_points(animator: Animator, room: Room) -> int:
    return travel.minutes(animator.base, room.department) // TRAVEL_STEP_MIN


def inconveniences(instance: Instance, atelier: Atelier, slot: Slot) -> dict[str, int]:
    """What the slot asks of the people the atelier is for: « si besoin » answers, and an interim that may have ended by then."""
    mandate = instance.mandate_on(atelier.department, slot.day) if atelier.department else None
    people = [*((mandate.person,) if mandate else ()), *atelier.required]
    unsure = mandate is not None and mandate.supposed_end is not None and slot.day >= mandate.supposed_end
    return {"IF_NEEDED": sum(if_needed(instance, person, slot) for person in people), "UNSURE": int(unsure)}


def if_needed(instance: Instance, person: str, slot: Slot) -> int:
    busy = instance.busy_of.get(person, {}).get(slot)
    return int(busy is not None and busy.if_needed)


def is_elsewhere(atelier: Atelier, room: Room) -> bool:
    return atelier.department is not None and room.department != atelier.department


def fair_share(instance: Instance) -> int:
    """The most ateliers that an animator holds when all hold about as many."""
    return -(-len(instance.ateliers) // max(1, len(instance.animators)))


def waves(instance: Instance, count: int) -> list[frozenset[date]]:
    """The window's open days in as many equal parts as a department has ateliers, six at most; fewer than two ateliers have no waves."""
    return _waves(_open_days(instance), min(count, MOST_WAVES)) if count > 1 else []


def wave_share(count: int) -> int:
    """How many of a department's ateliers belong in each of its waves."""
    return -(-count // min(count, MOST_WAVES))


def waiting(instance: Instance, atelier: Atelier, slot: Slot, first_wave: frozenset[date]) -> int:
    """Points of a department unseen for three months that waits in the first wave: one for each two full weeks."""
    last = instance.last_visits.get(atelier.department or "")
    if slot.day not in first_wave or (last is not None and (instance.starts_on - last).days < LONG_UNSEEN_DAYS):
        return 0
    return (slot.day - instance.starts_on).days // 14


def first_wave_of(instance: Instance, atelier: Atelier) -> frozenset[date]:
    if atelier.department is None or not instance.last_visits:
        return frozenset()
    found = waves(instance, sum(1 for other in instance.ateliers if other.department == atelier.department))
    return found[0] if found else frozenset(_open_days(instance))


def _crowding(instance: Instance, placed: Sequence[tuple[Atelier, Placement]]) -> int:
    found = 0
    for department, ateliers in instance.departments():
        days = [p.day for atelier, p in placed if atelier.department == department]
        for wave in waves(instance, len(ateliers)):
            found += max(0, sum(1 for day in days if day in wave) - wave_share(len(ateliers)))
    return found


def _open_days(instance: Instance) -> tuple[date, ...]:
    return tuple(day for day in instance.days if next(of_day(instance, day), None) is None)


@lru_cache(maxsize=64)
def _waves(days: tuple[date, ...], count: int) -> list[frozenset[date]]:
    cuts = [round(len(days) * part / count) for part in range(count + 1)]
    return [frozenset(days[start:end]) for start, end in pairwise(cuts)]
