"""What the replica keeps of a line and of a contract: the tables, and the PostgreSQL questions whose answers fill them.

Pseudonyms stay in PostgreSQL: the replica only counts distinct persons and employers, so it keeps 128-bit hashes of them.
"""

from __future__ import annotations

from typing import Final

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
}

# The sender hands the ids over as given, so that a row which is gone altogether still arrives (live = false) and is removed here.
_FACT: Final = """
    f.live, f.contract_uid, f.declarant_id, f.employer, f.period_start, f.period_months, f.department, f.centihours,
    coalesce(f.modality, 'NC'), coalesce(f.work_contract, 'NC'), coalesce(f.sex, 'NC'), f.qpv, coalesce(f.public, 'NC'),
    coalesce(f.education, 'NC'), coalesce(f.unemployment, 'NC'), coalesce(f.prescriber, 'NC'),
    coalesce('P' || f.person, 'L' || f.person_local), f.person is not null, f.group_persons
"""
ALL_FACTS: Final = f"select f.line_id, {_FACT} from facts f where f.live"  # noqa: S608  no outside value
SOME_FACTS: Final = f"select i.line_id, {_FACT} from unnest($1::uuid[]) as i(line_id) left join facts f using (line_id)"  # noqa: S608

# One mechanism a contract, so that its hours are in one place only; "14 + 53" has a code of its own (domain 1.1).
_CONTRACT: Final = """
    c.has_clause and not c.withdrawn, c.buyer_id, coalesce(c.buyer_kind, 'NC'), c.department, c.ends_on,
    coalesce(c.notified_on, c.starts_on),
    case when cardinality(c.mechanisms) = 1 then c.mechanisms[1]
         when c.mechanisms @> '{CONDITION_EXECUTION,CRITERE_ATTRIBUTION}' and cardinality(c.mechanisms) = 2 then 'EXECUTION_ET_CRITERE'
         when cardinality(c.mechanisms) > 1 then 'PLUSIEURS' else 'NC' end,
    c.hours_committed, coalesce(c.programme, 'NC'), coalesce(c.sector, 'NC')
"""
ALL_CONTRACTS: Final = f"select c.contract_uid, {_CONTRACT} from contracts c where c.has_clause and not c.withdrawn"  # noqa: S608
SOME_CONTRACTS: Final = (
    f"select i.contract_uid, {_CONTRACT} from unnest($1::uuid[]) as i(contract_uid) left join contracts c using (contract_uid)"  # noqa: S608
)

HASHED: Final = ("employer", "who")


def table(name: str, columns: dict[str, str]) -> str:
    """The replica's table: like the incoming rows, without `live` (only live rows are kept) and with names hashed."""
    kept = ", ".join(f"{column} {'uuid' if column in HASHED else kind}" for column, kind in columns.items() if column != "live")
    return f"create table {name} ({kept})"


def kept(columns: dict[str, str]) -> str:
    """The select list that turns incoming rows into kept ones."""
    return ", ".join(f"md5({column})::uuid" if column in HASHED else column for column in columns if column != "live")


def incoming(path: str, columns: dict[str, str]) -> str:
    """A relation over the CSV at this path. Nothing is guessed: NULL is an empty field, an empty text is quoted."""
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    return (
        f"read_csv('{path}', header=false, auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, "
        f"parallel=false, columns={{{types}}})"
    )
