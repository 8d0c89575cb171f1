"""Roadmaps and actions as rows; every change of an action is announced in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit import outbox
from kit.postgres import Connection, Pool
from kit.preconditions import stale
from kit.problems import Problem
from schemas.identifiers import uuid7
from schemas.meetings import ActionDue
from schemas.vocabulary.places import DEPARTMENTS
from services.events.rules.governance.actions import NOTICE, Action, late


@dataclass(frozen=True)
class Roadmap:
    """What a college has to do, set by a meeting of the committee."""

    roadmap_id: UUID
    body: str
    title: str
    summary: str
    starts_on: date
    ends_on: date
    meeting_id: UUID | None

    @property
    def path(self) -> str:
        return f"/gouvernance/{self.body}#feuille-{self.roadmap_id}"


@dataclass(frozen=True)
class KeptAction:
    """An action as it stands, with the words that people read."""

    action_id: UUID
    revision: int
    version: int
    action: Action
    owner: str
    source: str
    """Name of the roadmap, diagnostic or decision that it comes from."""
    source_path: str | None
    told_on: date | None
    created_at: datetime
    changed_at: datetime

    @property
    def path(self) -> str:
        return f"/gouvernance/actions/{self.action_id}"


_SELECT = """
    select a.action_id, a.revision, a.version, a.title, a.detail, a.due, a.state, a.person_id, a.department, a.college, a.evidence,
        a.evidence_link, a.roadmap_id, a.diagnostic_id, a.decision_id, a.told_on, a.created_at, a.changed_at,
        nullif(concat_ws(' ', p.first_name, p.name), '') as person_name, o.name as college_name, r.title as roadmap_title, r.body as roadmap_body,
        d.year as diagnostic_year, d.department as diagnostic_department, c.number as decision_number, c.meeting_id as decision_meeting
    from actions a left join registry_people p using (person_id) left join bodies o on o.code = a.college
        left join roadmaps r using (roadmap_id) left join diagnostics d using (diagnostic_id) left join decisions c using (decision_id)
