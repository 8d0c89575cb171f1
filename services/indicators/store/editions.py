"""Editions, what the coordinations said of them, and where each coordination is. Drafts are in `store/drafts.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast

import asyncpg

from kit.postgres import Connection, Pool
from services.indicators.rules.editions import Edition, Plan, State
from services.indicators.rules.reviews import Comment, Review

_EDITION: Final = """
    select edition, year, title, final, minimum_coverage, least_share, says_not, state, draft, deadline, minutes, release, reason
    from editions
"""


async def create(connection: Connection, plan: Plan, today: date, by: str, at: datetime) -> Edition:
    """The next edition of this calendar year, without a draft; asked for twice (two clicks), it is one. The table is locked for the number."""
    await connection.execute("lock table editions in share row exclusive mode")
    for begun in await every(connection):
        if begun.plan == plan and not begun.draft and begun.state != "ABANDONED":
            return begun
    of_year = await connection.fetchval("select count(*) from editions where edition like $1 || '-%'", str(today.year))
    number = f"{today.year}-{of_year + 1}"
    await connection.execute(
        """
        insert into editions (edition, year, title, final, minimum_coverage, least_share, says_not, created_at, created_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        number, plan.year, plan.title, plan.final, plan.minimum_coverage, plan.least_share, plan.says_not, at, by,
    )  # fmt: skip
    return Edition(number, plan)


async def every(connection: Connection) -> list[Edition]:
    """Newest first."""
    return [_edition(row) for row in await connection.fetch(f"{_EDITION} order by ordinal desc")]


async def one(connection: Connection, number: str, *, lock: bool = False) -> Edition | None:
    """An edition; `lock` keeps it for the caller's transaction."""
    row = await connection.fetchrow(f"{_EDITION} where edition = $1 {'for update' if lock else ''}", number)
    return _edition(row) if row else None


def _edition(row: asyncpg.Record) -> Edition:
    plan = Plan(row["year"], row["title"], row["final"], row["minimum_coverage"], row["least_share"], row["says_not"])
    state = cast("State", row["state"])
    return Edition(row["edition"], plan, state, row["draft"], row["deadline"], row["minutes"], row["release"], row["reason"])


async def keep(connection: Connection, edition: Edition) -> None:
    """Write where the edition stands now."""
    await connection.execute(
        "update editions set state = $2, draft = $3, deadline = $4, minutes = $5, release = $6 where edition = $1",
        edition.number, edition.state, edition.draft, edition.deadline, edition.minutes, edition.release,
    )  # fmt: skip


async def replan(connection: Connection, number: str, plan: Plan) -> None:
    await connection.execute(
        """
        update editions set year = $2, title = $3, final = $4, minimum_coverage = $5, least_share = $6, says_not = $7 where edition = $1
        """,
        number, plan.year, plan.title, plan.final, plan.minimum_coverage, plan.least_share, plan.says_not,
    )  # fmt: skip


async def stamp(connection: Connection, number: str, what: str, at: datetime, by: str = "") -> None:
    """When it was opened to review or validated (`what`), and by whom."""
    if what == "opened":
        await connection.execute("update editions set opened_at = coalesce(opened_at, $2) where edition = $1", number, at)
    elif what == "validated":
        await connection.execute("update editions set validated_at = $2, validated_by = $3 where edition = $1", number, at, by)
    else:
        await connection.execute("update editions set published_at = $2 where edition = $1", number, at)


async def to_remind(connection: Connection, today: date, until: date) -> list[str]:
    """Editions in review whose deadline is near and was not reminded of."""
    rows = await connection.fetch(
        """
        select edition from editions where state = 'REVIEW' and deadline between $1 and $2 and reminded_deadline is distinct from deadline
        order by ordinal
        """,
        today,
        until,
    )
    return [row["edition"] for row in rows]


async def reminded(connection: Connection, number: str, deadline: date) -> bool:
    """Note that this deadline is reminded of. False when it was already."""
    done = await connection.execute(
        "update editions set reminded_deadline = $2 where edition = $1 and reminded_deadline is distinct from $2", number, deadline
    )
    return done == "UPDATE 1"


