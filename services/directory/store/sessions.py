"""Login links and sessions. A link is known by its hash only and opens one session once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from kit.postgres import Connection, Pool
from schemas.directory import SessionRevoked
from services.directory.rules.accounts import LINK_LIFETIME, LINKS_AN_HOUR, SESSION_LIFETIME
from services.directory.store.record import announce


@dataclass(frozen=True)
class Opened:
    """A session that a link has just opened."""

    session: UUID
    person: UUID
    next: str


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def may_ask(connection: Connection, address: str, now: datetime) -> bool:
    """Count this request for a link. The answer depends on the address asked for, never on whether it has an account."""
    key = hashed(address)
    await connection.execute("select pg_advisory_xact_lock(hashtext('login'), hashtext($1))", key)
    asked = await connection.fetchval(
        "select count(*) from login_requests where address_sha256 = $1 and at > $2::timestamptz - interval '1 hour'", key, now
    )
    if asked >= LINKS_AN_HOUR:
        return False
    await connection.execute("insert into login_requests (address_sha256, at) values ($1, $2)", key, now)
    return True


async def keep_link(connection: Connection, token: str, person: UUID, next_page: str, now: datetime) -> None:
    await connection.execute(
        "insert into login_links (sha256, person_id, next, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        hashed(token), person, next_page, now, now + LINK_LIFETIME,
    )  # fmt: skip


async def link_is_good(pool: Pool, token: str, now: datetime) -> bool:
    """Looks without consuming: mail scanners open links."""
    found: bool = await pool.fetchval(
        "select exists (select from login_links where sha256 = $1 and used_at is null and expires_at > $2)", hashed(token), now
    )
    return found


async def open_by_link(connection: Connection, token: str, now: datetime) -> Opened | None:
    """Consume the link and open the session; None when it was used, has expired, or the account has ended."""
    row = await connection.fetchrow(
        """
        update login_links l set used_at = $2 from people p
        where l.sha256 = $1 and l.used_at is null and l.expires_at > $2 and p.person_id = l.person_id and p.active
        returning l.person_id, l.next
        """,
        hashed(token),
        now,
    )
    if row is None:
        return None
    session = uuid4()
    await connection.execute(
        "insert into sessions (session_id, person_id, created_at, expires_at) values ($1, $2, $3, $4)",
        session, row["person_id"], now, now + SESSION_LIFETIME,
    )  # fmt: skip
    return Opened(session, row["person_id"], row["next"])


async def alive(pool: Pool, session: UUID, now: datetime) -> bool:
    """Whether the session may have a new token."""
    found: bool = await pool.fetchval(
        """
        select exists (
            select from sessions s join people p using (person_id)
            where s.session_id = $1 and s.revoked_at is null and s.expires_at > $2 and p.active
        )
        """,
        session,
        now,
    )
    return found


async def revoke(connection: Connection, session: UUID, *, by: str) -> None:
    """End a session before its time; ended ones stay as they are."""
    row = await connection.fetchrow(
        "update sessions set revoked_at = now() where session_id = $1 and revoked_at is null returning expires_at", session
    )
    if row is not None:
        await announce(connection, SessionRevoked(session_id=session, expires_at=row["expires_at"]), by=by)


async def revoke_all(connection: Connection, person: UUID, *, by: str) -> None:
    rows = await connection.fetch(
        "select session_id from sessions where person_id = $1 and revoked_at is null and expires_at > now() order by session_id", person
    )
    for row in rows:
        await revoke(connection, row["session_id"], by=by)


async def forget_expired(connection: Connection, now: datetime) -> list[UUID]:
    """Delete what has no use any more; the revoked sessions among it, whose tombstones are due, are returned."""
    await connection.execute("delete from login_requests where at < $1::timestamptz - interval '1 day'", now)
    await connection.execute("delete from login_links where expires_at < $1::timestamptz - interval '1 day'", now)
    rows = await connection.fetch(
        "delete from sessions where expires_at < $1::timestamptz - interval '1 hour' returning session_id, revoked_at", now
    )
    return [row["session_id"] for row in rows if row["revoked_at"] is not None]
