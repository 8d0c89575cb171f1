"""Who gets a seat: first come, first served, a freed seat held for the next for a day and never after the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

State = Literal["confirmed", "waitlisted", "offered", "cancelled"]
HELD_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Seats:
    """A session's seats at a moment, read under its row's lock. `waiting` is in the order of arrival."""

    capacity: int | None
    taken: int
    """Confirmed or held by an offer."""
    waiting: Sequence[UUID] = ()

    @property
    def free(self) -> int | None:
        return None if self.capacity is None else max(0, self.capacity - self.taken)


def state_of_newcomer(seats: Seats) -> State:
    """A seat when one is free and nobody waits for it; else the end of the list."""
    if seats.capacity is None:
        return "confirmed"
    return "confirmed" if seats.taken < seats.capacity and not seats.waiting else "waitlisted"


def to_promote(seats: Seats, now: datetime, deadline: datetime) -> list[UUID]:
    """Who of the waiting list is offered a seat now, in order. Nobody after the deadline."""
    if now >= deadline:
        return []
    free = len(seats.waiting) if seats.free is None else seats.free
    return list(seats.waiting[:free])


def hold_until(now: datetime, deadline: datetime) -> datetime:
    """How long an offered seat is held."""
    return min(now + HELD_FOR, deadline)
