"""Records contracts: one row each under a surrogate uid, found by the names its buyer gives it; announces what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from kit import outbox
from kit.postgres import Connection
from schemas.identifiers import normalised, uuid7
from services.ingest.parts import Contract, Declared, Imported, with_buyer, with_declared, with_imported
from services.ingest.store.periods import Raced
from services.ingest.store.places import Place, move_lines

Outcome = Literal["new", "changed", "same"]
NUMBER: Final = "number"
DECP: Final = "decp"


@dataclass(frozen=True)
class Entry:
    """One contract as one part says it. Exactly one part; `in_region` says that the buyer is in region 11 (the place speaks for itself)."""

    buyer_siret: str
    part: Imported | Declared
    in_region: bool
    buyer_id: UUID | None = None

    @cached_property
    def aliases(self) -> list[tuple[str, str, str]]:
        """The names by which the contract is found, the surest first."""
        found = []
        if isinstance(self.part, Imported):
            found.append((self.buyer_siret, DECP, self.part.procurement.decp_id))
        if self.part.number:
            found.append((self.buyer_siret, NUMBER, normalised(self.part.number)))
        return found


@dataclass(frozen=True)
class Recorded:
    contract: Contract
    outcome: Outcome


async def record(connection: Connection, entries: Sequence[Entry], *, by: str, at: datetime) -> list[Recorded]:
    """Record many contracts at once, one outcome an entry, in their order. Entries must not name one contract twice.

    Changed contracts are announced on `contracts`; where the place changed, their lines are announced again in the same transaction.
    """
    known = await _lock_known(connection, entries)
    places = {contract.uid: contract.says("department") for contract in known.values()}
    recorded = [_apply(entry, known) for entry in entries]
    changed = [r.contract for r in recorded if r.outcome != "same"]
    await _write(connection, changed, at)
    await _write_aliases(connection, entries, recorded)
    await _say(connection, changed, by, at)
    await move_lines(connection, _moved(places, changed), at)
    return recorded


async def declare_clause(connection: Connection, uid: UUID, said: Declared, *, by: str, at: datetime) -> Contract:
    """Add what a declarant says of a contract that is recorded already. Raises LookupError for one that is not."""
    row = await connection.fetchrow(
        """
        select uid, revision, buyer_siret, buyer_id, imported::text, declared::text, in_region
        from contracts where uid = $1 for no key update
        """,
        uid,
    )
    if row is None:
        raise LookupError(uid)
    before = contract_of(row)
    after = with_declared(before, said)
    if after is not before:
        await _write(connection, [after], at)
        await _say(connection, [after], by, at)
        await move_lines(connection, _moved({uid: before.says("department")}, [after]), at)
    return after


async def link_buyer(connection: Connection, siret: str, buyer_id: UUID, at: datetime) -> None:
    """Contracts of a buyer that the directory has just come to know say who it is there."""
    rows = await connection.fetch(
        """
        select uid, revision, buyer_siret, buyer_id, imported::text, declared::text, in_region
        from contracts where buyer_siret = $1 and buyer_id is distinct from $2 order by uid for no key update
        """,
        siret,
        buyer_id,
    )
    linked = [with_buyer(contract_of(row), buyer_id) for row in rows]
    await _write(connection, linked, at)
    await _say(connection, linked, "directory", at)


async def _say(connection: Connection, changed: Sequence[Contract], by: str, at: datetime) -> None:
    await _write_history(connection, changed, by, at)
    await outbox.add_many(connection, [contract.message() for contract in changed if contract.announced])


def _apply(entry: Entry, known: dict[tuple[str, str, str], Contract]) -> Recorded:
    named = [alias for alias in entry.aliases if alias in known and _may_be(entry, known[alias])]
    found = known[named[0]] if named else None
    before = found or Contract(uuid7(), 0, entry.buyer_siret, entry.buyer_id, in_region=entry.in_region)
    after = with_imported(before, entry.part) if isinstance(entry.part, Imported) else with_declared(before, entry.part)
    known.update(dict.fromkeys(named, after))
    if found is None:
        return Recorded(after, "new")
    return Recorded(after, "same" if after is before else "changed")


def _may_be(entry: Entry, contract: Contract) -> bool:
    """Two ids of the procurement data are two contracts, however alike they are written."""
    said = contract.procurement
    return not isinstance(entry.part, Imported) or said is None or said.decp_id == entry.part.procurement.decp_id


def _moved(before: Mapping[UUID, Any], changed: Sequence[Contract]) -> list[Place]:
    return [
        Place(contract.uid, before[contract.uid], contract.says("department"))
        for contract in changed
        if before.get(contract.uid) not in {None, contract.says("department")} and contract.says("department")
    ]


def contract_of(row: asyncpg.Record) -> Contract:
    return Contract(
        uid=row["uid"],
        revision=row["revision"],
        buyer_siret=row["buyer_siret"],
        buyer_id=row["buyer_id"],
        imported=Imported.model_validate_json(row["imported"]) if row["imported"] else None,
        declared=Declared.model_validate_json(row["declared"]) if row["declared"] else None,
        in_region=row["in_region"],
    )


async def one(connection: Connection, uid: UUID) -> Contract | None:
    row = await connection.fetchrow(
        "select uid, revision, buyer_siret, buyer_id, imported::text, declared::text, in_region from contracts where uid = $1", uid
    )
    return contract_of(row) if row else None


async def _lock_known(connection: Connection, entries: Sequence[Entry]) -> dict[tuple[str, str, str], Contract]:
    """The contracts that the entries name, by each name, locked in the order of their uid."""
    names = [alias for entry in entries for alias in entry.aliases]
    rows = await connection.fetch(
        """
        select a.buyer_siret, a.kind, a.alias, a.contract_uid from contract_aliases a
        join unnest($1::text[], $2::text[], $3::text[]) n (buyer_siret, kind, alias) using (buyer_siret, kind, alias)
        """,
        [name[0] for name in names],
        [name[1] for name in names],
        [name[2] for name in names],
    )
    found = await connection.fetch(
        """
        select uid, revision, buyer_siret, buyer_id, imported::text, declared::text, in_region
        from contracts where uid = any($1::uuid[]) order by uid for no key update
        """,
        list({row["contract_uid"] for row in rows}),
    )
    contracts = {row["uid"]: contract_of(row) for row in found}
    return {(row["buyer_siret"], row["kind"], row["alias"]): contracts[row["contract_uid"]] for row in rows}


async def _write(connection: Connection, contracts: Sequence[Contract], at: datetime) -> None:
    if not contracts:
        return
    await connection.execute(
        """
        insert into contracts (uid, revision, number, object, buyer_siret, buyer_name, buyer_kind, buyer_id, department, commune,
            starts_on, ends_on, notified_on, hours_committed, facilitator_id, holder_sirets, imported, declared, in_region, words,
            recorded_at, changed_at)
        select uid, revision, number, object, buyer_siret, buyer_name, buyer_kind, buyer_id, department, commune, starts_on,
            ends_on, notified_on, hours_committed, facilitator_id, holder_sirets, imported, declared, in_region, words, $2, $2
        from jsonb_to_recordset($1::text::jsonb) n (uid uuid, revision integer, number text, object text, buyer_siret text,
            buyer_name text, buyer_kind text, buyer_id uuid, department text, commune text, starts_on date, ends_on date, notified_on date,
            hours_committed integer, facilitator_id uuid, holder_sirets text[], imported jsonb, declared jsonb, in_region boolean, words text)
        order by uid
        on conflict (uid) do update set revision = excluded.revision, number = excluded.number, object = excluded.object,
            buyer_name = excluded.buyer_name, buyer_kind = excluded.buyer_kind, buyer_id = excluded.buyer_id,
            department = excluded.department, commune = excluded.commune, starts_on = excluded.starts_on, ends_on = excluded.ends_on,
            notified_on = excluded.notified_on, hours_committed = excluded.hours_committed, facilitator_id = excluded.facilitator_id,
            holder_sirets = excluded.holder_sirets, imported = excluded.imported, declared = excluded.declared,
            in_region = excluded.in_region, words = excluded.words, changed_at = excluded.changed_at
        """,
        json.dumps([_row_of(contract) for contract in contracts], default=str),
        at,
    )


def _row_of(contract: Contract) -> dict[str, Any]:
    clause, procurement = contract.clause, contract.procurement
    return {
        "uid": contract.uid,
        "revision": contract.revision,
        "number": contract.number,
        "object": contract.says("object") or "",
        "buyer_siret": contract.buyer_siret,
        "buyer_name": contract.says("buyer_name"),
        "buyer_kind": contract.says("buyer_kind"),
        "buyer_id": contract.buyer_id,
        "department": contract.says("department"),
        "commune": contract.says("commune"),
        "starts_on": contract.starts_on,
        "ends_on": contract.ends_on,
        "notified_on": procurement.notified_on if procurement else None,
        "hours_committed": clause.hours_committed if clause else None,
        "facilitator_id": clause.facilitator_id if clause else None,
        "holder_sirets": contract.holder_sirets,
        "imported": contract.imported.model_dump(mode="json") if contract.imported else None,
        "declared": contract.declared.model_dump(mode="json") if contract.declared else None,
        "in_region": contract.in_region,
        "words": contract.words,
    }


async def _write_aliases(connection: Connection, entries: Sequence[Entry], recorded: Sequence[Recorded]) -> None:
    """A name once given stays with its contract; a name that another transaction has just taken makes this one start again."""
    rows = [(*alias, r.contract.uid) for entry, r in zip(entries, recorded, strict=True) if r.outcome != "same" for alias in entry.aliases]
    await connection.executemany(
        "insert into contract_aliases (buyer_siret, kind, alias, contract_uid) values ($1, $2, $3, $4) on conflict do nothing", rows
    )
    new = [(*entry.aliases[0], r.contract.uid) for entry, r in zip(entries, recorded, strict=True) if r.outcome == "new"]
    if not new:
        return
    mine = await connection.fetchval(
        """
        select count(*) from contract_aliases
        join unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) n (buyer_siret, kind, alias, contract_uid)
            using (buyer_siret, kind, alias, contract_uid)
        """,
        *([row[i] for row in new] for i in range(4)),
    )
    if mine != len(new):
        raise Raced("another transaction named the same contract")


async def _write_history(connection: Connection, contracts: Sequence[Contract], by: str, at: datetime) -> None:
    await connection.executemany(
        """
        insert into contract_revisions (contract_uid, revision, at, changed_by, imported, declared, department)
        values ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7)
        """,
        [
            (
                contract.uid, contract.revision, at, by,
                contract.imported.model_dump_json() if contract.imported else None,
                contract.declared.model_dump_json() if contract.declared else None, contract.says("department"),
            )
            for contract in contracts
        ],
    )  # fmt: skip
