"""Who made a change between two releases: the lines of the earlier one are kept as sums, held against those of today.

The table of differences is a table of the release: a cell whose change fewer persons or companies made than a cell needs keeps its old value.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import duckdb

from schemas.vocabulary import UNKNOWN
from services.indicators.release.disclosure import Contributors, hides_hours, hides_persons
from services.indicators.release.facets import OTHERS, WOMEN, Measure, and_its_sexes
from services.indicators.release.figures import DONE, is_sensitive
from services.indicators.release.laid_out import LaidOut
from services.indicators.release.tables import DIMENSIONS, OF_HOURS, OF_PERSONS, Key, Year, without

KEPT: Final = f"part, {', '.join(DIMENSIONS)}, employer, is_public, who"
TOLD: Final = ("declarant_id", "buyer_id")
"""Who said it, and about whose contracts. Not among `KEPT`: a group that somebody else declares since has not moved, and nobody of it counts
for those who did."""
OF_DONE: Final[tuple[tuple[str, ...], ...]] = ((), ("department",))
_PARTIES: Final = ("employer", *TOLD)
_NOT_SAID: Final = ", ".join(f"'{UNKNOWN}' as {name}" for name in DIMENSIONS if name != "department")
_TODAY: Final = f"(select * from atoms union all by name select *, {_NOT_SAID} from ended)"  # noqa: S608


@dataclass(frozen=True)
class Change:
    """Of one cell: who moved its hours, and how many came or went: of all persons, of its women, of everybody else in it. Who is said to be a
    man and no longer a woman goes from the women and comes to the others, and stays a person of the cell."""

    hours: Contributors
    persons: int
    women: int
    others: int = 0


Made = Mapping[Key, Change]
"""What moved in the cells of a measure."""
Table = tuple[str, ...]


def packed(connection: duckdb.DuckDBPyConnection) -> bytes:
    """The year's sums by person, employer, declarant and buyer (hashes of tokens), and those of the contracts that end in it, compressed: what a
    later release compares itself with."""
    with tempfile.TemporaryDirectory(prefix="macs-release-") as folder:
        file = Path(folder) / "atoms.parquet"
        query = f"select {KEPT}, {', '.join(TOLD)}, sum(centihours)::bigint as centihours, max(group_persons) as group_persons from {_TODAY} group by all order by all"  # noqa: S608
        connection.execute(f"copy ({query}) to '{file}' (format parquet, compression zstd)")
        return file.read_bytes()


def made_by(connection: duckdb.DuckDBPyConnection, year: Year, earlier: bytes) -> dict[Measure, Made]:
    """Of hours, persons, and hours done of ended contracts: every cell of the year in which something moved since, with who moved it. A measure
    that `earlier` knows nothing of is not among them. `figures.prepare` must have been asked for the year of today."""
    with tempfile.TemporaryDirectory(prefix="macs-release-") as folder:
        file = Path(folder) / "atoms.parquet"
        file.write_bytes(earlier)
        connection.execute("drop table if exists moved")
        earlier_columns = _columns(connection, file)
        # A release from before a table was added does not know its codes; sums over them are the same.
        kept = ", ".join(name if name in earlier_columns else f"'{UNKNOWN}' as {name}" for name in KEPT.split(", "))
        connection.execute(_MOVED.replace("$file", f"'{file}'").replace("$codes", kept))
    moved = LaidOut(connection, "moved", ("employer", "who"))
    lines = {key: _change(*row) for key, row in _by_cell(moved, year, _BY_CELL, OF_HOURS)}
    traced: dict[Measure, Made] = {"hours": lines, "persons": lines}
    if set(TOLD) <= earlier_columns:
        traced["done"] = {key: _change(*row) for key, row in _by_cell(moved, year, _BY_CELL, OF_DONE, DONE)}
    return traced


def _by_cell(laid: LaidOut, year: Year, query: str, tables: Iterable[Table], of: str = "") -> Iterator[tuple[Key, tuple[Any, ...]]]:
    """(cell, what the query says of it). `of` follows the parts of which a period consists."""
    laid.by_period(year, of)
    for table in tables:
        names = "".join(f", {name}" for name in table)
        for span, *row in laid.connection.execute(query.format(names=names)).fetchall():
            yield (span, tuple(zip(table, row[: len(table)], strict=True))), tuple(row[len(table) :])


def _columns(connection: duckdb.DuckDBPyConnection, file: Path) -> set[str]:
    return {row[0] for row in connection.execute("describe select * from read_parquet(?)", [str(file)]).fetchall()}


def movers(connection: duckdb.DuckDBPyConnection, year: Year, earlier: bytes) -> dict[Measure, Mapping[Key, frozenset[UUID]]]:
    """Of hours, persons, and hours done of ended contracts: every cell of the year that one employer, one declarant or one buyer's contracts alone
    changed since, with who that is: persons come and go by somebody's hours. A release from before declarants were kept names employers only,
    and nothing of ended contracts. `figures.prepare` must have been asked for the year of today."""
    with tempfile.TemporaryDirectory(prefix="macs-release-") as folder:
        file = Path(folder) / "atoms.parquet"
        file.write_bytes(earlier)
        known = _columns(connection, file)
        kept = [(name, name if name in known else f"'{UNKNOWN}'") for name in ("part", *DIMENSIONS)]
        kept += [(name, name if name in known else "null::uuid") for name in ("employer", *TOLD)]
        then, now = ", ".join(f"{said} as {name}" for name, said in kept), ", ".join(name for name, _ in kept)
        connection.execute(_TURNED.format(now=now, then=then, file=f"'{file}'", today=_TODAY))
    turned = LaidOut(connection, "turned", _PARTIES)
    found: dict[Measure, Mapping[Key, frozenset[UUID]]] = {"hours": _alone(turned, year, OF_HOURS)}
    # what is said of a sex itself comes after, and instead of, what is said of the cell with all sexes
    of_persons = sorted((key, who) for key, who in found["hours"].items() if tuple(name for name, _ in key[1]) in OF_PERSONS)
    found["persons"] = {part: who for key, who in of_persons for part in and_its_sexes(key)}
    if set(TOLD) <= known:
        found["done"] = _alone(turned, year, OF_DONE, DONE)
    return found


def _alone(turned: LaidOut, year: Year, tables: Iterable[Table], of: str = "") -> dict[Key, frozenset[UUID]]:
    names = [turned.names(party) for party in _PARTIES]
    return {
        key: frozenset(of_party[number] for of_party, number in zip(names, numbers, strict=True) if number is not None)
        for key, numbers in _by_cell(turned, year, _ALONE, tables, of)
    }


def _change(*counts: Any) -> Change:
    moved, employers, largest, who, groups, persons, women, others = map(int, counts)
    return Change(Contributors(who + groups, employers, moved, largest), persons, women, others)


def by_few(measure: Measure, keys: Iterable[Key], made: Made | None) -> set[Key]:
    """Of the cells that changed, those whose change speaks of few. What cannot be traced (groups) counts as made by few."""
    if made is None:
        return set(keys)
    if measure == "persons":
        return {key for key in keys if hides_persons(_came_or_went(key, made), sensitive=is_sensitive(key[1]))}
    return {
        key
        for key in keys
        if key not in made or not made[key].hours.centihours or hides_hours(made[key].hours, sensitive=is_sensitive(key[1]))
    }


def _came_or_went(key: Key, made: Mapping[Key, Change]) -> int:
    """Never nobody: the number changed, so somebody did."""
    if WOMEN in key[1] or OTHERS in key[1]:
        around = made.get((key[0], without(key[1], "sex")))
        found = (around.women if WOMEN in key[1] else around.others) if around else 1
    else:
        found = made[key].persons if key in made else 1
    return max(found, 1)


# Of whoever's hours are what they were nothing came or went.
_MOVED: Final = f"""
    create temp table moved as
    with sides as (
        select {KEPT}, centihours, group_persons, 1 as side from {_TODAY}
        union all
        select $codes, centihours, group_persons, -1 from read_parquet($file)
    ),
    sums as (
        select {KEPT}, sum(centihours * side)::bigint as centihours, max(group_persons) as group_persons,
            coalesce(sum(centihours) filter (side = 1), 0)::bigint as now, coalesce(sum(centihours) filter (side = -1), 0)::bigint as before
        from sides group by all
    )
    select * from sums where who is null or who in (select who from sums where centihours <> 0)
