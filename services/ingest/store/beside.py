"""What declarants have declared already of the persons' months and the work that filings name: asked once for filings that arrive together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from kit.postgres import Connection
from schemas.identifiers import normalised
from schemas.periods import MONTHS, Period
from services.ingest.rules.beside import Beside, PersonMonth, Work, person_months
from services.ingest.rules.lines import LineValue

_OF_GROUPS: Final = """l.person is null and v.content like '%"group":{%'"""  # the index `lines_of_groups`
_OF_PERSONS: Final = "l.person is not null"


@dataclass(frozen=True)
class Asked:
    """A filing on its way: whose it is, its good lines, and the filing that it corrects."""

    declarant: UUID
    values: Sequence[LineValue]
    correcting: str | None = None


async def beside(connection: Connection, declarant: UUID, values: Sequence[LineValue], correcting: str | None = None) -> Beside:
    """The declarant's lines that stand, without those that this filing gives anew and without those of the filing that it corrects."""
    [found] = await beside_each(connection, [Asked(declarant, values, correcting)])
    return found


async def beside_each(connection: Connection, asked: Sequence[Asked]) -> list[Beside]:
    """The same for several filings, each for itself, in three questions together."""
    own = [(place, value.line_id) for place, one in enumerate(asked) for value in one.values]
    if not own:
        return [Beside() for _ in asked]
    months = await _months(connection, asked, own)
    groups, persons = [await _work(connection, asked, own, groups=groups) for groups in (True, False)]
    return [Beside(months.get(place, {}), groups.get(place, {}), persons.get(place, {})) for place in range(len(asked))]


async def _months(
    connection: Connection, asked: Sequence[Asked], own: Sequence[tuple[int, UUID]]
) -> dict[int, dict[PersonMonth, tuple[int, str]]]:
    """A local token is one declarant's, so the months need no declarant."""
    wanted = [(place, UUID(hex=person), month) for place, one in enumerate(asked) for person, month in person_months(one.values)]
    if not wanted:
        return {}
    rows = await connection.fetch(
        """
        select w.place, v.person_local, v.period_start, sum(v.centihours)::bigint as centihours, max(v.number) as number
        from unnest($1::integer[], $2::uuid[], $3::date[]) w (place, person, month)
        join line_values v on v.person_local = w.person and v.period_start = w.month and v.period_months = 1
        join lines l on (l.line_id, l.number, l.filing_revision) = (v.line_id, v.number, v.filing_revision)
        where v.number is distinct from ($6::text[])[w.place + 1]
            and not exists (select from unnest($4::integer[], $5::uuid[]) o (place, line_id) where o.place = w.place and o.line_id = v.line_id)
        group by w.place, v.person_local, v.period_start
        """,
        *_columns(wanted),
        *_columns(own),
        [one.correcting for one in asked],
    )
    found: dict[int, dict[PersonMonth, tuple[int, str]]] = {}
    for row in rows:
        found.setdefault(row["place"], {})[row["person_local"].hex, row["period_start"]] = (row["centihours"], row["number"])
    return found


async def _work(
    connection: Connection, asked: Sequence[Asked], own: Sequence[tuple[int, UUID]], *, groups: bool
) -> Mapping[int, dict[Work, str]]:
    """Where a filing has persons, the groups that stand beside them; where it has groups, the persons."""
    wanted = list({
        (place, value.contract_uid, value.period.start, MONTHS[value.period.grain])
        for place, one in enumerate(asked)
        for value in one.values
        if (value.person is not None if groups else value.group is not None)
    })  # fmt: skip
    if not wanted:
        return {}
    rows = await connection.fetch(
        f"""
        select w.place, l.contract_uid, l.period_start, l.period_months, max(l.number) as number,
            v.content::jsonb ->> 'employer_siret' as siret, v.content::jsonb ->> 'employer_name' as name
        from unnest($1::integer[], $2::uuid[], $3::date[], $4::smallint[]) w (place, contract_uid, period_start, period_months)
        join lines l using (contract_uid, period_start, period_months)
        join filings f on f.number = l.number
        join line_values v on (v.line_id, v.number, v.filing_revision) = (l.line_id, l.number, l.filing_revision)
        where l.rank > 0 and {_OF_GROUPS if groups else _OF_PERSONS} and f.declarant_id = ($7::uuid[])[w.place + 1]
            and l.number is distinct from ($8::text[])[w.place + 1]
            and not exists (select from unnest($5::integer[], $6::uuid[]) o (place, line_id) where o.place = w.place and o.line_id = v.line_id)
        group by w.place, l.contract_uid, l.period_start, l.period_months, siret, name
        """,  # noqa: S608  one of two constants
        *_columns(wanted), *_columns(own), [one.declarant for one in asked], [one.correcting for one in asked],
    )  # fmt: skip
    grains = {months: grain for grain, months in MONTHS.items()}
    found: dict[int, dict[Work, str]] = {}
    for row in rows:
        period = Period.model_construct(grain=grains[row["period_months"]], start=row["period_start"], end=row["period_start"])
        work = row["contract_uid"], row["siret"] or normalised(row["name"] or ""), str(period)
        found.setdefault(row["place"], {})[work] = row["number"]
    return found


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
