"""What a declarant has declared already of the persons' months and the work that a filing names."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit.postgres import Connection
from schemas.identifiers import normalised
from schemas.periods import MONTHS, Period
from services.ingest.rules.beside import Beside, PersonMonth, Work, person_months
from services.ingest.rules.lines import LineValue


async def beside(connection: Connection, declarant: UUID, values: Sequence[LineValue], correcting: str | None = None) -> Beside:
    """The declarant's lines that stand, without those that this filing gives anew and without those of the filing that it corrects."""
    if not values:
        return Beside()
    own = [value.line_id for value in values]
    return Beside(
        await _months(connection, values, own, correcting),
        await _work(connection, declarant, values, own, correcting, groups=True),
        await _work(connection, declarant, values, own, correcting, groups=False),
    )


async def _months(
    connection: Connection, values: Sequence[LineValue], own: Sequence[UUID], correcting: str | None
) -> dict[PersonMonth, tuple[int, str]]:
    months = list(person_months(values))
    rows = await connection.fetch(
        """
        select v.person_local, v.period_start, sum(v.centihours)::bigint as centihours, max(v.number) as number
        from unnest($1::uuid[], $2::date[]) w (person, month)
        join line_values v on v.person_local = w.person and v.period_start = w.month and v.period_months = 1
        join lines l on (l.line_id, l.number, l.filing_revision) = (v.line_id, v.number, v.filing_revision)
        where v.number is distinct from $4 and not exists (select from unnest($3::uuid[]) o (line_id) where o.line_id = v.line_id)
        group by v.person_local, v.period_start
        """,
        [UUID(hex=person) for person, _ in months],
        [month for _, month in months],
        own,
        correcting,
    )
    return {(row["person_local"].hex, row["period_start"]): (row["centihours"], row["number"]) for row in rows}


async def _work(
    connection: Connection, declarant: UUID, values: Sequence[LineValue], own: Sequence[UUID], correcting: str | None, *, groups: bool
) -> dict[Work, str]:
    """Where the filing has persons, the groups that stand beside them; where it has groups, the persons."""
    asked = {
        (value.contract_uid, value.period.start, MONTHS[value.period.grain])
        for value in values
        if (value.person is not None if groups else value.group is not None)
    }
    if not asked:
        return {}
    rows = await connection.fetch(
        """
        select l.contract_uid, l.period_start, l.period_months, max(l.number) as number,
            v.content::jsonb ->> 'employer_siret' as siret, v.content::jsonb ->> 'employer_name' as name
        from unnest($1::uuid[], $2::date[], $3::smallint[]) w (contract_uid, period_start, period_months)
        join lines l using (contract_uid, period_start, period_months)
        join line_values v on (v.line_id, v.number, v.filing_revision) = (l.line_id, l.number, l.filing_revision)
        join filings f on f.number = l.number
        where l.rank > 0 and f.declarant_id = $4 and l.number is distinct from $6
            and case when $7 then v.content like '%"group":{%' else v.person_local is not null end
            and not exists (select from unnest($5::uuid[]) o (line_id) where o.line_id = v.line_id)
        group by l.contract_uid, l.period_start, l.period_months, siret, name
        """,
        [uid for uid, *_ in asked], [start for _, start, _ in asked], [months for *_, months in asked], declarant, own, correcting, groups,
    )  # fmt: skip
    grains = {months: grain for grain, months in MONTHS.items()}
    return {
        (
            row["contract_uid"],
            row["siret"] or normalised(row["name"] or ""),
            str(Period.model_construct(grain=grains[row["period_months"]], start=row["period_start"], end=row["period_start"])),
        ): row["number"]
        for row in rows
    }