"""


async def give(connection: Connection, wanted: Action, today: date, *, by: tuple[str, str], now: datetime) -> KeptAction:
    """A new action, announced to its owner; `by` is (id, name)."""
    action_id = uuid7()
    told_on = today if wanted.due - NOTICE <= today else None
    await connection.execute(
        """
        insert into actions (action_id, revision, version, title, detail, due, state, person_id, department, college, evidence, evidence_link,
            roadmap_id, diagnostic_id, decision_id, told_on, created_by, created_at, changed_at)
        values ($1, 1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
        """,
        action_id, *_columns(wanted), told_on, by[0], now,
    )  # fmt: skip
    return await _announced(connection, action_id, today, by_name=by[1], now=now)


async def change(
    connection: Connection, action_id: UUID, version: int, wanted: Action, today: date, *, by_name: str, now: datetime
) -> KeptAction:
    """Raises 404, 412 when somebody changed it meanwhile."""
    before = await locked(connection, action_id, version)
    if before.action == wanted:
        return before
    await connection.execute(
        """
        update actions set revision = revision + 1, version = version + 1, title = $2, detail = $3, due = $4, state = $5, person_id = $6,
            department = $7, college = $8, evidence = $9, evidence_link = $10, roadmap_id = $11, diagnostic_id = $12, decision_id = $13,
            changed_at = $14
        where action_id = $1
        """,
        action_id, *_columns(wanted), now,
    )  # fmt: skip
    return await _announced(connection, action_id, today, by_name=by_name, now=now)


async def tell_again(connection: Connection, action_id: UUID, today: date, *, now: datetime) -> None:
    """Announce an action as it stands: it comes due, or it is late."""
    await connection.execute("update actions set revision = revision + 1, told_on = $2 where action_id = $1", action_id, today)
    await _announce(connection, await get(connection, action_id), today, now)


async def get(connection: Connection | Pool, action_id: UUID) -> KeptAction:
    """Raises a 404 problem."""
    row = await connection.fetchrow(_SELECT + "where a.action_id = $1", action_id)
    if row is None:
        raise Problem(404, "UNKNOWN_ACTION", "Cette action n’existe pas", "Vérifiez l’adresse, ou partez de la feuille de route.")
    return _kept(row)


async def locked(connection: Connection, action_id: UUID, version: int | None = None) -> KeptAction:
    """Under the row's lock. Raises 404, 412."""
    await connection.execute("select from actions where action_id = $1 for update", action_id)
    found = await get(connection, action_id)
    if version is not None and found.version != version:
        raise stale(f"Vous partiez de la version {version} de l’action, elle en est à la version {found.version}.")
    return found


async def listed(
    connection: Connection | Pool, *, departments: Sequence[str] | None = None, person_id: UUID | None = None, limit: int = 1_000
) -> list[KeptAction]:
    """The soonest due first, open ones before the others; of everybody, or of some departments and a person."""
    rows = await connection.fetch(
        _SELECT
        + """
        where $1::text[] is null or a.department = any($1) or a.person_id = $2 or d.department = any($1)
        order by a.state <> 'OPEN', a.due, a.action_id limit $3
        """,
        departments,
        person_id,
        limit,
    )
    return [_kept(row) for row in rows]


async def after_diagnostics(connection: Connection | Pool, diagnostic_ids: Sequence[UUID]) -> dict[UUID, list[KeptAction]]:
    """The actions made from each of these diagnostic forms, the soonest due first."""
    rows = await connection.fetch(_SELECT + "where a.diagnostic_id = any($1::uuid[]) order by a.due, a.action_id", list(diagnostic_ids))
    found: dict[UUID, list[KeptAction]] = {}
    for row in rows:
        found.setdefault(row["diagnostic_id"], []).append(_kept(row))
    return found


async def open_until(connection: Connection, day: date) -> list[KeptAction]:
    """Open actions due by that day."""
    return [
        _kept(row) for row in await connection.fetch(_SELECT + "where a.state = 'OPEN' and a.due <= $1 order by a.due, a.action_id", day)
    ]


async def history(connection: Connection | Pool, action_id: UUID) -> list[tuple[int, datetime, str, dict[str, Any]]]:
    """(version, when, who, the state), the newest first."""
    rows = await connection.fetch(
        "select version, at, by_name, state from action_history where action_id = $1 order by version desc limit 100", action_id
    )
    return [(row["version"], row["at"], row["by_name"], row["state"]) for row in rows]


async def add_roadmap(connection: Connection, roadmap: Roadmap, *, now: datetime) -> None:
    await connection.execute(
        """
        insert into roadmaps (roadmap_id, body, title, summary, starts_on, ends_on, meeting_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        roadmap.roadmap_id, roadmap.body, roadmap.title, roadmap.summary, roadmap.starts_on, roadmap.ends_on, roadmap.meeting_id, now,
    )  # fmt: skip


async def roadmaps(connection: Connection | Pool, body: str | None = None) -> list[Roadmap]:
    """The newest first."""
    rows = await connection.fetch(
        """
        select roadmap_id, body, title, summary, starts_on, ends_on, meeting_id from roadmaps
        where $1::text is null or body = $1 order by starts_on desc, roadmap_id desc
        """,
        body,
    )
    return [Roadmap(**dict(row)) for row in rows]


async def _announced(connection: Connection, action_id: UUID, today: date, *, by_name: str, now: datetime) -> KeptAction:
    kept = await get(connection, action_id)
    action = kept.action
    state = {
        "title": action.title, "due": action.due.isoformat(), "state": action.state, "owner": kept.owner, "evidence": action.evidence,
        "evidence_link": action.evidence_link,
    }  # fmt: skip
    await connection.execute(
        "insert into action_history (action_id, version, at, by_name, state) values ($1, $2, $3, $4, $5)",
        action_id, kept.version, now, by_name, state,
    )  # fmt: skip
    await _announce(connection, kept, today, now)
    return kept


async def _announce(connection: Connection, kept: KeptAction, today: date, now: datetime) -> None:
    action = kept.action
    message = ActionDue(
        occurred_at=now, action_id=kept.action_id, revision=kept.revision, title=action.title, due=action.due,
        overdue=late(action.state, action.due, today), state=action.state, person_id=action.person_id, department=action.department,
        college=action.college, roadmap=kept.source or None, page=kept.path,
    )  # fmt: skip
    await outbox.add(connection, message)


def _columns(action: Action) -> tuple[Any, ...]:
    return (
        action.title, action.detail, action.due, action.state, action.person_id, action.department, action.college, action.evidence,
        action.evidence_link, action.roadmap_id, action.diagnostic_id, action.decision_id,
    )  # fmt: skip


def _kept(row: Any) -> KeptAction:
    action = Action(
        row["title"], row["due"], row["detail"], row["person_id"], row["department"], row["college"], row["state"], row["evidence"],
        row["evidence_link"], row["roadmap_id"], row["diagnostic_id"], row["decision_id"],
    )  # fmt: skip
    owner = row["person_name"] or row["college_name"] or f"Coordination : {DEPARTMENTS.get(row['department'] or '', 'personne partie')}"
    return KeptAction(
        row["action_id"],
        row["revision"],
        row["version"],
        action,
        owner,
        *_source(row),
        row["told_on"],
        row["created_at"],
        row["changed_at"],
    )


def _source(row: Any) -> tuple[str, str | None]:
    if row["roadmap_title"]:
        return row["roadmap_title"], f"/gouvernance/{row['roadmap_body']}#feuille-{row['roadmap_id']}"
    if row["diagnostic_year"]:
        name = f"Diagnostic {row['diagnostic_year']}, {DEPARTMENTS[row['diagnostic_department']]}"
        return name, f"/diagnostic/{row['diagnostic_year']}/{row['diagnostic_department']}"
    if row["decision_number"]:
        return f"Décision {row['decision_number']}", f"/gouvernance/reunions/{row['decision_meeting']}#{row['decision_number']}"
    return "", None
