"""What the replica keeps of a line and of a contract: the tables, and the PostgreSQL questions whose answers fill them.

Pseudonyms stay in PostgreSQL: the replica only counts distinct persons and employers, so it keeps 128-bit hashes of them.
"""

from __future__ import annotations

from typing import Final

from schemas.vocabulary.places import DEPARTMENTS

FACTS: Final = {
    "line_id": "uuid",
    "live": "boolean",
    "contract_uid": "uuid",
    "declarant_id": "uuid",
    "employer": "varchar",
    "period_start": "date",
    "period_months": "tinyint",
    "department": "varchar",
    "centihours": "bigint",
    "modality": "varchar",
    "work_contract": "varchar",
    "sex": "varchar",
    "qpv": "boolean",
    "public": "varchar",
    "education": "varchar",
    "unemployment": "varchar",
    "prescriber": "varchar",
    "who": "varchar",
    "joinable": "boolean",
    "group_persons": "integer",
    "commune": "varchar",
    "residence": "varchar",
    "age": "varchar",
    "work_duration": "varchar",
    "work_starts": "date",
    "training": "bigint",
    "left_for": "varchar",
}
"""Columns of an incoming line, in the order of the CSV that PostgreSQL writes."""

CONTRACTS: Final = {
    "contract_uid": "uuid",
    "live": "boolean",
    "buyer_id": "uuid",
    "buyer_kind": "varchar",
    "department": "varchar",
    "ends_on": "date",
    "notified_on": "date",
    "mechanism": "varchar",
    "hours_committed": "integer",
    "programme": "varchar",
    "sector": "varchar",
    "starts_on": "date",
    "commune": "varchar",
    "contract_kind": "varchar",
    "contract_duration": "varchar",
    "framework": "varchar",
    "buyer": "varchar",
    "facilitator_id": "uuid",
    "holders": "varchar",
    "amount": "bigint",
    "clause": "boolean",
    "procured": "boolean",
    "social": "boolean",
    "reserved": "boolean",
    "internship": "boolean",
    "criterion": "boolean",
    "criterion_weight": "integer",
    "hours_all_workers": "integer",
    "management": "boolean",
}
"""`amount` in cents, `criterion_weight` in hundredths of a percent, `holders` as SIRENs joined by « | »."""

NOTHING: Final = {"contract_uid": "uuid", "live": "boolean", "period_start": "date", "period_months": "tinyint"}
PARAMETERS: Final = {"name": "varchar", "live": "boolean", "valid_from": "date", "value": "decimal(18,4)", "source": "varchar"}

_REGION: Final = ", ".join(f"'{code}'" for code in DEPARTMENTS)


def _commune(column: str) -> str:
    """A commune of the region as it is; HORS for another, NC for none."""
    return f"case when {column} is null then 'NC' when left({column}, 2) in ({_REGION}) then {column} else 'HORS' end"


# Age on the first day of the work contract, by year and month of birth (a year alone: January); without the day, that of the period.
_MONTHS_OLD: Final = """
    (extract(year from coalesce(f.work_starts, f.period_start)) * 12 + extract(month from coalesce(f.work_starts, f.period_start))
        - left(f.birth, 4)::integer * 12 - coalesce(nullif(substr(f.birth, 6, 2), '')::integer, 1))
"""
_AGE: Final = f"""
    case when f.birth is null or f.birth !~ '^[0-9]{{4}}(-[0-9]{{2}})?$' then 'NC' else
        case when {_MONTHS_OLD} < 18 * 12 then '16_17' when {_MONTHS_OLD} < 26 * 12 then '18_25' when {_MONTHS_OLD} < 30 * 12 then '26_29'
            when {_MONTHS_OLD} < 41 * 12 then '30_40' when {_MONTHS_OLD} < 50 * 12 then '41_49' when {_MONTHS_OLD} < 51 * 12 then '50'
            when {_MONTHS_OLD} < 55 * 12 then '51_54' else '55_PLUS' end
    end
"""


def _whole_months(start: str, end: str) -> str:
    return f"(extract(year from age({end} + 1, {start})) * 12 + extract(month from age({end} + 1, {start})))"


_WORK_MONTHS: Final = _whole_months("f.work_starts", "f.work_ends")
_WORK_DURATION: Final = f"""
    case when f.work_starts is null then 'NC' when f.work_ends is null then 'OPEN'
        when {_WORK_MONTHS} < 1 then 'LT_1' when {_WORK_MONTHS} <= 3 then '1_3' when {_WORK_MONTHS} <= 6 then '4_6' else 'GT_6' end
"""

# The sender hands the ids over as given, so that a row which is gone altogether still arrives (live = false) and is removed here.
_FACT: Final = f"""
    f.live, f.contract_uid, f.declarant_id, f.employer, f.period_start, f.period_months, f.department, f.centihours,
    coalesce(f.modality, 'NC'), coalesce(f.work_contract, 'NC'), coalesce(f.sex, 'NC'), f.qpv, coalesce(f.public, 'NC'),
    coalesce(f.education, 'NC'), coalesce(f.unemployment, 'NC'), coalesce(f.prescriber, 'NC'),
    coalesce('P' || f.person, 'L' || f.person_local), f.person is not null, f.group_persons,
    {_commune("f.commune")}, {_commune("f.residence")}, {_AGE}, {_WORK_DURATION}, f.work_starts, f.training, f.left_for
"""
ALL_FACTS: Final = f"select f.line_id, {_FACT} from facts f where f.live order by f.period_start"  # noqa: S608  no outside value
"""By time: a question about a year passes over the blocks of the others."""
SOME_FACTS: Final = f"select i.line_id, {_FACT} from unnest($1::uuid[]) as i(line_id) left join facts f using (line_id)"  # noqa: S608

