"""When the people of a plan cannot, as this service knows it: answers to polls, meetings that stand already, imported calendars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from kit.postgres import Pool
from services.events.planning.instance import Busy, Instance, Slot
from services.events.rules.plans import HOURS
from services.events.rules.polls import Option, half_days
from services.events.rules.registrations import folded


async def known(pool: Pool, question: Instance, plan_id: UUID | None = None) -> Instance:
    """The question with what polls, meetings and calendars say of its window in place of what they said before; what the team typed stays.

    An animator whose name is one person's of the directory is that person. What was answered for a department is its holder's on that day.
    """
    departments = sorted({a.department for a in question.ateliers if a.department} | {mandate.department for mandate in question.mandates})
    who = await _ids(pool, question)
    people = {mandate.person for mandate in question.mandates} | set(who) | {id_ for a in question.ateliers for id_ in a.required}
    found = [
        *[
            b
            for row in await _answers(pool, question, departments)
            for b in _busy(question, who, row, row["answer"] == "IF_NEEDED", "poll")
        ],
        *[b for row in await _meetings(pool, question, departments, plan_id) for b in _busy(question, who, row, False, "meeting")],
        *[b for row in await _calendars(pool, question, people) for b in _busy(question, who, row, row["if_needed"], "calendar")],
    ]
    typed = [busy for busy in question.busy if busy.source == "team"]
    return replace(question, busy=(*typed, *sorted(set(found), key=lambda b: (b.slot, b.who, b.source, b.if_needed))))


def _busy(question: Instance, who: dict[str, list[str]], row: Any, if_needed: bool, source: Any) -> Iterator[Busy]:
    for slot in half_days(Option(row["starts_at"], row["ends_at"])):
        if source == "calendar" and not _meets(row, slot):
            continue
        person = str(row["person_id"]) if row["person_id"] else None
        if person is None:
            mandate = question.mandate_on(row["department"], slot.day)
            person = mandate.person if mandate else None
        for id_ in who.get(person, [person]) if person else ():
            yield Busy(id_, slot, if_needed, source)


def _meets(row: Any, slot: Slot) -> bool:
    """Whether a busy time reaches into the hours at which an atelier of that half-day is held: lunch is no obstacle."""
    begins, ends = HOURS[slot.half]
    return bool(row["starts_at"] < datetime.combine(slot.day, ends) and row["ends_at"] > datetime.combine(slot.day, begins))


async def _ids(pool: Pool, question: Instance) -> dict[str, list[str]]:
    """Person of the directory → what the plan calls this person: the id itself, and each animator of that name where only one has it."""
    rows = await pool.fetch("select person_id, first_name || ' ' || name as name from registry_people where active")
    by_name: dict[str, list[str]] = {}
    for row in rows:
        by_name.setdefault(folded(row["name"]), []).append(str(row["person_id"]))
    found: dict[str, list[str]] = {}
    for animator in question.animators:
        named = by_name.get(folded(animator.name), [])
        if len(named) == 1 and animator.id != named[0]:
            found.setdefault(named[0], [named[0]]).append(animator.id)
    return found


async def _answers(pool: Pool, question: Instance, departments: Sequence[str]) -> list[Any]:
    return list(
        await pool.fetch(
            """
            select r.person_id, r.department, a.answer, o.starts_at, o.ends_at
            from poll_answers a join poll_recipients r using (recipient_id) join poll_options o on o.option_id = a.option_id
            where a.answer <> 'YES' and not o.withdrawn and o.ends_at > $1 and o.starts_at < $2
                and (r.person_id is not null or r.department = any($3))
            """,
            *_window(question), list(departments),
        )
    )  # fmt: skip


async def _meetings(pool: Pool, question: Instance, departments: Sequence[str], plan_id: UUID | None) -> list[Any]:
    """Meetings that are planned and not this plan's own: for whoever coordinates their department, and for everybody invited to them."""
    return list(
        await pool.fetch(
            """
            with standing as (
                select m.meeting_id, m.department, m.starts_at, m.ends_at, m.invited from meetings m
                where m.state = 'planned' and m.ends_at > $1 and m.starts_at < $2
                    and not exists (select from atelier_meetings a where a.meeting_id = m.meeting_id and a.plan_id = $4)
            )
            select null::uuid as person_id, department, starts_at, ends_at from standing where department = any($3)
            union
            select (i ->> 'person_id')::uuid, i ->> 'department', s.starts_at, s.ends_at
            from standing s, jsonb_array_elements(s.invited) i
            where i ->> 'person_id' is not null or i ->> 'department' = any($3)
            """,
            *_window(question), list(departments), plan_id,
        )
    )  # fmt: skip


async def _calendars(pool: Pool, question: Instance, people: set[str]) -> list[Any]:
    return list(
        await pool.fetch(
            """
            select c.person_id, null::text as department, b.starts_at, b.ends_at, b.if_needed
            from imported_busy b join imported_calendars c using (calendar_id)
            where b.ends_at > $1 and b.starts_at < $2 and c.person_id::text = any($3)
            """,
            *_window(question), sorted(people),
        )
    )  # fmt: skip


def _window(question: Instance) -> tuple[datetime, datetime]:
    return datetime.combine(question.starts_on, time(0)), datetime.combine(question.ends_on + timedelta(days=1), time(0))
