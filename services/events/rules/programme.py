"""Sessions in time: which of them a person can attend together, and whether a programme fits its day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kit.errors import LineError


@dataclass(frozen=True)
class Timed:
    """A session with its hours, local. `travel_minutes` is the way to its meeting point, needed before and after it."""

    session_id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    travel_minutes: int = 0


@dataclass(frozen=True)
class Clash:
    """Two sessions that one person cannot both attend, the earlier first."""

    one: Timed
    other: Timed

    @property
    def sentence(self) -> str:
        if self.one.ends_at > self.other.starts_at:
            return f"« {self.one.name} » et « {self.other.name} » ont lieu en même temps."
        minutes = round((self.other.starts_at - self.one.ends_at).total_seconds() / 60)
        needed = self.one.travel_minutes + self.other.travel_minutes
        return f"« {self.one.name} » finit {minutes} minutes avant « {self.other.name} », et le trajet en demande {needed}."


def clashes(sessions: Iterable[Timed]) -> list[Clash]:
    """Every pair that leaves less time between its two sessions than the way back from the one and to the other needs.

    A session that begins when another ends does not clash with it, unless one of them is elsewhere.
    """
    ordered = sorted(sessions, key=lambda session: (session.starts_at, session.ends_at, session.session_id))
    return [
        Clash(one, other)
        for at, one in enumerate(ordered)
        for other in ordered[at + 1 :]
        if other.starts_at - one.ends_at < timedelta(minutes=one.travel_minutes + other.travel_minutes)
    ]


def chosen_clashes(chosen: Sequence[Timed]) -> Iterator[LineError]:
    """What is wrong with a choice of sessions, for a registration form."""
    for clash in clashes(chosen):
        yield LineError(
            column="sessions",
            code="CLASH",
            value=f"{clash.one.name} · {clash.other.name}",
            message=f"{clash.sentence} Gardez l’une des deux.",
        )
