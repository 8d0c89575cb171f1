"""What a release is made of: for every cell of every table its hours, persons and contributors, asked of the replica in one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import duckdb

from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import SENSITIVE
from services.indicators.catalogue import measures
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.catalogue.measures import REGION
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.spans import Span
from services.indicators.catalogue.territories import departments_of_territory
from services.indicators.release.disclosure import Contributors
from services.indicators.release.laid_out import LaidOut
from services.indicators.release.tables import OF_HOURS, REST, Codes, Key, Year

Parties = Mapping[str, Mapping[int | None, UUID]]
"""Column → number → who."""


@dataclass(frozen=True)
class Measured:
    """One cell before protection. Hours are whole centi-hours; `only` is the employer when there is just one, `tellers` who alone declared
    all of it, and whose contracts alone it is about."""

    centihours: int = 0
    persons: int = 0
    women: int = 0
    joinable: int = 0
    employers: int = 0
    largest: int = 0
    groups: int = 0
    only: UUID | None = None
    tellers: frozenset[UUID] = frozenset()

    @property
    def contributors(self) -> Contributors:
        return Contributors(self.persons + self.groups, self.employers, self.centihours, self.largest)


@dataclass(frozen=True)
class Committed:
    """Hours that contracts are about, by department: committed at notification; of ended contracts, done and committed."""

    notified: int = 0
    ended: int = 0
    active: int = 0
    """Contracts with a clause that ran in the period."""
    worked: int = 0
    """Of all contracts, those with hours in the period."""
    done: Contributors = field(default_factory=Contributors)
    only: UUID | None = None
    tellers: frozenset[UUID] = frozenset()


NOTHING: Final = Measured()
DONE: Final = "/done"
"""After a quarter: what was done, whenever that was, of the contracts that end in it."""


def is_sensitive(codes: Codes) -> bool:
    return any(name == "public" and code in SENSITIVE for name, code in codes)


def prepare(connection: duckdb.DuckDBPyConnection, year: Year, public_employers: Sequence[UUID]) -> None:
    """Add up the year's lines into `atoms`: one row for each person, employer, combination of codes and shortest printed period; and all lines of
    the contracts that end in the year into `ended`, by the quarter and the department of their contract."""
    values = {"start": year.span.start, "end": year.span.end, "public": list(public_employers), "year": year.span.text}
    for table, query in (("atoms", _ATOMS), ("ended", _ENDED)):
        connection.execute(f"drop table if exists {table}")
        connection.execute(query, values)


def measure(connection: duckdb.DuckDBPyConnection, year: Year) -> dict[Key, Measured]:
    """Every cell of the year's tables out of `atoms`; those without a line are there too, since a zero is also a figure."""
    laid = LaidOut(connection, "atoms", ("who", "contract_uid", *_PARTIES))
    laid.by_period(year)
    parties = {name: laid.names(name) for name in _PARTIES}
    found: dict[Key, Measured] = {}
    for table in OF_HOURS:
        cells = _table(connection, table, parties)
        for codes in _cross(table, cells):
            for span in year.spans:
                found[year.name(span), codes] = cells.get((year.name(span), codes), NOTHING)
        found |= dict(_rests(connection, table, year))
    return found


def _table(connection: duckdb.DuckDBPyConnection, table: tuple[str, ...], parties: Parties) -> dict[Key, Measured]:
    rows = connection.execute(_TABLE.format(names="".join(f", {name}" for name in table))).fetchall()
    width = 1 + len(table)
    return {(row[0], tuple(zip(table, row[1:width], strict=True))): _measured(parties, *row[width:]) for row in rows}


def _measured(parties: Parties, *row: Any) -> Measured:
    centihours, persons, women, joinable, employers, largest, groups = map(int, row[: -len(_PARTIES)])
    only, *tellers = (parties[name].get(number) for name, number in zip(_PARTIES, row[-len(_PARTIES) :], strict=True))
    return Measured(centihours, persons, women, joinable, employers, largest, groups, only, frozenset(who for who in tellers if who))


