"""Who gets a seat: first come, first served, a freed seat held for the next for a day and never after the deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

State = Literal["confirmed", "waitlisted", "offered", "cancelled"]
HELD_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Seats:
    """A session's seats at a moment, read under its row's lock."""

    capacity: int | None
    taken: int
    """Confirmed or held by an offer."""
    waiting: int = 0

    @property
    def free(self) -> int | None:
        return None if self.capacity is None else max(0, self.capacity - self.taken)


def state_of_newcomer(seats: Seats) -> State:
    """A seat when one is free and nobody waits for it; else the end of the list."""
    if seats.capacity is None:
        return "confirmed"
    return "confirmed" if seats.taken < seats.capacity and not seats.waiting else "waitlisted"


def to_promote(seats: Seats, now: datetime, deadline: datetime) -> int:
    """How many from the head of the waiting list are offered a seat now. Nobody after the deadline."""
    if now >= deadline:
        return 0
    return seats.waiting if seats.free is None else min(seats.free, seats.waiting)


def hold_until(now: datetime, deadline: datetime) -> datetime:
    """How long an offered seat is held."""
    return min(now + HELD_FOR, deadline)
