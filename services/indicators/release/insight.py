"""What single employers, declarants and buyers know beside what is printed: cells that are theirs alone, and the changes that they alone made.

Whoever made a cell alone knows it; who did so in an earlier release knows what it was then; and who alone corrected a cell knows by how much
it changed, also where others have hours in it (decision 0222).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from uuid import UUID

from services.indicators.release.facets import Facet, knows
from services.indicators.release.system import Column, System, Teller
from services.indicators.release.tables import Key

if TYPE_CHECKING:
    from services.indicators.release.joint import Past, Version, Versions

Known = Mapping[Key, frozenset[UUID]]
"""Who alone knows each cell, or its change."""


@dataclass(frozen=True)
class Insight:
    """Of one release: what of its hidden cells single insiders know."""

    told: Known = field(default_factory=dict)
    """Hidden cells that somebody alone made, declared or bought."""
    moved: Known = field(default_factory=dict)
    """Who alone changed a cell since what was said before."""
    open: frozenset[tuple[UUID, str, Key]] = frozenset()
    """What could not be kept from whom: a cell of this release ("") or one that an earlier release hid."""


NOBODY: Final = Insight()


def of(facet: Facet, last: Past | None, hidden: Collection[Key], could_not: frozenset[tuple[UUID, str, Key]]) -> Insight:
    """What a release remembers of it."""
    told = {key: who for key in sorted(hidden) if (who := known_to(facet, last, key))}
    return Insight(told, facet.moved, could_not)


def known_to(facet: Facet, last: Past | None, key: Key) -> frozenset[UUID]:
    """Who alone made the cell, or alone changed one that it knew before: as it was printed, or as somebody alone there. Whoever knew a cell
    that is as it was knows it still, also by a change of its own that the release before was about."""
    who = facet.known_to(key)
    if last is None:
        return who
    if key not in facet.moved:
        same = key in last.values and last.values[key] == facet.values.get(key)
        return who | (last.insight.told.get(key, frozenset()) if same else frozenset())
    return who | (facet.moved[key] if last.printed(key) else facet.moved[key] & last.insight.told.get(key, frozenset()))


def give(system: System, facet: Facet, past: Sequence[Past], versions: Sequence[Versions]) -> None:
    """Let the system know who knows what: columns get their makers, and each change that somebody alone made becomes a column of its own."""
    known = _known(facet, past, versions)
    for version, who in known.items():
        place = system.place(version)
        if place is not None:
            system.columns[place].makers, system.columns[place].knows = frozenset(who), knows(facet.measure, version[0])
    _changes(system, facet, past[0] if past else None, versions[0], known)
    moves = (facet.moved, *(earlier.insight.moved for earlier in past))
    for (newer, older), moved in zip(pairwise(versions), moves, strict=False):
        for key in sorted(moved.keys() & newer.keys() & older.keys()):
            if newer[key] != older[key] and knows(facet.measure, key):
                _change(system, newer[key], older[key], moved[key])


def _changes(system: System, facet: Facet, last: Past | None, now: Versions, known: Mapping[Version, set[Hashable]]) -> None:
    """Whose change a cell kept as it was, or a difference that nobody saw, is about: that is no secret to who makes it or changed it alone."""
    for key, version in now.items():
        cell, difference = system.place(version), system.place(("difference", key))
        if cell is not None and not system.columns[cell].settled:
            system.columns[cell].change = key not in facet.needs
            system.columns[cell].changers = frozenset(known_to(facet, last, key))
        if difference is not None:
            who = facet.moved.get(key, frozenset())
            system.columns[difference].change = True
            system.columns[difference].makers = frozenset({*known.get(version, ()), *who, *map(Teller, who)})


def _change(system: System, newer: Version, older: Version, who: Collection[UUID]) -> None:
    name = ("moved", newer, older)
    if system.place(newer) is None and system.place(older) is None:
        return
    tellers = frozenset(map(Teller, who))
    system.add(Column(name, newer[1] - older[1], 0.0, hidden=True, signed=True, makers=tellers, knows=True))
    system.link(((newer, 1), (older, -1), (name, -1)))


def _known(facet: Facet, past: Sequence[Past], versions: Sequence[Versions]) -> Mapping[Version, set[Hashable]]:
    """Today's employers are taken to know their cells; whoever declared or bought one, or knows more from earlier releases, is a teller too."""
    found: dict[Version, set[Hashable]] = defaultdict(set)
    for of_release in versions:
        for key, version in of_release.items():
            if key in facet.makers:
                found[version].add(facet.makers[key])
    tellers = frozenset(_tellers(facet, past))
    said = [(known_to(facet, past[0] if past else None, key), version) for key, version in versions[0].items()]
    for earlier, of_release in zip(past, versions[1:], strict=True):
        said += [(who, of_release[key]) for key, who in earlier.insight.told.items()]
    for who, version in said:
        found[version] |= {Teller(one) for one in who & tellers}
    return found


def _tellers(facet: Facet, past: Sequence[Past]) -> Iterator[UUID]:
    """Who knows more than today's employers of their cells do."""
    for told in (facet.tellers, facet.moved, *(earlier.insight.moved for earlier in past)):
        for who in told.values():
            yield from who
    for earlier in past:
        for key, who in earlier.insight.told.items():
            yield from who - facet.maker(key)


def not_kept(
    found: Collection[tuple[Hashable, Hashable]], past: Sequence[Past], versions: Sequence[Versions]
) -> frozenset[tuple[UUID, str, Key]]:
    """By whom which cell of which release can be computed, whatever were hidden."""
    wanted: dict[Hashable, list[UUID]] = defaultdict(list)
    for insider, version in found:
        wanted[version].append(insider.who if isinstance(insider, Teller) else insider)  # type: ignore[arg-type]  # an employer’s UUID
    releases = ("", *(earlier.release for earlier in past))
    return frozenset(
        (who, release, key)
        for release, of_release in zip(releases, versions, strict=True)
        for key, version in of_release.items()
        for who in wanted.get(version, ())
    )