"""  # noqa: S608
_BY_CELL: Final = """
    with employers as (select span{names}, employer, is_public, abs(sum(centihours)) as moved from here group by all having sum(centihours) <> 0),
    firms as (
        select span{names}, sum(moved) as moved, count(*) filter (employer is not null and not is_public) as employers,
            coalesce(max(moved) filter (not is_public), 0) as largest
        from employers group by all
    ),
    each as (
        select span{names}, who, sum(centihours) as moved, sum(now) > 0 as now, sum(before) > 0 as before,
            coalesce(sum(now) filter (sex = 'F'), 0) > 0 as woman_now, coalesce(sum(before) filter (sex = 'F'), 0) > 0 as woman_before,
            coalesce(max(group_persons) filter (who is null and centihours <> 0), 0) as groups
        from here group by all
    ),
    people as (
        select span{names}, count(*) filter (who is not null and moved <> 0) as who, sum(groups) as groups,
            count(*) filter (who is not null and now <> before) as persons,
            count(*) filter (who is not null and woman_now <> woman_before) as women,
            count(*) filter (who is not null and (now and not woman_now) <> (before and not woman_before)) as others
        from each group by all
    )
    select span{names}, coalesce(moved, 0), coalesce(employers, 0), coalesce(largest, 0), who, coalesce(groups, 0), persons, women, others
    from people left join firms using (span{names})
    where coalesce(moved, 0) <> 0 or persons <> 0 or women <> 0 or others <> 0 or who <> 0
"""
_TURNED: Final = """
    create or replace temp table turned as
    with sides as (
        select {now}, centihours from {today}
        union all
        select {then}, -centihours from read_parquet({file})
    )
    select {now}, sum(centihours)::bigint as centihours from sides group by all having sum(centihours) <> 0
"""
# Who alone moved a cell: of each party everybody's sum, and whether one is left whose is not zero, with a name.
_ALONE: Final = """
    with employers as (select span{names}, employer from here group by all having sum(centihours) <> 0),
    declarants as (select span{names}, declarant_id from here group by all having sum(centihours) <> 0),
    buyers as (select span{names}, buyer_id from here group by all having sum(centihours) <> 0),
    alone as (
        select span{names}, any_value(employer) as employer, null as declarant, null as buyer
            from employers group by all having count(*) = 1 and count(employer) = 1
        union all select span{names}, null, any_value(declarant_id), null from declarants group by all having count(*) = 1 and count(declarant_id) = 1
        union all select span{names}, null, null, any_value(buyer_id) from buyers group by all having count(*) = 1 and count(buyer_id) = 1
    )
    select span{names}, max(employer), max(declarant), max(buyer) from alone group by all
"""
