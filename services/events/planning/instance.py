"""What is to be placed, and between which conditions: the whole question as one value that can be written down and asked again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Final, Literal

from pydantic import TypeAdapter

Half = Literal["MORNING", "AFTERNOON"]
HALVES: Final[tuple[Half, ...]] = ("MORNING", "AFTERNOON")


@dataclass(frozen=True, order=True, slots=True)
class Slot:
    """Half a day. Times of the clock are given to it only when the plan becomes meetings."""

    day: date
    half: Half


@dataclass(frozen=True)
class Atelier:
    """One meeting to place. Without a department it is the region's (a college): no mandate is looked at.

    `required` are people who must be free besides the coordinator in office; `not_after` is inclusive.
    `animators` narrows who may hold it; empty means everybody who knows the theme.
    """

    id: str
    title: str
    theme: str | None = None
    department: str | None = None
    expected: int = 0
    required: tuple[str, ...] = ()
    not_before: date | None = None
    not_after: date | None = None
    animators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Animator:
    """Who holds ateliers. `base` is the department travelled from; no themes means all of them; `[present_from, gone_on)`."""

    id: str
    name: str
    base: str | None = None
    themes: tuple[str, ...] = ()
    most: int | None = None
    present_from: date | None = None
    gone_on: date | None = None


@dataclass(frozen=True)
class Room:
    """Where. `access` is what the invitation says about the way and accessibility."""

    id: str
    name: str
    department: str | None = None
    capacity: int | None = None
    access: str | None = None


@dataclass(frozen=True)
class Mandate:
    """Who coordinates a department, `[starts_on, ends_on)`. From `supposed_end` on, an interim may have ended: « mandat incertain »."""

    department: str
    person: str
    name: str
    starts_on: date
    ends_on: date | None = None
    interim: bool = False
    supposed_end: date | None = None


@dataclass(frozen=True)
class Busy:
    """A person or a room that cannot, or would rather not (`if_needed`). `source`: an answer to a poll, an imported calendar, a meeting that stands, or the team."""

    who: str
    slot: Slot
    if_needed: bool = False
    source: Literal["poll", "calendar", "meeting", "team"] = "team"


@dataclass(frozen=True)
class Closure:
    """Days on which nothing takes place, `ends_on` exclusive."""

    name: str
    starts_on: date
    ends_on: date
    kind: Literal["school", "public", "other"] = "other"


@dataclass(frozen=True)
class Pin:
    """What a person decided, or what people were already told (`announced`). A field that is None stays free."""

    atelier: str
    day: date | None = None
    half: Half | None = None
    animator: str | None = None
    room: str | None = None
    announced: bool = False


@dataclass(frozen=True)
class Conditions:
    """What the team chose. `weekdays` counts Monday as 0; spacing is between two ateliers of one department, in days."""

    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    halves: tuple[Half, ...] = HALVES
    spacing_days: int = 0
    per_week: int | None = None
    per_animator_day: int = 1
    own_department: bool = True
    school_holidays: bool = True
    keep_announced: bool = True


@dataclass(frozen=True)
class Instance:
    """The whole question. `ends_on` is inclusive. `last_visits` is the day of each department's latest meeting before the window."""

    starts_on: date
    ends_on: date
    ateliers: tuple[Atelier, ...]
    animators: tuple[Animator, ...]
    rooms: tuple[Room, ...]
    conditions: Conditions = field(default_factory=Conditions)
    mandates: tuple[Mandate, ...] = ()
    closures: tuple[Closure, ...] = ()
    busy: tuple[Busy, ...] = ()
    pins: tuple[Pin, ...] = ()
    last_visits: dict[str, date] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Names of required people that are neither animators nor coordinators, for the sentences."""

    @cached_property
    def days(self) -> tuple[date, ...]:
        """Every day of the window, Monday to Friday; what else closes a day is a condition that can be named."""
        count = (self.ends_on - self.starts_on).days + 1
        every = (self.starts_on + timedelta(days=number) for number in range(count))
        return tuple(day for day in every if day.weekday() < 5)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(Slot(day, half) for day in self.days for half in HALVES)

    @cached_property
    def by_id(self) -> dict[str, Atelier]:
        return {atelier.id: atelier for atelier in self.ateliers}

    @cached_property
    def animator_by_id(self) -> dict[str, Animator]:
        return {animator.id: animator for animator in self.animators}

    @cached_property
    def room_by_id(self) -> dict[str, Room]:
        return {room.id: room for room in self.rooms}

    @cached_property
    def busy_of(self) -> dict[str, dict[Slot, Busy]]:
        """Person or room → slot → the strongest thing known about it."""
        found: dict[str, dict[Slot, Busy]] = {}
        for busy in self.busy:
            known = found.setdefault(busy.who, {})
            if busy.slot not in known or not busy.if_needed:
                known[busy.slot] = busy
        return found

    @cached_property
    def pin_of(self) -> dict[str, Pin]:
        return {pin.atelier: pin for pin in self.pins}

    @cached_property
    def rooms_apart(self) -> bool:
        """Whether two ateliers can never want one room at one time: each department uses its own rooms and meets once a day at most."""
        chosen = self.conditions
        return chosen.own_department and chosen.spacing_days >= 1 and all(atelier.department for atelier in self.ateliers)

    def mandate_on(self, department: str, day: date) -> Mandate | None:
        """The mandate valid on that day; None is a vacancy."""
        for mandate in self._mandates_of.get(department, ()):
            if mandate.starts_on <= day and (mandate.ends_on is None or day < mandate.ends_on):
                return mandate
        return None

    def departments(self) -> Iterator[tuple[str, list[Atelier]]]:
        """Each department with its ateliers, in the order of their codes."""
        found: dict[str, list[Atelier]] = {}
        for atelier in self.ateliers:
            if atelier.department is not None:
                found.setdefault(atelier.department, []).append(atelier)
        yield from sorted(found.items())

    def name_of(self, person: str) -> str:
        if person in self.animator_by_id:
            return self.animator_by_id[person].name
        for mandate in self.mandates:
            if mandate.person == person:
                return mandate.name
        return self.names.get(person, person)

    @cached_property
    def _mandates_of(self) -> dict[str, list[Mandate]]:
        found: dict[str, list[Mandate]] = {}
        for mandate in self.mandates:
            found.setdefault(mandate.department, []).append(mandate)
        return found


@dataclass(frozen=True, order=True)
class Placement:
    """Where an atelier was put."""

    atelier: str
    day: date
    half: Half
    animator: str
    room: str

    @property
    def slot(self) -> Slot:
        return Slot(self.day, self.half)


WRITTEN: Final[TypeAdapter[Instance]] = TypeAdapter(Instance)
"""Reads and writes an instance as JSON."""
PLACEMENTS: Final[TypeAdapter[tuple[Placement, ...]]] = TypeAdapter(tuple[Placement, ...])
