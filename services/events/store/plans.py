"""Plans of ateliers as rows: the question, the last answer, where each atelier stands and which meeting it became."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.planning.instance import PLACEMENTS, WRITTEN, Instance, Mandate, Placement
from services.events.planning.process import ANSWER, Answer


@dataclass(frozen=True)
class KeptPlan:
    """A plan as it stands. `meetings` is atelier → (meeting, the placement that people were told)."""

    plan_id: UUID
    revision: int
    title: str
    kind: str
    question: Instance
    answer: Answer
    placements: tuple[Placement, ...]
    meetings: dict[str, tuple[UUID, Placement]]
    accepted_at: datetime | None


async def create(connection: Connection, title: str, kind: str, question: Instance, answer: Answer, *, by: str, now: datetime) -> KeptPlan:
    plan_id = uuid7()
    await connection.execute(
        """
        insert into atelier_plans (plan_id, revision, title, kind, question, answer, created_by, created_at)
        values ($1, 1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6, $7)
        """,
        plan_id, title, kind, WRITTEN.dump_json(question).decode(), ANSWER.dump_json(answer).decode(), by, now,
    )  # fmt: skip
    await _place(connection, plan_id, answer)
    return await get(connection, plan_id)


async def change(connection: Connection, plan_id: UUID, revision: int, question: Instance, answer: Answer) -> KeptPlan:
    """Another question and its answer; without a plan in it the placements stay. Raises 404, 412."""
    await lock(connection, plan_id, revision)
    await connection.execute(
        "update atelier_plans set revision = revision + 1, question = $2::text::jsonb, answer = $3::text::jsonb where plan_id = $1",
        plan_id, WRITTEN.dump_json(question).decode(), ANSWER.dump_json(answer).decode(),
    )  # fmt: skip
    await _place(connection, plan_id, answer)
    return await get(connection, plan_id)


async def lock(connection: Connection, plan_id: UUID, revision: int) -> None:
    """The plan's row. Raises 404, 412 for another revision than the caller saw."""
    present = await connection.fetchval("select revision from atelier_plans where plan_id = $1 for update", plan_id)
    if present is None:
        raise unknown()
    if present != revision:
        raise Problem(
            412, "STALE", "Le plan a changé entre-temps", f"Vous partiez de la version {revision}, il en est à la version {present}."
        )


async def _place(connection: Connection, plan_id: UUID, answer: Answer) -> None:
    if answer.outcome is None or not answer.outcome.placements:
        return
    await connection.execute("delete from atelier_placements where plan_id = $1", plan_id)
    await connection.executemany(
        "insert into atelier_placements (plan_id, atelier, day, half, animator, room) values ($1, $2, $3, $4, $5, $6)",
        [(plan_id, p.atelier, p.day, p.half, p.animator, p.room) for p in answer.outcome.placements],
    )


async def accepted(connection: Connection, plan_id: UUID, now: datetime) -> None:
    await connection.execute(
        "update atelier_plans set accepted_at = coalesce(accepted_at, $2), revision = revision + 1 where plan_id = $1", plan_id, now
    )


async def told(connection: Connection, plan_id: UUID, meeting_id: UUID, placement: Placement) -> None:
    """Remember which meeting an atelier is, and what was said of it."""
    await connection.execute(
        """
        insert into atelier_meetings (plan_id, atelier, meeting_id, told) values ($1, $2, $3, $4::text::jsonb)
        on conflict (plan_id, atelier) do update set told = excluded.told
        """,
        plan_id, placement.atelier, meeting_id, PLACEMENTS.dump_json((placement,)).decode(),
    )  # fmt: skip


async def get(connection: Connection | Pool, plan_id: UUID) -> KeptPlan:
    """Raises a 404 problem for an unknown plan."""
    row = await connection.fetchrow(
        """
        select plan_id, revision, title, kind, question::text as question, answer::text as answer, accepted_at
        from atelier_plans where plan_id = $1
        """,
        plan_id,
    )
    if row is None:
        raise unknown()
    placed = await connection.fetch("select atelier, day, half, animator, room from atelier_placements where plan_id = $1", plan_id)
    meetings = await connection.fetch("select atelier, meeting_id, told::text as told from atelier_meetings where plan_id = $1", plan_id)
    question = WRITTEN.validate_json(row["question"])
    order = {atelier.id: number for number, atelier in enumerate(question.ateliers)}
    placements = sorted((Placement(**dict(p)) for p in placed), key=lambda p: order.get(p.atelier, 0))
    return KeptPlan(
        row["plan_id"], row["revision"], row["title"], row["kind"], question, ANSWER.validate_json(row["answer"]), tuple(placements),
        {m["atelier"]: (m["meeting_id"], PLACEMENTS.validate_json(m["told"])[0]) for m in meetings}, row["accepted_at"],
    )  # fmt: skip


async def listed(pool: Pool) -> list[dict[str, Any]]:
    """The newest first: id, title, window, when accepted."""
    rows = await pool.fetch(
        """
        select plan_id, title, kind, question ->> 'starts_on' as starts_on, question ->> 'ends_on' as ends_on, accepted_at,
            (select count(*) from atelier_placements p where p.plan_id = a.plan_id) as placed
        from atelier_plans a order by created_at desc, plan_id limit 50
        """
    )
    return [dict(row) for row in rows]


async def mandates(pool: Pool, departments: Sequence[str], people: Sequence[str] = ()) -> tuple[Mandate, ...]:
    """Who coordinates these departments and those in which these people do, over time, from this service's replica of `directory`."""
    rows = await pool.fetch(
        """
        select m.department, m.person_id, coalesce(p.first_name || ' ' || p.name, m.structure_name) as name, m.starts_on, m.ends_on,
            m.interim, m.supposed_end
        from registry_mandates m left join registry_people p using (person_id)
        where m.department = any($1) or m.department in (select department from registry_mandates where person_id::text = any($2))
        order by m.department, m.starts_on desc, m.mandate_id
        """,
        list(departments),
        list(people),
    )
    return tuple(
        Mandate(r["department"], str(r["person_id"]), r["name"], r["starts_on"], r["ends_on"], r["interim"], r["supposed_end"])
        for r in rows
    )


async def last_visits(pool: Pool, before: date) -> dict[str, date]:
    """The day of each department's latest meeting that was not cancelled, before the window."""
    rows = await pool.fetch(
        """
        select department, max(starts_at)::date as day from meetings
        where department is not null and state = 'planned' and starts_at < $1::date group by department
        """,
        before,
    )
    return {row["department"]: row["day"] for row in rows}


def unknown() -> Problem:
    return Problem(404, "UNKNOWN_PLAN", "Ce plan n’existe pas", "Vérifiez l’adresse, ou partez de la page des ateliers.")
