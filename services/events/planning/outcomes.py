"""What the planner answers: plain data, without the solver, so that a web server can hold it and start fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from services.events.planning.conditions import Condition
from services.events.planning.instance import Placement, Slot
from services.events.planning.scoring import Term

Status = Literal["optimal", "feasible", "infeasible", "unknown"]
LARGE: Final = 60
"""Above so many ateliers a plan is made in steps (`large.py`) and its distance from the best is given, not proven to be none."""
BLOCKING_S: Final = 30.0
"""What the search for a blocking set is given."""


@dataclass(frozen=True)
class Changes:
    """Against the plan before. `proven` says that no plan changes less."""

    announced: int
    moved: int
    animators: int
    proven: bool

    @property
    def total(self) -> int:
        return self.announced + self.moved


@dataclass(frozen=True)
class Outcome:
    """A plan and its worth. `gap` is (points − bound) / points, 0 when proven optimal; None without a plan."""

    status: Status
    placements: tuple[Placement, ...] = ()
    terms: tuple[Term, ...] = ()
    points: int | None = None
    bound: int | None = None
    gap: float | None = None
    changes: Changes | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Blocking:
    """`minimal`: leaving out any one of them lets a plan be found. Empty when no contradiction was found in time.

    `ateliers` are those that cannot be placed together under these conditions.
    """

    conditions: tuple[Condition, ...]
    ateliers: tuple[str, ...]
    minimal: bool


@dataclass(frozen=True)
class WhyNot:
    """`forbidden` is what stands against each half-day by itself. Where one is left, `outcome` is the plan that changes least with the
    atelier in that week, `extra` its points above the present plan's; without one, `blocking` says what contradicts."""

    forbidden: tuple[tuple[Slot, tuple[Condition, ...]], ...]
    possible: bool
    extra: int | None = None
    outcome: Outcome | None = None
    blocking: Blocking | None = None

    @property
    def reasons(self) -> tuple[Condition, ...]:
        """Each forbidding condition once, the most frequent first."""
        counted: dict[Condition, int] = {}
        for _, against in self.forbidden:
            for condition in against:
                counted[condition] = counted.get(condition, 0) + 1
        return tuple(sorted(counted, key=lambda condition: (-counted[condition], condition)))
