"""A year's cells protected together with what earlier releases said of it: one system, in which a cell that did not change is one unknown.

A reader of several releases is taken to know which cells changed and which did not. A cell printed once is known for good. A changed cell
whose change would speak of few persons or companies keeps its last printed value, for as long as its change since then does; what the change
could be computed from does so too. Where no pattern hides all that, nothing new is said of the year: its last figures are repeated.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.indicators.release import insight, pattern
from services.indicators.release.facets import A_LITTLE, COUNTED, LEAST_CHANGE, SCALE, Facet, known_least, relations, women_beside
from services.indicators.release.flow import NoPattern
from services.indicators.release.insight import NOBODY, Insight
from services.indicators.release.system import Column, Relation, System, needs
from services.indicators.release.tables import REST, Key, Year

Version = tuple[Key, int, int]
"""A cell with its value, and how often it had changed by then: what two releases share when the cell did not change between them. A value that
comes back is another version: nobody who saw the first knows the second."""
Versions = Mapping[Key, Version]
"""Of one release."""


@dataclass(frozen=True)
class Past:
    """What a release says of a measure of the year, and what is true of it there. `kept`: cells that show an older value: (whose, which)."""

    release: str
    year: Year
    values: Mapping[Key, int]
    needs: Mapping[Key, tuple[int, int]]
    hidden: frozenset[Key]
    kept: Mapping[Key, tuple[str, int]] = field(default_factory=dict)
    committed: Mapping[Key, int] = field(default_factory=dict)
    """Of hours done: the hours by which their rate is divided."""
    apart: bool = True
    """Of persons: whether sums in which nobody is twice were protected as sums, here and in every release before."""
    somebody: bool = True
    """Of persons: whether hidden numbers were taken to be known not to be zero, likewise."""
    told_to: str = ""
    """Who alone declared cells (`Facet.told_to`)."""
    insight: Insight = NOBODY
    """What single insiders knew of it."""

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
    repeats: Past | None = None
    """What is said once more instead: no figure of today can be shown."""
    open: frozenset[tuple[UUID, str, Key]] = frozenset()
    """What could not be kept from whom, as in `Insight`."""


def protect(facet: Facet, year: Year, past: Sequence[Past] = (), few: Collection[Key] = (), *, primary_only: bool = False) -> Protected:
    """`past`: what was said of the year, every different one, the newest first; `few`: cells whose change since a reader last saw them few
    persons or companies made. Raises NoPattern where nothing was said yet that could be repeated."""
    last = past[0] if past else None
    if primary_only:
        wanted = _wanted(facet, last, few)
        return _protected(facet, last, wanted, frozenset(wanted))
    if last and _as_before(facet, last):
        return Protected(last.hidden, last.needs, last.kept, open=last.insight.open)
    wanted, versions = _wanted(facet, last, few), _versions(facet, past)
    try:
        found = pattern.protect(_system(facet, year, past, versions, wanted, few), SCALE[facet.measure])
        if found.exposed:
            raise NoPattern(f"{found.exposed[0]}")
    except NoPattern:
        if last is None:
            raise
        return _repeated(facet, last)
    hidden = frozenset(key for key, version in versions[0].items() if version in found.hidden)
    kept_up = {key: (0 if versions[0][key] in found.no_less else below, above) for key, (below, above) in wanted.items()}
    return replace(_protected(facet, last, kept_up, hidden), open=insight.not_kept(found.open, past, versions))


def _as_before(facet: Facet, last: Past) -> bool:
    """Whether nothing moved, nobody else knows it and nothing must stay more uncertain: to say the same once more tells nobody anything."""
    return (facet.values, facet.told_to) == (last.values, last.told_to) and all(
        (low <= was[0] or (key in last.needs and known_least(facet.measure, key, facet.values[key]) > 0)) and high <= was[1]
        for key, (low, high) in facet.needs.items()
        for was in (last.needs.get(key, (0, 0)),)
    )


def _repeated(facet: Facet, last: Past) -> Protected:
    """Every figure is the one last shown, where one was: who has that learns nothing, whatever changed meanwhile."""
    kept = {key: shown for key in facet.values if (shown := last.shown(key))}
    return Protected(frozenset(facet.values), last.needs, kept, repeats=last)


def changed(facet: Facet, last: Past | None) -> dict[Key, int]:
    """The cells that a reader of the last release has otherwise, with the difference: from the value that is shown, however old; from the
    true one of that release where none is."""
    if last is None:
        return {}
    before = {key: shown[1] if (shown := last.shown(key)) else value for key, value in last.values.items()}
    return {key: value - before[key] for key, value in facet.values.items() if before.get(key, value) != value}


def _wanted(facet: Facet, last: Past | None, few: Collection[Key]) -> dict[Key, tuple[int, int]]:
    """How far each cell must stay uncertain: for its own sake, and for the sake of a change made by few."""
    found = dict(facet.needs)
    for key in few:
        if last and (shown := last.shown(key)):
            _, width = needs(abs(facet.values[key] - shown[1]), LEAST_CHANGE[facet.measure])
            own = found.get(key, (0, 0))
            room = facet.values[key] - known_least(facet.measure, key, facet.values[key])
            found[key] = max(own[0], min(width, room)), max(own[1], width)
    return found


def _versions(facet: Facet, past: Sequence[Past]) -> list[Versions]:
    """Today's, then those of each earlier release, the newest first."""
    found: list[Versions] = []
    before: Versions = {}
    for values in (*(earlier.values for earlier in past[::-1]), facet.values):
        # A cell that a release does not have keeps its place in the count.
        now = {key: _next(before.get(key), key, value) for key, value in values.items()}
        before = {**before, **now}
        found.insert(0, now)
    return found


