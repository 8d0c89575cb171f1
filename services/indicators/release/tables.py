"""How the cells of a release hang together: which totals are sums of which parts, over tables, departments and quarters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from services.indicators.release.disclosure import Relation
from services.indicators.release.figures import DIMENSIONS, Key


def margins(keys: Iterable[Key]) -> list[Relation[Key]]:
    """Within a period: each cell is the sum of the cells that split it by one more dimension (region → departments, both margins of a cross)."""
    parts: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    for key in keys:
        period, codes = key
        for name, _ in codes:
            total = (period, tuple(code for code in codes if code[0] != name))
            parts[total, name].append(key)
    known = {key for split in parts.values() for key in split} | {(period, ()) for (period, _), _ in parts}
    return [Relation(total, tuple(sorted(split))) for (total, _), split in sorted(parts.items(), key=repr) if total in known]


def years(keys: Iterable[Key], quarters_of: Mapping[str, tuple[str, ...]]) -> list[Relation[Key]]:
    """Over time: a year is the sum of its quarters. Lines longer than a quarter are in the year only; that nobody should rely on."""
    known = set(keys)
    found = []
    for year, quarters in quarters_of.items():
        for key in sorted(key for key in known if key[0] == year):
            split = tuple((quarter, key[1]) for quarter in quarters if (quarter, key[1]) in known)
            if split:
                found.append(Relation(key, split))
    return found


def table_of(key: Key) -> str:
    """`department,public`: the table in which the cell is printed."""
    names = [name for name, _ in key[1]]
    return ",".join(name for name in DIMENSIONS if name in names)
