"""What each contract is, newest revision only; a withdrawn one stays as a row, so that a late older revision never revives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.postgres import Connection
from schemas.contracts import ContractDeclared
from services.indicators.rules.frameworks import is_framework

_RECORD: Final = """
    insert into contracts as c (contract_uid, revision, number, object, buyer_siret, buyer_kind, buyer_id, department, starts_on, ends_on,
        notified_on, mechanisms, hours_committed, programme, sector, cpv, amount, has_clause, commune, nature, duration_months, social, holders,
        facilitator_id, buyer_name, procured, criterion_weight, hours_all_workers, proximity_management, framework)
    select contract_uid, revision, number, object, buyer_siret, buyer_kind, buyer_id, department, starts_on, ends_on,
        notified_on, mechanisms, hours_committed, programme, sector, cpv, amount, has_clause, commune, nature, duration_months, social, holders,
        facilitator_id, buyer_name, procured, criterion_weight, hours_all_workers, proximity_management, framework
    from jsonb_to_recordset($1::jsonb) as r (contract_uid uuid, revision integer, number text, object text, buyer_siret text,
        buyer_kind text, buyer_id uuid, department text, starts_on date, ends_on date, notified_on date, mechanisms text[],
        hours_committed integer, programme text, sector text, cpv text, amount numeric, has_clause boolean,
        commune text, nature text, duration_months integer, social text[], holders text[], facilitator_id uuid,
        buyer_name text, procured boolean, criterion_weight numeric, hours_all_workers integer, proximity_management boolean,
        framework boolean)
    order by contract_uid
    on conflict (contract_uid) do update
    set revision = excluded.revision, withdrawn = false, number = excluded.number, object = excluded.object,
        buyer_siret = excluded.buyer_siret, buyer_kind = excluded.buyer_kind, buyer_id = excluded.buyer_id,
        department = excluded.department, starts_on = excluded.starts_on, ends_on = excluded.ends_on, notified_on = excluded.notified_on,
        mechanisms = excluded.mechanisms, hours_committed = excluded.hours_committed, programme = excluded.programme,
        sector = excluded.sector, cpv = excluded.cpv, amount = excluded.amount, has_clause = excluded.has_clause,
        commune = excluded.commune, nature = excluded.nature, duration_months = excluded.duration_months, social = excluded.social,
        holders = excluded.holders, facilitator_id = excluded.facilitator_id, buyer_name = excluded.buyer_name,
        procured = excluded.procured, criterion_weight = excluded.criterion_weight, hours_all_workers = excluded.hours_all_workers,
        proximity_management = excluded.proximity_management, framework = excluded.framework
    where excluded.revision > c.revision
    returning contract_uid
"""
_WITHDRAW: Final = """
    insert into contracts as c (contract_uid, revision, withdrawn)
    select contract_uid, revision, true from unnest($1::uuid[], $2::integer[]) as r (contract_uid, revision) order by contract_uid
    on conflict (contract_uid) do update set revision = excluded.revision, withdrawn = true where excluded.revision > c.revision
    returning contract_uid
"""
_CHANGED: Final = """
    insert into changes (topic, partition, batch_no, ids) values ('contracts', $1, $2, $3)
    on conflict (topic, partition, batch_no) do update set ids = changes.ids || excluded.ids
"""


async def record(connection: Connection, contracts: Sequence[ContractDeclared]) -> set[UUID]:
    """Keep these, one a uid. Returns the uids that changed."""
    rows = await connection.fetch(_RECORD, [_row(contract) for contract in contracts]) if contracts else []
    return {row["contract_uid"] for row in rows}


async def withdraw(connection: Connection, revisions: dict[UUID, int]) -> set[UUID]:
    """Mark these as withdrawn (also one that was never seen). Returns the uids that changed."""
    rows = await connection.fetch(_WITHDRAW, list(revisions), list(revisions.values())) if revisions else []
    return {row["contract_uid"] for row in rows}


async def forget(connection: Connection, uids: Sequence[UUID]) -> set[UUID]:
    """Drop these: their key left the topic for good. Returns the uids that were there."""
    rows = await connection.fetch("delete from contracts where contract_uid = any($1) returning contract_uid", uids) if uids else []
    return {row["contract_uid"] for row in rows}


async def changed(connection: Connection, partition: int, batch_no: int, uids: set[UUID]) -> None:
    """Tell the replicas which contracts this transaction changed."""
    await connection.execute(_CHANGED, partition, batch_no, sorted(uids))


def _row(contract: ContractDeclared) -> dict[str, object]:
    """The columns: the clause says what was committed, the procurement data what was bought; a missing part leaves null."""
    clause, procurement = contract.clause, contract.procurement
    return {
        **contract.model_dump(
            mode="json",
            include={
                "contract_uid",
                "revision",
                "number",
                "object",
                "buyer_siret",
                "buyer_kind",
                "buyer_id",
                "buyer_name",
                "department",
                "commune",
            },
        ),
        "starts_on": _iso(contract.starts_on or (clause and clause.starts_on)),
        "ends_on": _iso(contract.ends_on or (clause and clause.ends_on)),
        "notified_on": _iso(procurement and procurement.notified_on),
        "mechanisms": list(clause.mechanisms) if clause else [],
        "hours_committed": clause and clause.hours_committed,
        "programme": clause and clause.programme,
        "sector": clause and clause.sector,
        "cpv": procurement and procurement.cpv,
        "amount": procurement and procurement.amount,
        "has_clause": clause is not None,
        "nature": procurement and procurement.nature,
        "framework": is_framework(procurement) if procurement else None,
        "duration_months": procurement and procurement.duration_months,
        "social": list(procurement.social) if procurement else [],
        "holders": sorted({holder.siret for holder in procurement.holders if holder.siret}) if procurement else [],
        "facilitator_id": str(clause.facilitator_id) if clause and clause.facilitator_id else None,
        "procured": procurement is not None,
        "criterion_weight": clause and clause.criterion_weight,
        "hours_all_workers": clause and clause.hours_all_workers,
        "proximity_management": bool(clause and clause.proximity_management),
    }


def _iso(day: object) -> str | None:
    return str(day) if day else None
