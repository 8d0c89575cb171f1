"""`./macs bench events`: the planners on the seeded questions of `demo/`, and seats under fire. Each part is a function in PARTS that adds its keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import every_plan, matching, seats, surroundings
from demo.encounters import gatherings
from demo.planning.instances import read
from services.events.matchmaking.timetable import plan as plan_encounters
from services.events.planning import solving
from services.events.planning.checking import violations
from services.events.planning.instance import Instance, Pin, Placement
from services.events.planning.outcomes import Outcome

RESULTS: Final = Path(__file__).parent / "results"
LARGE_S: Final = 50.0
"""What the large question is given; making its columns comes on top."""

Part = Callable[[], dict[str, Any]]


class Broken(RuntimeError):
    """A plan that was measured does not keep its conditions."""


def measure(tell: Callable[[str], None]) -> dict[str, Any]:
    """Every part one after the other. Raises Broken."""
    found: dict[str, Any] = {}
    for name, part in PARTS.items():
        tell(name)
        found |= part()
    return {
        **found,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": surroundings.machine(),
        "versions": surroundings.versions(),
    }


def keep(result: dict[str, Any]) -> Path:
    """`bench/results/events-DATE.json`."""
    file = RESULTS / f"events-{result['measured_at']:.10}.json"
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def _semester() -> dict[str, Any]:
    """24 ateliers to proven optimum, then one of them pinned a week later with the fewest moves, small ones against every plan. Seconds hold the making of the model."""
    instance = read("semestre-24")
    plan = _checked(instance, solving.solve(instance, seconds=60))
    pinned = _pinned(instance, plan.placements)
    again = _checked(pinned, solving.solve(pinned, before=plan.placements, seconds=60))
    if again.changes is None or not again.changes.proven:
        raise Broken("the moves of the pin are not proven to be the fewest")
    return {
        "plan24_s": round(plan.seconds, 2),
        "plan24_optimal": plan.status == "optimal",
        "pin_s": round(again.seconds, 2),
        "pin_moves": again.changes.total,
        "pin_equal": every_plan.pins_equal(seed=1, rounds=3),
    }


def _large() -> dict[str, Any]:
    plan = _checked(read("semestre-240"), solving.solve(read("semestre-240"), seconds=LARGE_S))
    return {"plan240_s": round(plan.seconds, 2), "plan240_gap": round(plan.gap or 0.0, 4)}


def _checked(instance: Instance, plan: Outcome) -> Outcome:
    broken = violations(instance, plan.placements)
    if not plan.placements or broken:
        raise Broken(f"{plan.status}: {broken[:3]}")
    return plan


def _pinned(instance: Instance, plan: tuple[Placement, ...]) -> Instance:
    """The first atelier moved by hand to the next day of another atelier that it can have, so that others may have to move."""
    first = min(plan, key=lambda p: (p.day, p.half))
    later = sorted({p.day for p in plan if p.day > first.day})
    for day in later:
        pinned = replace(instance, pins=(Pin(first.atelier, day=day),))
        if solving.solve(pinned, seconds=10).placements:
            return pinned
    raise Broken("no other day can be had by the first atelier")


def _matches() -> dict[str, Any]:
    """100 × 150 meetings of ten minutes; small gatherings against an independent model."""
    large = plan_encounters(gatherings.read("openmap-100x150"))
    equal = all(plan_encounters(gatherings.small(seed)).value == matching.best(gatherings.small(seed)) for seed in gatherings.SMALL_SEEDS)
    return {"match_s": round(large.seconds, 2), "match_optimal": large.optimal, "match_meetings": len(large.meetings), "match_equal": equal}


PARTS: Final[dict[str, Part]] = {
    "24 ateliers, puis une épingle": _semester,
    "240 ateliers": _large,
    "100 acheteurs × 150 structures": _matches,
    "2 000 inscriptions pour 25 places": seats.measure,
}


@dataclass(frozen=True)
class Line:
    """A figure in words, and whether the aim is met."""

    text: str
    good: bool


def summary(found: dict[str, Any]) -> list[Line]:
    """Every figure beside its aim."""
    proven, same = {True: "optimum prouvé", False: "optimum non prouvé"}, {True: "égal", False: "différent"}
    return [
        Line(
            f"24 ateliers : {found['plan24_s']:.2f} s (1 s au plus), {proven[found['plan24_optimal']]}",
            found["plan24_s"] <= 1 and found["plan24_optimal"],
        ),
        Line(
            f"une épingle : {found['pin_s']:.2f} s (2 s au plus), {found['pin_moves']} déplacement(s), minimum prouvé ; petits cas : {same[found['pin_equal']]}"
            " à l’essai de tous les plans",
            found["pin_s"] <= 2 and found["pin_equal"],
        ),
        Line(
            f"240 ateliers : {found['plan240_s']:.1f} s (60 s au plus), écart {found['plan240_gap']:.1%} (10 % au plus)",
            found["plan240_s"] <= 60 and found["plan240_gap"] <= 0.10,
        ),
        Line(
            f"100 acheteurs × 150 structures : {found['match_s']:.2f} s (10 s au plus), {found['match_meetings']} rencontres, {proven[found['match_optimal']]} ;"
            f" petits cas : {same[found['match_equal']]} au modèle indépendant (scipy)",
            found["match_s"] <= 10 and found["match_equal"],
        ),
        Line(
            f"{found['seats_people']} inscriptions, {seats.CLIENTS} clients, {found['seats_kills']} arrêts brutaux : {found['seats_s']:.1f} s (60 s au plus),"
            f" {found['seats_confirmed']} confirmées sur {seats.SEATS} places, liste d’attente {'sans trou' if found['seats_ordered'] else 'trouée'},"
            " même clé, même place",
            found["seats_s"] <= 60 and found["seats_confirmed"] == seats.SEATS and found["seats_ordered"],
        ),
    ]
