"""What is protected together: a year's hours, persons, groups, and the hours done of ended contracts, each with all its cells and sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from schemas.vocabulary import UNKNOWN
from services.indicators.release import tables
from services.indicators.release.disclosure import RULES, hides_hours, hides_persons
from services.indicators.release.figures import Committed, Measured, is_sensitive
from services.indicators.release.system import LEAST_HOURS, LEAST_PERSONS, Kind, Relation, needs
from services.indicators.release.tables import REST, Key, Year, without

Measure = Literal["hours", "persons", "groups", "done"]
SCALE: Final[Mapping[Measure, float]] = {"hours": 100.0, "persons": 1.0, "groups": 1.0, "done": 100.0}
LEAST_CHANGE: Final[Mapping[Measure, int]] = {"hours": 100, "persons": 1, "groups": 1, "done": 100}
"""A change made by few stays uncertain by at least an hour or a person."""
A_LITTLE: Final[Mapping[Measure, int]] = {"hours": 10, "persons": 1, "groups": 1, "done": 10}
"""What nobody may find out, although it protects others only: six minutes, a person."""
COUNTED: Final = frozenset({"persons", "groups"})
"""Of these a hidden number is known to be no zero."""
OF_GROUPS: Final = frozenset({"", "department", "modality", "department,modality"})
_PARTED: Final[Kind] = "partition"
_COVERED: Final[Kind] = "cover"
WITH_SHARE: Final = frozenset({"", "department", "public", "modality"})
"""Where the share of women is printed: finer, nearly every one would be hidden."""
WOMEN, OTHERS = ("sex", "F"), ("sex", "~F")
"""Women and everybody else of a cell: what the share of women tells."""


@dataclass(frozen=True)
class Facet:
    """All cells of one measure of a year. `needs`: the primary ones, how far (below, above) they must stay uncertain."""

    measure: Measure
    values: Mapping[Key, int]
    needs: Mapping[Key, tuple[int, int]]
    makers: Mapping[Key, UUID] = field(default_factory=dict)
    """The employer who alone makes a cell."""
    tellers: Mapping[Key, frozenset[UUID]] = field(default_factory=dict)
    """Who alone declared all of a cell, and whose contracts alone it is about: they know it too (decision 0221)."""
    never: frozenset[Key] = frozenset()
    """Cells that are not hidden to protect another one: a department's hours of the year (practice 12)."""
    somebody: bool = True
    """Whether readers are taken to know that what is hidden is no zero. False for a year that was printed first when they were not."""

    moved: Mapping[Key, frozenset[UUID]] = field(default_factory=dict)
    """Who alone changed a cell since the release before: they know by how much (decision 0222)."""

    @property
    def told_to(self) -> str:
        """A fingerprint of who knows which cells: the same figures, declared by somebody else, are known to somebody else."""
        return sha256(repr([(key, sorted(map(str, who))) for key, who in sorted(self.tellers.items())]).encode()).hexdigest()[:16]

    def maker(self, key: Key) -> frozenset[UUID]:
        """The employer who alone makes the cell, if there is one."""
        return frozenset({self.makers[key]}) if key in self.makers else frozenset()

    def known_to(self, key: Key) -> frozenset[UUID]:
        """Everybody to whom the cell is no secret, if they can tell that they are alone there."""
        return self.maker(key) | self.tellers.get(key, frozenset())

    def relations(self, year: Year, *, apart: bool = True) -> list[Relation]:
        return relations(self.measure, self.values, year, apart=apart)


def known_least(measure: Measure, key: Key, value: int) -> int:
    """What a reader knows a hidden number of persons to be at least. That it is not zero is said beside every « s. »; of a sensitive criterion
    zeros are hidden too. Printed hours tell that enough persons made them; so as if they always were."""
    if measure not in COUNTED:
        return 0
    sensitive = is_sensitive(key[1])
    needed = RULES.persons_needed(sensitive=sensitive)
    with_hours = measure == "persons" and tables.table_of(key) in _PERSONS and OTHERS not in key[1]
    return needed if with_hours and value >= needed else min(value, 1) if not sensitive else 0


def knows(measure: Measure, key: Key) -> bool:
    """An employer or a declarant can tell that it is alone in the finest cells, its own corner; not that it is alone in a margin, whose total is
    hidden, nor that the women there are all its own."""
    of_a_margin = measure == "persons" and tables.table_of(key) not in _PERSONS
    return len(key[1]) > (2 if of_a_margin else 1) or tables.table_of(key) in tables.ALONE or (measure == "done" and bool(key[1]))


def facets(measured: Mapping[Key, Measured], promised: Mapping[Key, Committed], year: Year) -> list[Facet]:
    return [_hours(measured, year), _persons(measured), _groups(measured), _done(promised)]


def relations(measure: Measure, cells: Iterable[Key], year: Year, *, apart: bool = True) -> list[Relation]:
    """The sums that hold among the cells, whoever knows them. `apart` false: persons of a year that was printed first when only the sexes
    were taken to part them; what that gives away is public."""
    keys, kind = list(cells), _PARTED if apart else _COVERED
    if measure in {"hours", "done"}:
        return [*tables.margins(keys), *tables.years(keys, year)]
    if measure == "groups":
        return [*tables.margins(keys, kind=kind), *tables.years(keys, year, "cover")]
    return list(_among_persons(keys, year, kind))


