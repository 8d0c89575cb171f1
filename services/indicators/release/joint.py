"""A year's cells protected together with what earlier releases said of it: one system, in which a cell that did not change is one unknown.

A reader of several releases is taken to know which cells changed and which did not. A cell printed once is known for good. A changed cell
whose change would speak of few persons or companies keeps its last printed value; what the change could be computed from does so too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.indicators.release import pattern
from services.indicators.release.facets import LEAST_CHANGE, SCALE, Facet, knows, relations
from services.indicators.release.flow import NoPattern
from services.indicators.release.system import Column, Relation, System, needs
from services.indicators.release.tables import REST, Key, Year

Version = tuple[Key, int]
"""A cell with its value: what two releases share when the cell did not change between them."""


@dataclass(frozen=True)
class Past:
    """What an earlier release holds of a measure of the year. `kept`: the cells that went on showing an older value: (whose, which)."""

    release: str
    year: Year
    values: Mapping[Key, int]
    needs: Mapping[Key, tuple[int, int]]
    hidden: frozenset[Key]
    kept: Mapping[Key, tuple[str, int]] = field(default_factory=dict)

    def printed(self, key: Key) -> bool:
        return key in self.values and key not in self.hidden

    def shown(self, key: Key) -> tuple[str, int] | None:
        """The release and the value that a reader of this one has of the cell."""
        return (self.release, self.values[key]) if self.printed(key) else self.kept.get(key)


@dataclass(frozen=True)
class Protected:
    """Which cells do not show their value; of these, `kept` show the one last printed. `exposed` is public already although primary."""

    hidden: frozenset[Key]
    needs: Mapping[Key, tuple[int, int]]
    kept: Mapping[Key, tuple[str, int]] = field(default_factory=dict)
    exposed: tuple[Key, ...] = ()
    gave_way: bool = False
    """Totals of departments had to be hidden to protect others."""


def protect(facet: Facet, year: Year, past: Sequence[Past] = (), few: Collection[Key] = (), *, primary_only: bool = False) -> Protected:
    """`past`: earlier releases, the newest first; `few`: cells whose change from it few persons or companies made. Raises NoPattern."""
    last = past[0] if past else None
    if last and not primary_only and _as_before(facet, last, few):
        return _protected(facet, last, facet.needs, frozenset((key, facet.values[key]) for key in last.hidden), ())
    wanted = _wanted(facet, last, few)
    if primary_only:
        return _protected(facet, last, wanted, frozenset((key, facet.values[key]) for key in wanted), ())
    for never in (facet.never, frozenset[Key]()):
        try:
            found = pattern.protect(_system(facet, year, past, wanted, never, few), SCALE[facet.measure])
        except NoPattern as error:
            failed = error
        else:
            return _protected(facet, last, wanted, found.hidden, found.exposed)
    if last and all(key in last.values for key in facet.values):
        return _standstill(facet, past)
    raise failed


def _as_before(facet: Facet, last: Past, few: Collection[Key]) -> bool:
    """Whether nothing moved and nothing must stay more uncertain: to say the same once more tells nobody anything."""
    return (
        not few
        and facet.values == last.values
        and all(low <= was[0] and high <= was[1] for key, (low, high) in facet.needs.items() for was in (last.needs.get(key, (0, 0)),))
    )


def _standstill(facet: Facet, past: Sequence[Past]) -> Protected:
    """The year stays as it was last published: what changed in it cannot be shown without giving a change away."""
    last = past[0]
    known = {(key, value) for earlier in past for key, value in earlier.values.items() if earlier.printed(key)}
    hidden = frozenset((key, value) for key, value in facet.values.items() if (key, value) not in known)
    return _protected(facet, last, facet.needs, hidden, ())


def changed(facet: Facet, last: Past | None) -> dict[Key, int]:
    """The cells that the last release has too and whose value is another now, with the difference."""
    if last is None:
        return {}
    return {key: value - last.values[key] for key, value in facet.values.items() if last.values.get(key, value) != value}


def _wanted(facet: Facet, last: Past | None, few: Collection[Key]) -> dict[Key, tuple[int, int]]:
    """How far each cell must stay uncertain: for its own sake, and for the sake of a change made by few."""
    found = dict(facet.needs)
    for key in few:
        if last and (shown := last.shown(key)):
            _, width = needs(abs(facet.values[key] - shown[1]), LEAST_CHANGE[facet.measure])
            own = found.get(key, (0, 0))
            found[key] = max(own[0], min(width, facet.values[key])), max(own[1], width)
    return found


def _system(
    facet: Facet, year: Year, past: Sequence[Past], wanted: Mapping[Key, tuple[int, int]], never: frozenset[Key], few: Collection[Key]
) -> System:
    known = {(key, value) for earlier in past for key, value in earlier.values.items() if earlier.printed(key)}
    system = System()
    before = [(earlier, key) for earlier in past for key in sorted(earlier.hidden) if (key, earlier.values[key]) not in known]
    for earlier, key in before:
        _hide(system, (key, earlier.values[key]), earlier.needs.get(key, (0, 0)), facet, settled=True)
    last, differences = past[0] if past else None, changed(facet, past[0] if past else None)
    for key, value in facet.values.items():
        version = (key, value)
        need = wanted.get(key, (0, 0))
        if version in known:
            continue
        if system.place(version) is not None:
            _hide(system, version, need, facet, settled=True)
        elif key in wanted or (value and key[0].endswith(REST)):
            _hide(system, version, need, facet, settled=False)
        elif value and key not in never:
            lost = abs(differences[key]) if last and key in differences and last.printed(key) else value
            system.add(Column(version, value, cost=float(lost), **_made(facet, key)))
    for key in sorted(few):
        _difference(system, key, facet, last)
    _relate(system, facet, year, past)
    return system


def _relate(system: System, facet: Facet, year: Year, past: Sequence[Past]) -> None:
    """The sums of every release among the versions of its cells; where nothing changed they are the same rows."""
    for earlier in (*past[::-1], None):
        values = facet.values if earlier is None else earlier.values
        among = facet.relations(year) if earlier is None else relations(facet.measure, values, earlier.year)
        versions = {(key, value): value for key, value in values.items()}
        for relation in among:
            system.relate(_of_versions(relation, values), versions)  # type: ignore[arg-type]


def _hide(system: System, version: Version, need: tuple[int, int], facet: Facet, *, settled: bool) -> None:
    place = system.place(version)
    if place is None:
        place = system.add(Column(version, version[1], 1.0, hidden=True, settled=settled, **_made(facet, version[0])))
    column = system.columns[place]
    column.below, column.above = max(column.below, min(need[0], column.value)), max(column.above, need[1])


def _made(facet: Facet, key: Key) -> dict[str, Any]:
    return {"maker": facet.makers.get(key), "knows": knows(facet.measure, key)}


def _difference(system: System, key: Key, facet: Facet, last: Past | None) -> None:
    """What few changed must stay uncertain also where neither value is known: their difference could be."""
    if last is None or last.printed(key) or system.place(before := (key, last.values[key])) is None:
        return
    value = facet.values[key] - last.values[key]
    _, width = needs(abs(value), LEAST_CHANGE[facet.measure])
    below, above = min(width, facet.values[key]), min(width, last.values[key])
    column = Column(("difference", key), value, 0.0, hidden=True, below=below, above=above, signed=True, maker=facet.makers.get(key))
    system.add(column)
    system.link((((key, facet.values[key]), 1), (before, -1), (column.name, -1)))


def _of_versions(relation: Relation, values: Mapping[Key, int]) -> Relation:
    def version(key: object) -> Version:
        return key, values[key]  # type: ignore[index, return-value]

    return Relation(version(relation.total), tuple(version(part) for part in relation.parts), relation.kind)


def _protected(
    facet: Facet, last: Past | None, wanted: Mapping[Key, tuple[int, int]], hidden: frozenset[object], exposed: Sequence[object]
) -> Protected:
    keys = frozenset(key for key, value in facet.values.items() if (key, value) in hidden)
    kept = {key: shown for key in keys if last and (shown := last.shown(key))}
    public = tuple(sorted(key for key in facet.needs if key not in keys))
    seen = tuple(sorted(key for key, value in facet.values.items() if (key, value) in set(exposed)))
    return Protected(keys, dict(wanted), kept, tuple(sorted({*public, *seen})), bool(keys & facet.never))