async def comments(connection: Connection, number: str) -> list[Comment]:
    """Oldest first."""
    rows = await connection.fetch(
        """
        select comment_id as id, department, figure, printed, kind, said, said_by, at, draft, outcome, answer, answered_by, answered_at,
            answered_draft, reopened_draft
        from edition_comments where edition = $1 order by at, comment_id
        """,
        number,
    )
    return [Comment(**dict(row)) for row in rows]


async def comment(connection: Connection, number: str, made: Comment) -> Comment:
    """Keep it; what was said twice in the same words (two clicks) while it waits for its answer is one. The caller holds the edition's lock."""
    for found in await comments(connection, number):
        if found.outcome is None and replace(found, id=made.id, at=made.at) == made:
            return found
    await connection.execute(
        """
        insert into edition_comments (comment_id, edition, draft, department, figure, printed, kind, said, said_by, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        made.id, number, made.draft, made.department, made.figure, made.printed, made.kind, made.said, made.said_by, made.at,
    )  # fmt: skip
    return made


async def answer(connection: Connection, made: Comment) -> None:
    await connection.execute(
        """
        update edition_comments set outcome = $2, answer = $3, answered_by = $4, answered_at = $5, answered_draft = $6, reopened_draft = null
        where comment_id = $1
        """,
        made.id, made.outcome, made.answer, made.answered_by, made.answered_at, made.answered_draft,
    )  # fmt: skip


async def reopen(connection: Connection, found: Sequence[Comment]) -> None:
    """Note of which draft their answers are not true. One that was answered anew meanwhile stays so."""
    await connection.executemany(
        "update edition_comments set reopened_draft = $3 where comment_id = $1 and answered_draft = $2",
        [(one.id, one.answered_draft, one.reopened_draft) for one in found],
    )


async def reviews(connection: Connection, number: str) -> list[Review]:
    rows = await connection.fetch(
        """
        select department, seen_at, agreed_at, agreed_by, agreed_draft, agreed_sheet from edition_reviews
        where edition = $1 order by department
        """,
        number,
    )
    return [Review(**dict(row)) for row in rows]


async def seen(connection: Connection, number: str, department: str, at: datetime) -> None:
    """The coordination opened its sheet; the first time is kept."""
    await connection.execute(
        "insert into edition_reviews (edition, department, seen_at) values ($1, $2, $3) on conflict do nothing", number, department, at
    )


async def agree(connection: Connection, number: str, review: Review) -> None:
    await connection.execute(
        """
        insert into edition_reviews (edition, department, seen_at, agreed_at, agreed_by, agreed_draft, agreed_sheet)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (edition, department) do update set agreed_at = excluded.agreed_at, agreed_by = excluded.agreed_by,
            agreed_draft = excluded.agreed_draft, agreed_sheet = excluded.agreed_sheet
        """,
        number, review.department, review.seen_at, review.agreed_at, review.agreed_by, review.agreed_draft, review.agreed_sheet,
    )  # fmt: skip


@dataclass(frozen=True)
class Issued:
    """A published edition, as everybody may read it."""

    edition: str
    release: str
    year: int
    title: str
    final: bool
    closed_on: date
    says_not: str
    minutes: str
    coverage: Mapping[str, str | None]
    least_share: int
    checks: list[dict[str, str]]
    published_at: datetime

    @property
    def standing(self) -> str:
        return "définitif" if self.final else "provisoire"

    def share(self, department: str) -> Decimal | None:
        found = self.coverage.get(department)
        return None if found is None else Decimal(found)


@dataclass(frozen=True)
class Corrigendum:
    """What is to be read in place of figures of an edition. `figures`: {figure, before, after}, both as they were printed."""

    corrigendum: str
    edition: str
    number: int
    release: str
    said: str
    figures: list[dict[str, str]]
    published_at: datetime


_ISSUED: Final = """
    select edition, release, year, title, final, closed_on, says_not, minutes, coverage, least_share, checks, published_at
    from published_editions
"""


async def issued(pool: Pool) -> list[Issued]:
    """Newest first."""
    return [Issued(**dict(row)) for row in await pool.fetch(f"{_ISSUED} order by published_at desc, edition desc")]


async def issued_one(pool: Pool, number: str) -> Issued | None:
    row = await pool.fetchrow(f"{_ISSUED} where edition = $1", number)
    return Issued(**dict(row)) if row else None


async def issue(connection: Connection, made: Issued) -> None:
    await connection.execute(
        """
        insert into published_editions
            (edition, release, year, title, final, closed_on, says_not, minutes, coverage, least_share, checks, published_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        made.edition, made.release, made.year, made.title, made.final, made.closed_on, made.says_not, made.minutes, made.coverage,
        made.least_share, made.checks, made.published_at,
    )  # fmt: skip


_CORRIGENDA: Final = """
    select corrigendum, edition, number, release, said, figures, published_at from published_corrigenda where edition = $1 order by number
"""


async def corrigenda(pool: Pool, number: str) -> list[Corrigendum]:
    """Oldest first."""
    return [Corrigendum(**dict(row)) for row in await pool.fetch(_CORRIGENDA, number)]


async def every_corrigendum(pool: Pool) -> list[Corrigendum]:
    """Of all editions, newest first."""
    rows = await pool.fetch(
        "select corrigendum, edition, number, release, said, figures, published_at from published_corrigenda order by published_at desc"
    )
    return [Corrigendum(**dict(row)) for row in rows]


async def correct(connection: Connection, number: str, release: str, said: str, figures: list[dict[str, str]], at: datetime) -> Corrigendum:
    """The edition's next corrigendum; the same once more (two clicks) is the one that stands. The caller holds the edition's lock."""
    earlier = [Corrigendum(**dict(row)) for row in await connection.fetch(_CORRIGENDA, number)]
    made = Corrigendum(f"{number}-c{len(earlier) + 1}", number, len(earlier) + 1, release, said, figures, at)
    if earlier and (earlier[-1].said, earlier[-1].figures, earlier[-1].release) == (said, figures, release):
        return earlier[-1]
    await connection.execute(
        """
        insert into published_corrigenda (corrigendum, edition, number, release, said, figures, published_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        made.corrigendum, number, made.number, release, said, figures, at,
    )  # fmt: skip
    return made


async def issued_as(pool: Pool, release: str) -> Issued | None:
    """The edition that this release is; on the pool of drafts, the one that a draft is of."""
    row = await pool.fetchrow(f"{_ISSUED} where release = $1", release)
    return Issued(**dict(row)) if row else None


async def document(pool: Pool, edition: str, name: str) -> tuple[str, bytes] | None:
    """(media type, bytes) of a document that was composed before."""
    row = await pool.fetchrow("select media_type, body from published_documents where edition = $1 and name = $2", edition, name)
    return (row["media_type"], row["body"]) if row else None


async def numbers(pool: Pool) -> list[str]:
    """Of the published editions, newest first."""
    return [row["edition"] for row in await pool.fetch("select edition from published_editions order by published_at desc")]


async def document_names(connection: Connection, edition: str) -> set[str]:
    """The documents that were composed already."""
    return {row["name"] for row in await connection.fetch("select name from published_documents where edition = $1", edition)}


async def lock_documents(connection: Connection, edition: str) -> bool:
    """One process composes an edition's documents; held until `unlock_documents`. False: another one does."""
    return bool(await connection.fetchval("select pg_try_advisory_lock(hashtextextended('documents ' || $1, 0))", edition))


async def unlock_documents(connection: Connection, edition: str) -> None:
    await connection.execute("select pg_advisory_unlock(hashtextextended('documents ' || $1, 0))", edition)


async def keep_document(connection: Connection, edition: str, name: str, media_type: str, body: bytes, at: datetime) -> None:
    """The first to compose it wins: everybody reads the same bytes."""
    await connection.execute(
        """
        insert into published_documents (edition, name, media_type, body, made_at) values ($1, $2, $3, $4, $5) on conflict do nothing
        """,
        edition, name, media_type, body, at,
    )  # fmt: skip