def _rests(connection: duckdb.DuckDBPyConnection, table: tuple[str, ...], year: Year) -> Iterator[tuple[Key, Measured]]:
    """Hours of lines longer than any printed part: known to nobody, but there."""
    names = "".join(f", {name}" for name in table)
    query = f"select part{names}, sum(centihours)::bigint from atoms where part like '%{REST}' group by all"  # noqa: S608
    for part, *codes, centihours in connection.execute(query).fetchall():
        if centihours:
            name = year.text + REST if part == year.span.text + REST else part
            yield (name, tuple(zip(table, codes, strict=True))), Measured(centihours)


def _cross(table: tuple[str, ...], cells: Iterable[Key]) -> list[Codes]:
    """All codes of the vocabularies, and those that only the data know."""
    names = [codes for _, codes in cells]
    crossed: list[Codes] = [()]
    for place, name in enumerate(table):
        known = list(BY_NAME[name].codes)
        codes = [*known, *sorted({found[place][1] for found in names} - set(known))]
        crossed = [(*before, (name, code)) for before in crossed for code in codes]
    return list(dict.fromkeys([*filter(_can_be, crossed), *names]))


def _can_be(codes: Codes) -> bool:
    """A territory lies in one or two departments: it has no place in the others, unless a line says so."""
    said = dict(codes)
    around = departments_of_territory().get(said.get("ept", ""))
    return around is None or said.get("department", next(iter(around))) in around


# A line is in the shortest printed period that holds it: its quarter, else the rest of its semester, else the rest of its year.
_ATOMS: Final = f"""
    create temp table atoms as
    select
        case when period_months <= 3 then $year || '-Q' || quarter(period_start)
             when period_months <= 6 then $year || '-S' || (quarter(period_start) + 1) // 2 || '{REST}' else $year || '{REST}' end as part,
        f.department, public, sex, modality, {BY_NAME["residence_department"].column} as residence_department, work_contract,
        coalesce(c.buyer_kind, 'NC') as buyer_kind, coalesce(c.sector, 'NC') as sector, coalesce(c.mechanism, 'NC') as mechanism,
        coalesce(c.programme, 'NC') as programme, coalesce(p.ept, 'NC') as ept,
        contract_uid, declarant_id, c.buyer_id, employer, coalesce(list_contains($public, employer), false) as is_public, who,
        bool_or(joinable) as joinable, sum(centihours)::bigint as centihours, coalesce(sum(group_persons), 0)::bigint as group_persons,
        period_start as month
    from facts f left join (select contract_uid, buyer_id, buyer_kind, sector, mechanism, programme from contracts) c using (contract_uid)
        left join places p on p.commune = f.commune
    where period_start >= $start and period_start < $end and period_end <= $end and f.regional
    group by all
"""  # noqa: S608

_ENDED: Final = f"""
    create temp table ended as
    select $year || '-Q' || quarter(c.ends_on) || '{DONE}' as part, c.department, f.employer,
        coalesce(list_contains($public, f.employer), false) as is_public, f.who, f.declarant_id, c.buyer_id,
        sum(f.centihours)::bigint as centihours, coalesce(max(f.group_persons), 0)::bigint as group_persons
    from facts f join contracts c using (contract_uid)
    where c.clause and c.hours_committed > 0 and c.ends_on >= $start and c.ends_on < $end and c.regional
    group by all
"""  # noqa: S608

_PARTIES: Final = ("employer", "declarant_id", "buyer_id")
# Hours of an employer that is not known count for the largest, not as an employer: nobody can say that there are several.
# Within a month the groups of one employer are different people; over the months the same may come back: the largest month.
_TABLE: Final = """
    with employers as (
        select span{names}, employer, is_public, sum(centihours) as centihours from here group by all
    ),
    made as (
        select span{names}, sum(centihours) as centihours, count(*) filter (employer is not null and centihours <> 0) as employers,
            coalesce(max(centihours) filter (not is_public), 0) as largest, any_value(employer) as one, bool_or(employer is null) as unknown
        from employers group by all
    ),
    people as (
        select span{names}, count(who) filter (worked) as persons, count(who) filter (woman) as women, count(who) filter (known) as joinable
        from (
            select span{names}, who, bool_or(centihours > 0) as worked, bool_or(centihours > 0 and sex = 'F') as woman,
                bool_or(centihours > 0 and joinable) as known
            from here group by all
        ) group by all
    ),
    months as (
        select span{names}, declarant_id, contract_uid, employer, month, sum(group_persons) as persons
        from here where group_persons > 0 group by all
    ),
    largest as (select span{names}, declarant_id, contract_uid, employer, max(persons) as persons from months group by all),
    groups as (select span{names}, sum(persons) as persons from largest group by all),
    told as (
        select span{names}, case when min(declarant_id) = max(declarant_id) and count(declarant_id) = count(*) then min(declarant_id) end as declared_by,
            case when min(buyer_id) = max(buyer_id) and count(buyer_id) = count(*) then min(buyer_id) end as bought_by
        from here where centihours <> 0 group by all
    )
    select span{names}, made.centihours, persons.persons, women, joinable, employers, largest, coalesce(groups.persons, 0),
        case when employers = 1 and not unknown then one end, declared_by, bought_by
    from made join people as persons using (span{names}) left join groups using (span{names}) left join told using (span{names})
"""


