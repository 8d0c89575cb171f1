"""The services' databases, read and never written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kit.postgres import TRANSIENT, Pool, open_pool
from kit.settings import with_password

_PREFIX: Final = "MACS_DATABASE_"
_FILE: Final = "_PASSWORD_FILE"
_READ_ONLY: Final = {"default_transaction_read_only": "on", "statement_timeout": "3s"}


@dataclass
class Databases:
    """A pool of one connection per service."""

    dsns: Mapping[str, str]
    _pools: dict[str, Pool] = field(default_factory=dict)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Databases:
        """From `MACS_DATABASE_<SERVICE>`, each with its password or with `MACS_DATABASE_<SERVICE>_PASSWORD_FILE` beside it."""
        dsns = {name: dsn for name, dsn in environ.items() if name.startswith(_PREFIX) and not name.endswith(_FILE)}
        return cls({name.removeprefix(_PREFIX).lower(): with_password(dsn, name + _FILE, environ) for name, dsn in dsns.items()})

    async def open(self) -> None:
        for service, dsn in self.dsns.items():
            self._pools[service] = await open_pool(dsn, size=1, application_name="console", settings=_READ_ONLY)

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.close()

    async def _rows(self, service: str, query: str, *words: Any) -> list[Any]:
        """Nothing from a database that is away, or that has not made its tables yet: the page says so elsewhere."""
        try:
            return list(await self._pools[service].fetch(query, *words))
        except (KeyError, *TRANSIENT):
            return []

    async def filings_since(self, at: datetime) -> dict[str, int]:
        """`{received, counted, waiting}`: revisions handed in, counted, and not counted a minute after."""
        rows = await self._rows(
            "ingest",
            """
            select count(*) as received, count(counted_at) as counted,
                count(*) filter (where counted_at is null and received_at < now() - interval '1 minute') as waiting
            from filing_revisions where received_at >= $1
            """,
            at,
        )
        return {name: int(rows[0][name]) if rows else 0 for name in ("received", "counted", "waiting")}

    async def mails_since(self, at: datetime) -> dict[str, int]:
        """Mails by state, of those written since."""
        rows = await self._rows(
            "notify", "select state, count(*) as n from deliveries where channel = 'mail' and created_at >= $1 group by 1", at
        )
        return {row["state"]: row["n"] for row in rows}

    async def dead(self) -> list[dict[str, Any]]:
        """Letters that wait for a decision, by reader and topic."""
        found: list[dict[str, Any]] = []
        for service in self.dsns:
            rows = await self._rows(
                service,
                "select reader, topic, count(*) as n, max(dead_at) as at, min(reason) as reason from dead_letters"
                " where state = 'open' group by 1, 2 order by 1, 2",
            )
            found += [dict(row) for row in rows]
        return found

    async def stopped(self) -> list[dict[str, Any]]:
        """Readers that stand at their dead-letter limit."""
        found: list[dict[str, Any]] = []
        for service in self.dsns:
            found += [dict(row) for row in await self._rows(service, "select reader, topic, stopped_at, reason from stopped_readers")]
        return found

    async def outboxes(self) -> dict[str, float]:
        """Seconds that the oldest row of each outbox has waited; 0 where nothing waits."""
        query = "select coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float as age from outbox"
        found: dict[str, float] = {}
        for service in self.dsns:
            rows = await self._rows(service, query)
            if rows:
                found[service] = max(0.0, rows[0]["age"])
        return found

    async def journeys(self, limit: int = 20) -> list[dict[str, Any]]:
        """The last filings with the instants of their steps."""
        rows = await self._rows(
            "ingest",
            """
            select f.number, f.state, f.received_at, f.revision, r.lines,
                (select min(at) from filing_steps s where s.number = f.number and s.revision = f.revision and s.step = 'counted') as counted,
                (select min(at) from filing_steps s where s.number = f.number and s.step = 'told') as told
            from filings f join filing_revisions r using (number, revision)
            order by f.received_at desc limit $1
            """,
            limit,
        )
        return [dict(row) for row in rows]

    async def journey(self, number: str) -> list[dict[str, Any]]:
        """Every step of one filing that the databases know: ingest's own, then each message about it."""
        steps = await self._rows(
            "ingest",
            "select at, service, step as what, trace_id, revision from filing_steps where number = $1 order by at, step",
            number,
        )
        messages = await self._rows(
            "notify",
            """
            select coalesce(settled_at, created_at) as at, 'notify' as service, channel || ' ' || state as what,
                substr(traceparent, 4, 32) as trace_id, revision
            from deliveries where about = $1 order by 1
            """,
            number,
        )
        return sorted((dict(row) for row in [*steps, *messages]), key=lambda step: step["at"])