def _next(before: Version | None, key: Key, value: int) -> Version:
    if before is None:
        return key, value, 0
    return before if before[1] == value else (key, value, before[2] + 1)


def _system(
    facet: Facet, year: Year, past: Sequence[Past], versions: Sequence[Versions], wanted: Mapping[Key, tuple[int, int]],
    few: Collection[Key],
) -> System:  # fmt: skip
    told = list(zip(past, versions[1:], strict=True))
    known = {version for earlier, of in told for key, version in of.items() if earlier.printed(key)}
    facet = facet if all(earlier.somebody for earlier in past) else replace(facet, somebody=False)
    system = System()
    for earlier, of in told:
        for key in sorted(earlier.hidden):
            if of[key] not in known:
                _hide(system, of[key], earlier.needs.get(key, (0, 0)), facet, settled=True)
    last = past[0] if past else None
    _today(system, facet, last, versions[0], known, wanted)
    for key in sorted(few):
        _difference(system, key, versions[0], versions[1], facet, last)
    apart = all(earlier.apart for earlier in past)
    _relate(system, facet.relations(year, apart=apart), versions[0])
    for earlier, of in told:
        _relate(system, relations(facet.measure, earlier.values, earlier.year, apart=apart), of)
    insight.give(system, facet, past, versions)
    return system


def _today(
    system: System, facet: Facet, last: Past | None, now: Versions, known: Collection[Version], wanted: Mapping[Key, tuple[int, int]]
) -> None:  # fmt: skip
    """The cells of today: hidden already, to be hidden, or printed at a price unless they are known."""
    for key, value in facet.values.items():
        if now[key] in known:
            continue
        if system.place(now[key]) is not None:
            _hide(system, now[key], wanted.get(key, (0, 0)), facet, settled=True)
        elif key in wanted or (value and key[0].endswith(REST)):
            _hide(system, now[key], wanted.get(key, (0, 0)), facet, settled=False)
        elif value:
            shown = last.shown(key) if last else None
            lost = abs(value - shown[1]) if shown else value
            little = A_LITTLE[facet.measure]
            system.add(Column(now[key], value, cost=float(lost), least=_least(facet, now[key]), spared=key in facet.never, little=little))
    for key in facet.values if facet.measure == "persons" else ():
        whole = system.place(now[key])
        for women in women_beside(key):
            part = system.place(now[women]) if women in now else None
            if part is not None and whole is not None:
                system.beside[part] = whole


def _relate(system: System, among: Iterable[Relation], of: Versions) -> None:
    """The sums of a release among the versions of its cells; where nothing changed they are the same rows."""
    values: dict[Hashable, int] = {version: version[1] for version in of.values()}
    for relation in among:
        parts = tuple(of[part] for part in relation.parts)  # type: ignore[index]
        system.relate(Relation(of[relation.total], parts, relation.kind), values)  # type: ignore[index]


def _hide(system: System, version: Version, need: tuple[int, int], facet: Facet, *, settled: bool) -> None:
    place = system.place(version)
    if place is None:
        place = system.add(Column(version, version[1], 1.0, hidden=True, settled=settled, least=_least(facet, version)))
    column = system.columns[place]
    column.below, column.above = max(column.below, min(need[0], column.value - column.least)), max(column.above, need[1])
    # What was hidden only for the sake of others stays uncertain too: who looks back must not find it.
    named = column.below or column.above or version[0][0].endswith(REST)
    column.either = A_LITTLE[facet.measure] if settled and not named else 0


def _least(facet: Facet, version: Version) -> int:
    key, value, _ = version
    return known_least(facet.measure, key, value) if facet.somebody else 0


def _difference(system: System, key: Key, now: Versions, before: Versions, facet: Facet, last: Past | None) -> None:
    """What few changed must stay uncertain also where no value is known: their difference could be."""
    if last is None or last.shown(key) or system.place(before[key]) is None:
        return
    value = facet.values[key] - last.values[key]
    _, width = needs(abs(value), LEAST_CHANGE[facet.measure])
    least = known_least(facet.measure, key, facet.values[key]), known_least(facet.measure, key, last.values[key])
    below, above = min(width, facet.values[key] - least[0]), min(width, last.values[key] - least[1])
    counted = facet.somebody and facet.measure in COUNTED
    column = Column(
        ("difference", key), value, 0.0, hidden=True, below=below, above=above, signed=True, one_way=counted, makers=facet.known_to(key)
    )
    system.add(column)
    system.link(((now[key], 1), (before[key], -1), (column.name, -1)))


def _protected(facet: Facet, last: Past | None, wanted: Mapping[Key, tuple[int, int]], hidden: frozenset[Key]) -> Protected:
    kept = {key: shown for key in hidden if last and (shown := last.shown(key))}
    public = tuple(sorted(key for key in facet.needs if key not in hidden))
    return Protected(hidden, dict(wanted), kept, public, bool(hidden & facet.never))