def commitments(connection: duckdb.DuckDBPyConnection, year: Year, public_employers: Sequence[UUID]) -> dict[Key, Committed]:
    """For the region and each department, as the catalogue defines them. Spans end with the figures' last day, so a contract that ends in one
    has ended."""
    found: dict[Key, Committed] = {}
    for span in year.spans:
        asked = {name: _asked(connection, name, span) for name in ("I10", "I12", "I15", "I16")}
        done = {row[0]: row[1:] for row in connection.execute(_DONE, {
            "start": span.start, "end": span.end, "public": list(public_employers),
        }).fetchall()}  # fmt: skip
        for code in (None, *DEPARTMENTS):
            hours, persons, employers, largest, only, *tellers = done.get(code, (0, 0, 0, 0, None))
            contributors = Contributors(int(persons), int(employers), int(hours), int(largest))
            codes: Codes = () if code is None else (("department", code),)
            active, worked, notified = (asked[name].get(code, (0, 0))[0] for name in ("I10", "I12", "I15"))
            ended = asked["I16"].get(code, (0, 0))[1]
            found[year.name(span), codes] = Committed(notified, ended, active, worked, contributors, only, frozenset(tellers) - {None})
    return found


def _asked(connection: duckdb.DuckDBPyConnection, name: str, span: Span) -> dict[str | None, tuple[int, int]]:
    """Numerator and denominator of one of the catalogue's indicators: the region's (None) and each department's."""
    found: dict[str | None, tuple[int, int]] = {}
    for by in ((), ("department",)):
        for codes, *parts in measures.ask(connection, Question(BY_ID[name], (span,), by=by), span, REGION):
            found[codes[0] if codes else None] = parts[0], parts[1]
    return found


_DONE: Final = """
    with here as (
        select c.department, f.contract_uid, f.declarant_id, c.buyer_id, f.employer, f.who, f.centihours, f.group_persons,
            coalesce(list_contains($public, f.employer), false) as is_public
        from facts f join contracts c using (contract_uid)
        where c.clause and c.hours_committed > 0 and c.ends_on >= $start and c.ends_on < $end and c.regional
    ),
    employers as (
        select department, employer, is_public, sum(centihours) as centihours from here
        group by grouping sets ((employer, is_public), (department, employer, is_public))
    ),
    people as (select department, count(distinct who) as persons from here group by grouping sets ((), (department))),
    largest as (select department, contract_uid, employer, max(group_persons) as persons from here group by all),
    groups as (select department, sum(persons) as persons from largest group by grouping sets ((), (department))),
    told as (
        select department, case when count(distinct declarant_id) = 1 and count(declarant_id) = count(*) then any_value(declarant_id) end as declared_by,
            case when count(distinct buyer_id) = 1 and count(buyer_id) = count(*) then any_value(buyer_id) end as bought_by
        from here where centihours <> 0 group by grouping sets ((), (department))
    )
    select e.department, e.centihours, p.persons + coalesce(g.persons, 0), e.employers, e.largest, e.only, t.declared_by, t.bought_by
    from (
        select department, sum(centihours)::bigint as centihours, count(*) filter (employer is not null and centihours <> 0) as employers,
            coalesce(max(centihours) filter (not is_public), 0)::bigint as largest,
            case when count(*) = 1 then any_value(employer) end as only
        from employers group by department
    ) e
    join people p on p.department is not distinct from e.department left join groups g on g.department is not distinct from e.department
    left join told t on t.department is not distinct from e.department
"""
