"""« Pourquoi pas la semaine 44 ? »: the conditions that forbid it, or what it would cost and who would have to move."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from services.events.planning import blocking, scoring, solving
from services.events.planning.columns import Columns
from services.events.planning.conditions import Condition
from services.events.planning.instance import Atelier, Instance, Placement, Slot
from services.events.planning.outcomes import WhyNot


def why_not(instance: Instance, plan: Sequence[Placement], atelier: str, monday: date, seconds: float = 10.0) -> WhyNot:
    """Why the atelier is not in the week of that Monday."""
    start = time.monotonic()
    asked = instance.by_id[atelier]
    days = [monday + timedelta(days=number) for number in range(7)]
    bare = replace(instance, pins=tuple(pin for pin in instance.pins if pin.atelier != atelier or pin.announced))
    forbidden = tuple((slot, against) for slot, against in _against(bare, asked, days))
    if not forbidden or all(against for _, against in forbidden):
        return WhyNot(forbidden, possible=False)
    there = replace(asked, not_before=max(days[0], asked.not_before or days[0]), not_after=min(days[-1], asked.not_after or days[-1]))
    moved = replace(bare, ateliers=tuple(there if other.id == atelier else other for other in instance.ateliers))
    found = solving.solve(moved, before=plan, seconds=seconds)
    if found.points is None:
        left = seconds - (time.monotonic() - start)
        return WhyNot(
            forbidden, possible=False, blocking=blocking.irreducible(moved, max(1.0, left)) if found.status == "infeasible" else None
        )
    now = scoring.points(scoring.score(instance, plan))
    return WhyNot(forbidden, possible=True, extra=found.points - now, outcome=found)


def _against(instance: Instance, atelier: Atelier, days: Sequence[date]) -> list[tuple[Slot, tuple[Condition, ...]]]:
    """Each half-day of the week in the window with the fewest conditions that stand against it; none where it is possible by itself."""
    best: dict[Slot, tuple[Condition, ...]] = {}
    for column in Columns(instance, switchable=True).every(atelier, [slot for slot in instance.slots if slot.day in days]):
        against = tuple(sorted(column.against))
        if column.slot not in best or len(against) < len(best[column.slot]):
            best[column.slot] = against
    return sorted(best.items())
