"""Small tables drawn at random, protected, and attacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from random import Random

from services.indicators.attack.files import Figure, Promise, Publication, Published
from services.indicators.attack.verdict import Verdict, attack
from services.indicators.release.facets import Facet, Measure
from services.indicators.release.joint import Protected
from services.indicators.release.system import LEAST_HOURS, needs
from services.indicators.release.tables import Key, Year, year_until

QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
AXES = {"department": ("75", "92", "93"), "public": ("AAH", "BRSA", "DELD"), "sex": ("F", "M", "NC")}
TABLES = ((), ("department",), ("public",), ("sex",), ("department", "public"), ("department", "sex"))
PERIODS = {"2025-Q1": ("2025-S1", "2025"), "2025-Q2": ("2025-S1", "2025"), "2025-Q3": ("2025-S2", "2025"), "2025-Q4": ("2025-S2", "2025")}
YEAR: Year = year_until(2025, date(2026, 1, 1))
INDICATOR: dict[Measure, str] = {"hours": "I01", "persons": "I05"}
Atoms = Mapping[tuple[str, ...], int]


def summed(atoms: Atoms) -> dict[Key, int]:
    """All tables of the year, its semesters and quarters, summed from atoms (quarter, department, public, sex)."""
    found: dict[Key, int] = {}
    for (quarter, *codes), count in atoms.items():
        said = dict(zip(AXES, codes, strict=True))
        for table, period in product(TABLES, (quarter, *PERIODS[quarter])):
            key = period, tuple((name, said[name]) for name in table)
            found[key] = found.get(key, 0) + count
    return found


def drawn_atoms(dice: Random, scale: int) -> dict[tuple[str, ...], int]:
    return {atom: dice.choice((0, dice.randint(0, 4), dice.randint(5, 400))) * scale for atom in product(QUARTERS, *AXES.values())}


def facet_of_hours(atoms: Atoms, *, least: int = 5, scale: int = 100) -> Facet:
    """Hours where every hundred centi-hours are a person: few of them are few persons."""
    values = summed(atoms)
    return Facet("hours", values, {key: needs(value, LEAST_HOURS) for key, value in values.items() if 0 < value < least * scale})


def as_published(facets: Sequence[tuple[Facet, Protected]], *, until: str = "2026-01-01") -> Published:
    """As files, newest first: what is hidden has no value, what was kept has the old one."""
    publications = []
    scale = 100 if facets[0][0].measure == "hours" else 1
    for number, (facet, protected) in enumerate(facets):
        cells = {}
        for key, value in facet.values.items():
            kept = protected.kept.get(key)
            shown = kept[1] if kept else value
            hidden = key in protected.hidden and not kept
            cells[key] = Figure(None if hidden else str(shown / scale), "secret" if hidden else "ok", kept[0] if kept else "")
        of = frozenset({("2025", facet.measure)})
        said = {INDICATOR[facet.measure]: cells}
        publications.append(Publication(f"R{len(facets) - number}", until, said, apart=of, somebody=of))
    facet, protected = facets[0]
    promises = tuple(
        Promise(INDICATOR[facet.measure], key, facet.values[key] / scale, below / scale, above / scale)
        for key, (below, above) in protected.needs.items()
        if key in protected.hidden
    )
    truths = {
        (f"R{len(facets) - number}", INDICATOR[one.measure], key): one.values[key] / scale
        for number, (one, hiding) in enumerate(facets)
        for key in hiding.hidden
    }
    return Published(tuple(publications), {}, promises, truths)


def verdict_on(facets: Sequence[tuple[Facet, Protected]]) -> Verdict:
    return attack(as_published(facets))