def _among_persons(keys: list[Key], year: Year, kind: Kind) -> Iterator[Relation]:
    """Persons are added nowhere by us; but who lives in one department and works in one is in one part only, and a reader will add such parts.
    Where nobody is in two, the sum is a sum (`partition`). Over time the same come back."""
    printed = [key for key in keys if OTHERS not in key[1] and (WOMEN not in key[1] or tables.table_of(key) in {"sex", "department,sex"})]
    yield from tables.margins(printed, {"sex": "partition"}, kind)
    yield from tables.years(printed, year, "cover")
    known = set(keys)
    for part in (WOMEN, OTHERS):
        split = {key: (key[0], without(key[1], "sex")) for key in keys if part in key[1]}
        back = {bare: key for key, bare in split.items()}
        more = [*tables.margins(back, kind=kind), *tables.years(back, year, "cover")]
        yield from (Relation(back[found.total], tuple(back[part] for part in found.parts), found.kind) for found in more)  # type: ignore[index]
    for key in keys:
        women, others = _with(key, WOMEN), _with(key, OTHERS)
        if women in known and others in known:
            yield Relation(key, (women, others))
            apart = tuple(found for code in ("M", UNKNOWN) if (found := _with(key, ("sex", code))) in known)
            if apart:
                yield Relation(others, apart, "partition")


def and_its_sexes(key: Key) -> Iterator[Key]:
    """The cell of persons, its women and everybody else in it, where the share of women is printed."""
    yield key
    if tables.table_of(key) in WITH_SHARE:
        yield from (_with(key, WOMEN), _with(key, OTHERS))


def women_beside(key: Key) -> Iterator[Key]:
    """Its women, where their number is told by their share alone: where the cell is hidden, they are too."""
    if tables.table_of(key) in WITH_SHARE and tables.table_of(_with(key, WOMEN)) not in _PERSONS:
        yield _with(key, WOMEN)


def _with(key: Key, code: tuple[str, str]) -> Key:
    return key[0], (*key[1], code)


def _hours(measured: Mapping[Key, Measured], year: Year) -> Facet:
    values = {key: found.centihours for key, found in measured.items()}
    primary = {
        key: needs(found.centihours, LEAST_HOURS)
        for key, found in measured.items()
        if not key[0].endswith(REST) and hides_hours(found.contributors, sensitive=_says_something(measured, key))
    }
    makers = {key: found.only for key, found in measured.items() if found.only and found.centihours}
    tellers = {key: found.tellers for key, found in measured.items() if found.tellers and found.centihours}
    never = frozenset(key for key in measured if key[0] == year.text and tables.table_of(key) in {"", "department"} and key not in primary)
    return Facet("hours", values, primary, makers, tellers, never)


def _persons(measured: Mapping[Key, Measured]) -> Facet:
    values: dict[Key, int] = {}
    primary: dict[Key, tuple[int, int]] = {}
    tellers: dict[Key, frozenset[UUID]] = {}
    for key, found in measured.items():
        if key[0].endswith(REST) or len(key[1]) > 2 or tables.table_of(key) not in _PERSONS:
            continue
        parts = {key: found.persons}
        if tables.table_of(key) in WITH_SHARE:
            parts |= {_with(key, WOMEN): found.women, _with(key, OTHERS): found.persons - found.women}
        for part, count in parts.items():
            values[part] = count
            if who := _alone(found) | (_alone_with_others(measured, key) if OTHERS in part[1] else frozenset()):
                tellers[part] = who
            if hides_persons(count, sensitive=_says_something(measured, part)):
                primary[part] = needs(count, LEAST_PERSONS, known_least("persons", part, count))
    return Facet("persons", values, primary, tellers=tellers)


def _alone(found: Measured) -> frozenset[UUID]:
    """Who knows how many persons there are, since nobody else employs, declares or buys any."""
    return found.tellers | ({found.only} if found.only else frozenset()) if found.persons else frozenset()


def _alone_with_others(measured: Mapping[Key, Measured], key: Key) -> frozenset[UUID]:
    """Who is alone with all of the cell that are not women, sex by sex."""
    sexes = [found for code in ("M", UNKNOWN) if (found := measured.get(_with(key, ("sex", code)))) and found.persons]
    return frozenset.intersection(*map(_alone, sexes)) if sexes else frozenset()


def _groups(measured: Mapping[Key, Measured]) -> Facet:
    values = {key: found.groups for key, found in measured.items() if not key[0].endswith(REST) and tables.table_of(key) in OF_GROUPS}
    few = {key: count for key, count in values.items() if hides_persons(count)}
    return Facet("groups", values, {key: needs(count, LEAST_PERSONS, known_least("groups", key, count)) for key, count in few.items()})


def _done(promised: Mapping[Key, Committed]) -> Facet:
    values = {key: found.done.centihours for key, found in promised.items()}
    primary = {key: needs(values[key], LEAST_HOURS) for key, found in promised.items() if hides_hours(found.done)}
    makers = {key: found.only for key, found in promised.items() if found.only and found.done.centihours}
    tellers = {key: found.tellers for key, found in promised.items() if found.tellers and found.done.centihours}
    return Facet("done", values, primary, makers, tellers)


_PERSONS: Final = frozenset(",".join(table) for table in tables.OF_PERSONS)


def _says_something(measured: Mapping[Key, Measured], key: Key) -> bool:
    """Whether a sensitive criterion's cell is about somebody: « nobody here » is no secret where nobody worked at all, nor « no woman » where no
    woman did."""
    period, codes = key
    if not is_sensitive(codes):
        return False
    around = measured[period, tuple(code for code in codes if code[0] != "public" and code not in (WOMEN, OTHERS))]
    if WOMEN in codes:
        return around.women > 0
    if OTHERS in codes:
        return around.persons > around.women
    return around.centihours > 0 or around.persons > 0
