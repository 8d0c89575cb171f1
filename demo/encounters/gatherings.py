"""Seeded crowds for the planner of ten-minute meetings, written once into this folder: an Openmap of 100 × 150, and small ones.

`python -m demo.encounters.gatherings` writes the files again; a test says whether they are still what the seed gives.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from services.events.matchmaking.participants import Gathering, Seeker, Structure

HERE: Final = Path(__file__).parent
ACTIVITIES: Final = ("ESPACES_VERTS", "NETTOYAGE", "RESTAURATION", "EAUX_DECHETS")
DEPARTMENTS: Final = ("75", "92", "93", "94")
SMALL_SEEDS: Final = tuple(range(12))
_PLAIN: Final = TypeAdapter(dict[str, Any])


def drawn(seed: int, seekers: int, structures: int, slots: int, tables: int, *, leaves: float = 0.0) -> Gathering:
    """A crowd; with probability `leaves` somebody is there for a part of the slots only."""
    draw = random.Random(seed)

    def there() -> frozenset[int]:
        if draw.random() >= leaves:
            return frozenset(range(slots))
        return frozenset(draw.sample(range(slots), draw.randint(1, max(1, slots - 1))))

    def some(words: tuple[str, ...]) -> frozenset[str]:
        return frozenset(draw.sample(words, draw.randint(1, 2)))

    def wishes(letter: str, count: int) -> frozenset[str]:
        return frozenset(f"{letter}{draw.randrange(count)}" for _ in range(draw.randint(0, 3)))

    return Gathering(
        tuple(
            Seeker(
                f"b{n}", f"Acheteur fictif {n}", some(ACTIVITIES), some(DEPARTMENTS), wishes("s", structures), draw.choice((0, 400, 900)),
                there(), draw.randint(1, 6),
            )
            for n in range(seekers)
        ),
        tuple(
            Structure(
                f"s{n}", f"Structure fictive {n}", some(ACTIVITIES), some(DEPARTMENTS), wishes("b", seekers), draw.choice((0, 500, 1200)),
                there(), draw.randint(1, 6),
            )
            for n in range(structures)
        ),
        slots,
        tables,
    )  # fmt: skip


def openmap() -> Gathering:
    """100 buyers and 150 structures in three hours, 60 tables, a fifth of them there for a part."""
    return drawn(7, 100, 150, 18, 60, leaves=0.2)


def small(seed: int) -> Gathering:
    """Few enough for a model with a variable for everything."""
    return drawn(seed, 5, 6, 4, 3, leaves=0.4)


def written(gathering: Gathering) -> Mapping[str, Any]:
    """As JSON: sets sorted."""
    return {
        "slots": gathering.slots,
        "tables": gathering.tables,
        "seekers": [_person(who) for who in gathering.seekers],
        "structures": [_person(who) for who in gathering.structures],
    }


def read(name: str) -> Gathering:
    """A gathering of this folder by the name of its file."""
    found = _PLAIN.validate_json((HERE / f"{name}.json").read_bytes())
    seekers = tuple(Seeker(**_sets(who)) for who in found["seekers"])
    structures = tuple(Structure(**_sets(who)) for who in found["structures"])
    return Gathering(seekers, structures, found["slots"], found["tables"])


def _person(who: Seeker | Structure) -> dict[str, Any]:
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in vars(who).items()}


def _sets(who: dict[str, Any]) -> dict[str, Any]:
    return {key: frozenset(value) if isinstance(value, list) else value for key, value in who.items()}


if __name__ == "__main__":
    (HERE / "openmap-100x150.json").write_bytes(_PLAIN.dump_json(dict(written(openmap())), indent=0) + b"\n")
