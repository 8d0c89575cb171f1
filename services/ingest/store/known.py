"""The contracts that a filing names, as the validator needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from schemas.identifiers import normalised
from services.ingest.corrections import Rank
from services.ingest.rules.cumulated import holder_of
from services.ingest.rules.lines import KnownContract
from services.ingest.sources import Declarant, Parties, rank_of

LONGEST = 64
_SHORTEST_UID = 32
"""Digits of a UUID: most numbers of contracts have fewer characters, and to fail costs more than to read one."""


@dataclass(frozen=True)
class NamedContracts:
    """The contracts found, by uid and by each of their names."""

    by_uid: Mapping[UUID, KnownContract]
    by_alias: Mapping[str, frozenset[UUID]]

    def of(self, name: str) -> KnownContract | None:
        """The contract that this name means; None when no contract or several bear it."""
        uid = _uid(name.strip())
        if uid is not None and uid in self.by_uid:
            return self.by_uid[uid]
        named = self.by_alias.get(name.strip(), frozenset()) | self.by_alias.get(normalised(name), frozenset())
        return self.by_uid[next(iter(named))] if len(named) == 1 else None

    @property
    def own_number(self) -> str | None:
        """The number of one that the declarant may declare for; None where none of them is."""
        return min((contract.number for contract in self.by_uid.values() if contract.declarable and contract.number), default=None)

    @property
    def places(self) -> dict[UUID, str | None]:
        return {uid: contract.department for uid, contract in self.by_uid.items()}


async def contracts_named(connection: Connection, declarant: Declarant, names: Iterable[str]) -> NamedContracts:
    """Look all names up at once: a contract's uid, or a number under which its buyer knows it.

    A number is looked for among the contracts that the declarant may declare for; one that several of them bear names none. A uid of
    somebody else's contract is found and marked as not declarable.
    """
    [found] = await contracts_named_by_many(connection, [(declarant, names)])
    return found


async def contracts_named_by_many(connection: Connection, wanted: Sequence[tuple[Declarant, Iterable[str]]]) -> list[NamedContracts]:
    """The same for several filings in one question, each from its own declarant's sight."""
    short = [(declarant, {name.strip() for name in names if len(name) <= LONGEST}) for declarant, names in wanted]
    every = {name for _, names in short for name in names}
    rows = await connection.fetch(
        """
        select c.uid, c.number, c.department, c.starts_on, c.ends_on, c.notified_on, c.buyer_siret, c.buyer_id, c.facilitator_id,
            c.holder_sirets, c.hours_committed, (c.imported #>> '{procurement,amount}')::numeric as amount,
            coalesce(array_agg(a.alias) filter (where a.alias is not null), '{}') as aliases
        from contracts c left join contract_aliases a on a.contract_uid = c.uid
        where c.uid in (
            select unnest($1::uuid[]) union select contract_uid from contract_aliases where alias = any($2::text[])
        )
        group by c.uid
        """,
        [uid for name in every if (uid := _uid(name))],
        [*every, *(normalised(name) for name in every)],
    )
    bearing: dict[object, list[asyncpg.Record]] = {}
    for row in rows:
        for name in (row["uid"], *row["aliases"]):
            bearing.setdefault(name, []).append(row)
    seen: dict[tuple[Declarant, UUID], KnownContract] = {}
    return [_seen_by(declarant, names, bearing, seen) for declarant, names in short]


def _seen_by(
    declarant: Declarant,
    names: Iterable[str],
    bearing: Mapping[object, Sequence[asyncpg.Record]],
    seen: dict[tuple[Declarant, UUID], KnownContract],
) -> NamedContracts:
    """`seen` are contracts as declarants of earlier filings saw them."""
    rows = {row["uid"]: row for name in names for key in (_uid(name), name, normalised(name)) for row in bearing.get(key, ())}
    by_uid = {}
    for uid, row in rows.items():
        known = seen.get((declarant, uid))
        by_uid[uid] = known or seen.setdefault((declarant, uid), _known(row, declarant))
    by_alias: dict[str, set[UUID]] = {}
    for uid, row in rows.items():
        if by_uid[uid].declarable:
            for alias in row["aliases"]:
                by_alias.setdefault(alias, set()).add(uid)
    return NamedContracts(by_uid, {alias: frozenset(named) for alias, named in by_alias.items()})


async def parties_of(connection: Connection, uid: UUID) -> Parties | None:
    """Who has to do with a contract; None for one that is not recorded."""
    row = await connection.fetchrow(
        "select uid, department, buyer_siret, buyer_id, facilitator_id, holder_sirets from contracts where uid = $1", uid
    )
    return Parties(**{**row, "holder_sirets": frozenset(row["holder_sirets"])}) if row else None


async def declared_before(
    connection: Connection, declarant: UUID, contracts: Sequence[UUID]
) -> dict[tuple[UUID, str], list[tuple[date, int]]]:
    """The present values of a declarant's lines on these contracts: (contract, whose cumul they are) → first day of the period and
    centi-hours. What a cumul is compared with."""
    rows = await connection.fetch(
        """
        select v.contract_uid, v.period_start, v.centihours,
            v.content::jsonb #>> '{person,local}' as person, coalesce(v.content::jsonb #>> '{group,label}', '') as group_name,
            v.content::jsonb ->> 'employer_siret' as siret, coalesce(v.content::jsonb ->> 'employer_name', '') as employer
        from lines l join line_values v using (number, filing_revision, line_id) join filings f on f.number = l.number
        where l.contract_uid = any($1::uuid[]) and f.declarant_id = $2
        """,
        contracts,
        declarant,
    )
    found: dict[tuple[UUID, str], list[tuple[date, int]]] = {}
    for row in rows:
        employer = row["siret"] or normalised(row["employer"])
        who = holder_of(row["person"] or row["group_name"], employer, person=row["person"] is not None)
        found.setdefault((row["contract_uid"], who), []).append((row["period_start"], row["centihours"]))
    return found


def _known(row: asyncpg.Record, declarant: Declarant) -> KnownContract:
    parties = Parties(
        uid=row["uid"],
        department=row["department"],
        buyer_siret=row["buyer_siret"],
        buyer_id=row["buyer_id"],
        facilitator_id=row["facilitator_id"],
        holder_sirets=frozenset(row["holder_sirets"]),
    )
    return KnownContract(
        uid=row["uid"],
        number=row["number"],
        department=row["department"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        notified_on=row["notified_on"],
        declarable=rank_of(declarant, parties) is not Rank.NONE,
        hours_committed=row["hours_committed"],
        amount=row["amount"],
    )


def _uid(name: str) -> UUID | None:
    if len(name) < _SHORTEST_UID:
        return None
    try:
        return UUID(name)
    except ValueError:
        return None