_CONTRACT_MONTHS: Final = f"coalesce(c.duration_months, {_whole_months('c.starts_on', 'c.ends_on')})"
# One mechanism a contract, so that its hours are in one place only; "14 + 53" has a code of its own (domain 1.1).
_CONTRACT: Final = f"""
    not c.withdrawn, c.buyer_id, coalesce(c.buyer_kind, 'NC'), c.department, c.ends_on, coalesce(c.notified_on, c.starts_on),
    case when cardinality(c.mechanisms) = 1 then c.mechanisms[1]
         when c.mechanisms @> '{{CONDITION_EXECUTION,CRITERE_ATTRIBUTION}}' and cardinality(c.mechanisms) = 2 then 'EXECUTION_ET_CRITERE'
         when cardinality(c.mechanisms) > 1 then 'PLUSIEURS' else 'NC' end,
    c.hours_committed, coalesce(c.programme, 'NC'), coalesce(c.sector, 'NC'), coalesce(c.starts_on, c.notified_on), {_commune("c.commune")},
    case when c.cpv !~ '^[0-9]{{2}}' or c.cpv is null then 'NC' when left(c.cpv, 2) = '45' then 'TRAVAUX'
         when left(c.cpv, 2) < '45' or left(c.cpv, 2) = '48' then 'FOURNITURES' else 'SERVICES' end,
    case when {_CONTRACT_MONTHS} is null then 'NC' when {_CONTRACT_MONTHS} <= 12 then 'LE_12' when {_CONTRACT_MONTHS} <= 24 then '13_24'
         when {_CONTRACT_MONTHS} <= 48 then '25_48' else 'GT_48' end,
    coalesce(c.framework::text, 'NC'),
    left(c.buyer_siret, 9), c.facilitator_id, (select string_agg(distinct left(h, 9), '|') from unnest(c.holders) as h),
    case when c.amount between 0 and 1e13 then round(c.amount * 100)::bigint end, c.has_clause, c.procured,
    c.social && '{{Clause sociale,Critère social,Marché réservé,Concession réservée}}',
    c.mechanisms && '{{RESERVE_HANDICAP,RESERVE_IAE,RESERVE_MIXTE,RESERVE_PENITENTIAIRE,RESERVE_ESS,CONCESSION_RESERVEE}}',
    c.mechanisms && '{{CLAUSE_STAGE}}', c.mechanisms && '{{CRITERE_ATTRIBUTION,EXECUTION_ET_CRITERE}}',
    round(c.criterion_weight * 100)::integer, c.hours_all_workers, c.proximity_management
"""  # noqa: S608  no outside value
ALL_CONTRACTS: Final = f"select c.contract_uid, {_CONTRACT} from contracts c where not c.withdrawn"  # noqa: S608
SOME_CONTRACTS: Final = (
    f"select i.contract_uid, {_CONTRACT} from unnest($1::uuid[]) as i(contract_uid) left join contracts c using (contract_uid)"  # noqa: S608
)
ALL_NOTHING: Final = "select distinct contract_uid, true, period_start, period_months from nothing_declared"
ALL_PARAMETERS: Final = "select name, true, valid_from, value, source from parameters"

HASHED: Final = ("employer", "who")
SAID: Final = ("sex", "age", "residence", "public", "education", "qpv", "prescriber", "modality", "work_contract")
"""What a good line says of a person and of the work contract (I33)."""
_DERIVED: Final = {
    "period_months": ("period_end", "date", "(period_start + to_months(period_months))::date"),
    "period_start": ("month", "varchar", "strftime(period_start, '%Y-%m')"),
    "department": ("regional", "boolean", f"coalesce(department in ({_REGION}), false)"),
    "who": (
        "unknown",
        "utinyint",
        " + ".join(f"({column} = 'NC')::utinyint" for column in SAID if column != "qpv") + " + (qpv is null)::utinyint",
    ),
}
"""By the column that a table must have: what nearly every question would work out again for each of its rows. `period_end` is exclusive;
`unknown` is how many of `SAID` nobody knows."""


def worked_out(column: str) -> str:
    """The expression over incoming rows that gives a kept column: its own, or the column as it came."""
    return {derived: expression for derived, _, expression in _DERIVED.values()}.get(column, column)


def table(name: str, columns: dict[str, str]) -> str:
    """The replica's table: like the incoming rows, without `live` (only live rows are kept), with names hashed and what is derived."""
    kept = [f"{column} {'uuid' if column in HASHED else kind}" for column, kind in columns.items() if column != "live"]
    derived = [f"{column} {kind}" for needed, (column, kind, _) in _DERIVED.items() if needed in columns]
    return f"create table {name} ({', '.join(kept + derived)})"


def kept(columns: dict[str, str]) -> str:
    """The select list that turns incoming rows into kept ones."""
    given = [f"md5({column})::uuid" if column in HASHED else column for column in columns if column != "live"]
    return ", ".join(given + [worked_out for needed, (_, _, worked_out) in _DERIVED.items() if needed in columns])


def incoming(path: str, columns: dict[str, str]) -> str:
    """A relation over the CSV at this path. Nothing is guessed: NULL is an empty field, an empty text is quoted."""
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    return (
        f"read_csv('{path}', header=false, auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, "
        f"parallel=false, columns={{{types}}})"
    )
