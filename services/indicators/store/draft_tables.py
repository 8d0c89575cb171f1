"""The tables of a draft: a whole release that only the team and the coordinations see, until it is published. Its attacker needs the solver."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from kit.postgres import Connection
from services.indicators.release import memory
from services.indicators.release.export import Told, by_rule, committed
from services.indicators.release.publish import Prepared
from services.indicators.release.store import COLUMNS, Published, Written, parameters_of, rules_in_force, write_shares

_PATIENCE_S: Final = 120
KEPT: Final = 2
"""Of an edition's drafts the tables of so many are kept: the newest, and the one before to compare it with."""


@dataclass(frozen=True)
class Found:
    """What was found in a draft besides its tables: `sheets` and `coverage` by department."""

    after: str | None
    coverage: Mapping[str, Decimal | None]
    hidden_totals: Sequence[str]
    sheets: Mapping[str, str]


async def write(connection: Connection, edition: str, draft: int, made: Prepared, found: Found, at: datetime, *, fictional: bool) -> None:
    """Keep a draft whole, in the caller's transaction."""
    await connection.execute(f"set local statement_timeout = '{_PATIENCE_S}s'")
    release, name = made.release, made.number
    hidden = sum(row[6] == "secret" for row in made.rows)
    await connection.execute(
        """
        insert into edition_drafts (release, edition, draft, composed_at, figures_until, cells, hidden, periods, positions, not_ready, attacked,
            seconds, after, coverage, hidden_totals, sheets, rules, fictional, knowledge)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        """,
        name, edition, draft, at, release.figures_until, len(made.rows), hidden, list(release.periods), made.positions,
        list(release.not_ready), made.attacked, dict(made.seconds), found.after,
        {code: None if share is None else f"{share:f}" for code, share in found.coverage.items()}, list(found.hidden_totals),
        dict(found.sheets), rules_in_force(release.parameters), fictional, made.knowledge,
    )  # fmt: skip
    records = ((name, *row) for row in made.rows)
    await connection.copy_records_to_table("draft_cells", records=records, columns=COLUMNS, timeout=_PATIENCE_S)
    await write_shares(connection, "draft_shares", name, release)
    packed = [(name, year, of, memory.pack(past)) for (year, of), past in sorted(release.memory.items())]
    await connection.copy_records_to_table("draft_memory", records=packed, columns=("release", "year", "measure", "packed"))
    atoms = [(name, year, body) for year, body in sorted(release.atoms.items())]
    await connection.copy_records_to_table("draft_atoms", records=atoms, columns=("release", "year", "packed"))
    await _forget_older(connection, edition, draft)


async def _forget_older(connection: Connection, edition: str, draft: int) -> None:
    """Of older drafts what was found stays, and only the newest can be published."""
    old = "release in (select release from edition_drafts where edition = $1 and draft <= $2)"
    await connection.execute(f"delete from draft_cells where {old}", edition, draft - KEPT)  # noqa: S608  a constant
    await connection.execute(f"delete from draft_memory where {old}", edition, draft - 1)  # noqa: S608
    await connection.execute(f"delete from draft_atoms where {old}", edition, draft - 1)  # noqa: S608
    await connection.execute("update edition_drafts set knowledge = '' where edition = $1 and draft < $2", edition, draft)


async def told(connection: Connection, release: str) -> tuple[Told, bytes]:
    """What the attacker reads of a draft, and what it knows besides."""
    head = await connection.fetchrow("select figures_until, rules, knowledge from edition_drafts where release = $1", release)
    if head is None:
        raise LookupError(release)
    cells = await connection.fetch(f"select {', '.join(COLUMNS[1:])} from draft_cells where release = $1", release, timeout=_PATIENCE_S)  # noqa: S608
    held = await _held(connection, release, head["figures_until"])
    rows = [tuple(cell) for cell in cells]
    return Told(release, head["figures_until"], rows, parameters_of(head["rules"]), committed(held), *by_rule(held)), head["knowledge"]


async def publish(connection: Connection, draft: str, number: str, edition: str, at: datetime) -> Published:
    """The draft becomes the release `number`, to the letter; its own copy goes. In the caller's transaction."""
    await connection.execute(f"set local statement_timeout = '{_PATIENCE_S}s'")
    row = await connection.fetchrow(
        """
        insert into published_releases
            (release, published_at, figures_until, cells, hidden, periods, positions, rules, fictional, not_ready, edition)
        select $2, $4, d.figures_until, d.cells, d.hidden, d.periods, d.positions, d.rules, d.fictional, d.not_ready, e.ordinal
        from edition_drafts d join editions e using (edition) where d.release = $1 and e.edition = $3
        returning figures_until, cells, hidden, periods, not_ready
        """,
        draft, number, edition, at,
    )  # fmt: skip
    if row is None:
        raise LookupError(draft)
    await connection.execute(
        f"insert into published_cells ({', '.join(COLUMNS)}) select $2, {', '.join(COLUMNS[1:])} from draft_cells where release = $1",  # noqa: S608
        draft, number, timeout=_PATIENCE_S,
    )  # fmt: skip
    await connection.execute(
        """
        insert into published_shares (release, period, joinable_share) select $2, period, joinable_share from draft_shares where release = $1
        """,
        draft,
        number,
    )
    await _remember(connection, draft, number, row["figures_until"])
    for table in ("draft_cells", "draft_shares", "draft_memory", "draft_atoms"):
        await connection.execute(f"delete from {table} where release in (select release from edition_drafts where edition = $1)", edition)  # noqa: S608
    await connection.execute("update edition_drafts set knowledge = '' where edition = $1", edition)
    return Published(number, at, row["figures_until"], row["cells"], row["hidden"], tuple(row["periods"]), tuple(row["not_ready"]))


async def _held(connection: Connection, draft: str, until: date, number: str | None = None) -> memory.Memory:
    """What a draft remembers of itself, as the release `number`."""
    rows = await connection.fetch("select year, measure, packed from draft_memory where release = $1", draft)
    return {(row["year"], row["measure"]): memory.unpack(number or draft, until, row["year"], row["packed"]) for row in rows}


async def _remember(connection: Connection, draft: str, number: str, until: date) -> None:
    found = await _held(connection, draft, until, number)
    atoms = {row["year"]: row["packed"] for row in await connection.fetch("select year, packed from draft_atoms where release = $1", draft)}
    await memory.remember(connection, number, found, atoms)


def fingerprint(rows: Sequence[Written]) -> str:
    """Of a sheet's rows in their order: the same text again means that nothing on the sheet moved."""
    return hashlib.sha256(json.dumps(sorted(rows, key=lambda row: row[:5])).encode()).hexdigest()[:16]
