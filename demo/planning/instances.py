"""Seeded questions for the planner, written once into this folder: the network's semester, a large one, five colleges in a window.

`python -m demo.planning.instances` writes the files again; a test says whether they are still what the seed gives.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from services.events.planning.closures import closures
from services.events.planning.instance import (
    HALVES,
    WRITTEN,
    Animator,
    Atelier,
    Busy,
    Conditions,
    Instance,
    Mandate,
    Room,
    Slot,
)  # fmt: skip

HERE: Final = Path(__file__).parent
DEPARTMENTS: Final = ("75", "77", "78", "91", "92", "93", "94", "95")
THEMES: Final = {"ETT": "Recours aux ETT", "REPRISE_PERSONNEL": "Reprise du personnel", "BAILLEURS": "Bailleurs sociaux"}
FIRST: Final = ("Camille", "Dominique", "Claude", "Maxime", "Sacha", "Charlie", "Alix", "Lou", "Noa", "Eden")
LAST: Final = ("Fictif", "Exemple", "Modèle", "Inventé", "Imaginaire")


def semester() -> Instance:
    """24 ateliers, 8 departments × 3 themes, 26 weeks, every condition on."""
    draw = random.Random(24)
    start = date(2027, 1, 4)
    end = start + timedelta(weeks=26, days=-1)
    ateliers = tuple(
        Atelier(f"{theme}-{department}", f"{title} – {department}", theme, department, expected=draw.choice((15, 20, 25, 30)))
        for theme, title in THEMES.items()
        for department in DEPARTMENTS
    )
    animators = (
        Animator("a1", "Camille Fictive", "75", ("ETT", "REPRISE_PERSONNEL")),
        Animator("a2", "Dominique Exemple", "93", ("ETT", "BAILLEURS"), most=10),
        Animator("a3", "Claude Modèle", "78", ("REPRISE_PERSONNEL", "BAILLEURS"), gone_on=date(2027, 6, 7)),
    )
    rooms = tuple(Room(f"r{d}{n}", f"Salle {n} du {d}", d, size) for d in DEPARTMENTS for n, size in ((1, 40), (2, 20)))
    mandates = (*_mandates(start, DEPARTMENTS),)
    busy = [*_answers(draw, start, end, [m.person for m in mandates], no=0.15, maybe=0.15), *_weeks(draw, start, animators),
            *_answers(draw, start, end, [a.id for a in animators], no=0.1, maybe=0.1)]  # fmt: skip
    return Instance(
        start, end, ateliers, animators, rooms,
        Conditions(weekdays=(0, 1, 2, 3, 4), spacing_days=21, per_week=3),
        mandates, closures(start, end), tuple(busy), (), {d: date(2026, 3 + i, 15) for i, d in enumerate(DEPARTMENTS)},
    )  # fmt: skip


def large() -> Instance:
    """240 ateliers, 8 departments × 30 (ten themes, three publics), 40 animators, 60 rooms, 26 weeks."""
    draw = random.Random(240)
    start = date(2027, 9, 6)
    end = start + timedelta(weeks=26, days=-1)
    themes = [f"T{number}" for number in range(10)]
    ateliers = tuple(
        Atelier(f"{d}-{t}-{p}", f"Thème {t[1:]}, public {p} – {d}", t, d, expected=draw.choice((12, 18, 25, 35)))
        for d in DEPARTMENTS for t in themes for p in (1, 2, 3)
    )  # fmt: skip
    animators = tuple(
        Animator(f"a{n}", f"{FIRST[n % 10]} {LAST[n % 5]} {n}", draw.choice(DEPARTMENTS), tuple(draw.sample(themes, 3))) for n in range(40)
    )
    rooms = tuple(Room(f"r{n}", f"Salle {n}", DEPARTMENTS[n % 8], (20, 30, 40)[n // 8 % 3]) for n in range(60))
    mandates = tuple(_mandates(start, DEPARTMENTS))
    busy = [*_answers(draw, start, end, [m.person for m in mandates], no=0.1, maybe=0.1),
            *_answers(draw, start, end, [a.id for a in animators], no=0.2, maybe=0.1),
            *_answers(draw, start, end, [r.id for r in rooms], no=0.1, maybe=0)]  # fmt: skip
    return Instance(
        start, end, ateliers, animators, rooms, Conditions(spacing_days=2, per_week=16), mandates, closures(start, end), tuple(busy), (),
        {d: date(2027, 2 + i % 5, 10) for i, d in enumerate(DEPARTMENTS)},
    )  # fmt: skip


def colleges() -> Instance:
    """Five colleges between 24 September and 12 October, one room in Paris and two around, two animators of the team."""
    draw = random.Random(5)
    start, end = date(2027, 9, 24), date(2027, 10, 12)
    names = ("Acheteurs", "Maîtres d’ouvrage", "Coordinations", "Insertion et handicap", "Prescripteurs")
    people = {f"p{n}": f"{FIRST[n]} {LAST[n % 5]}" for n in range(10)}
    ateliers = tuple(
        Atelier(f"college-{n}", f"Collège {name}", None, None, 18, required=(f"p{2 * n}", f"p{2 * n + 1}")) for n, name in enumerate(names)
    )
    animators = (Animator("a1", "Camille Fictive", "75"), Animator("a2", "Dominique Exemple", "93"))
    rooms = (
        Room("paris", "Salle du réseau, Paris", "75", 25),
        Room("b", "Salle de Bobigny", "93", 40),
        Room("c", "Salle de Créteil", "94", 20),
    )
    busy = tuple(_answers(draw, start, end, [*people, "a1", "a2"], no=0.25, maybe=0.15))
    return Instance(
        start, end, ateliers, animators, rooms, Conditions(weekdays=(1, 2, 3), per_week=3), (), closures(start, end), busy, (), {}, people
    )


def _mandates(start: date, departments: tuple[str, ...]) -> Iterator[Mandate]:
    """One coordinator a department; 92 changes, 93 is an interim that may end early, 95 is vacant for three weeks."""
    for number, department in enumerate(departments):
        name = f"{FIRST[number]} {LAST[number % 5]}"
        change = start + timedelta(weeks=11)
        if department == "92":
            yield Mandate(department, "c92", name, start - timedelta(days=400), change)
            yield Mandate(department, "c92b", f"{FIRST[9]} Nouvelle", change)
        elif department == "93":
            yield Mandate(department, "c93", name, start - timedelta(days=90), None, True, start + timedelta(weeks=4))
        elif department == "95":
            yield Mandate(department, "c95", name, start - timedelta(days=400), start + timedelta(weeks=5))
            yield Mandate(department, "c95b", f"{FIRST[8]} Suivante", start + timedelta(weeks=8))
        else:
            yield Mandate(department, f"c{department}", name, start - timedelta(days=400))


def _answers(draw: random.Random, start: date, end: date, people: list[str], *, no: float, maybe: float) -> Iterator[Busy]:
    """A no or an « if needed » for a share of all half-days."""
    for who in people:
        for number in range((end - start).days + 1):
            day = start + timedelta(days=number)
            for half in HALVES if day.weekday() < 5 else ():
                luck = draw.random()
                if luck < no + maybe:
                    yield Busy(who, Slot(day, half), luck >= no, "poll" if luck < no / 2 else "calendar")


def _weeks(draw: random.Random, start: date, animators: tuple[Animator, ...]) -> Iterator[Busy]:
    """Two whole weeks of leave for each animator."""
    for animator in animators:
        for week in draw.sample(range(26), 2):
            for number in range(5):
                for half in HALVES:
                    yield Busy(animator.id, Slot(start + timedelta(weeks=week, days=number), half))


ALL: Final = {"semestre-24": semester, "semestre-240": large, "colleges-5": colleges}


def write() -> None:
    for name, make in ALL.items():
        (HERE / f"{name}.json").write_bytes(WRITTEN.dump_json(make(), indent=None) + b"\n")


def read(name: str) -> Instance:
    """An instance as it is committed."""
    return WRITTEN.validate_json((HERE / f"{name}.json").read_bytes())


if __name__ == "__main__":
    write()
