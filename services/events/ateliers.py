"""Propose a plan of ateliers, pin, ask why not, accept. The API and the pages call the same functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from services.events import governing, organising
from services.events.planning import closures, process
from services.events.planning.instance import Instance, Pin, Placement
from services.events.planning.outcomes import LARGE, WhyNot
from services.events.planning.process import Answer, NoAnswer, Task
from services.events.rules import meetings as meeting_rules
from services.events.rules import plans as rules
from services.events.store import availability, meetings, plans
from services.events.store.governance import bodies
from services.events.store.plans import KeptPlan

SECONDS, LARGE_SECONDS = 20.0, 55.0
WHY_SECONDS = 10.0


async def propose(runtime: Runtime, caller: Caller, title: str, kind: str, question: Instance) -> KeptPlan:
    """A new plan with its answer, also when nothing fits. Raises Refused for a question that is not right."""
    rules.check(title, kind, question, organising.today(runtime))
    question = await _known(runtime, question)
    answer = await _ask(_task(question))
    async with runtime.pool.acquire() as connection, connection.transaction():
        return await plans.create(connection, title.strip(), kind, question, answer, by=caller.id, now=runtime.clock())


async def pin(runtime: Runtime, plan_id: UUID, revision: int, wanted: Pin) -> KeptPlan:
    """One atelier as a person wants it, the others changed as little as possible."""
    kept = await _at(runtime, plan_id, revision)
    told = kept.meetings.get(wanted.atelier)
    if told is not None and kept.question.conditions.keep_announced:
        raise Problem(
            409, "ANNOUNCED", "Cet atelier est déjà annoncé",
            "Déplacez la réunion depuis sa page de l’agenda, ou autorisez le plan à déplacer ce qui est annoncé.",
        )  # fmt: skip
    others = tuple(other for other in kept.question.pins if other.atelier != wanted.atelier)
    return await _again(runtime, kept, replace(kept.question, pins=(*others, wanted)))


async def unpin(runtime: Runtime, plan_id: UUID, revision: int, atelier: str) -> KeptPlan:
    """The atelier is free again; raises a 404 problem when it was not pinned."""
    kept = await _at(runtime, plan_id, revision)
    if not any(other.atelier == atelier and not other.announced for other in kept.question.pins):
        raise Problem(404, "UNKNOWN_PIN", "Cet atelier n’est pas épinglé")
    return await _again(runtime, kept, replace(kept.question, pins=tuple(p for p in kept.question.pins if p.atelier != atelier)))


async def again(runtime: Runtime, plan_id: UUID, revision: int, question: Instance | None = None) -> KeptPlan:
    """The same question with the mandates as they are now, or another question: as few changes as possible."""
    kept = await _at(runtime, plan_id, revision)
    return await _again(runtime, kept, question or kept.question)


async def why_not(runtime: Runtime, kept: KeptPlan, atelier: str, monday: date) -> WhyNot:
    """Raises a 404 problem for an atelier that is not in the plan, 409 while there is no plan to compare with."""
    if atelier not in kept.question.by_id:
        raise Problem(404, "UNKNOWN_ATELIER", "Cet atelier n’est pas dans le plan")
    if not kept.placements:
        raise Problem(409, "NO_PLAN", "Il n’y a pas encore de plan", "Levez d’abord ce qui bloque.")
    question = _with_announced(kept, await _known(runtime, kept.question, plan_id=kept.plan_id))
    answer = await _ask(Task(question, kept.placements, atelier, monday, WHY_SECONDS))
    if answer.why_not is None:
        raise Problem(503, "NO_ANSWER", "Le calcul n’a pas abouti", "Réessayez dans un instant.")
    return answer.why_not


async def accept(runtime: Runtime, caller: Caller, plan_id: UUID, revision: int | None = None) -> KeptPlan:
    """Every atelier becomes a meeting, once: what people were told already and still holds is left alone, what moved is announced as moved."""
    now, today = runtime.clock(), organising.today(runtime)
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await plans.get(connection, plan_id)
        await plans.lock(connection, plan_id, kept.revision if revision is None else revision)
        kept = await plans.get(connection, plan_id)
        if kept.answer.outcome is None or not kept.answer.outcome.placements:
            raise Problem(
                409, "NO_PLAN", "Ce plan ne peut pas être accepté", "Rien ne convient pour le moment : levez d’abord ce qui bloque."
            )
        for placement in kept.placements:
            told = kept.meetings.get(placement.atelier)
            if told is not None and told[1] == placement:
                continue
            wanted = rules.meeting(kept.kind, kept.question, placement)
            meeting_rules.check(wanted, today)
            if told is None:
                meeting_id = await _announce(runtime, caller, connection, placement.atelier, wanted)
            else:
                meeting_id = await _move(connection, told[0], wanted, caller.id, now)
            await plans.told(connection, plan_id, meeting_id, placement)
        if any(kept.meetings.get(p.atelier, (None, None))[1] != p for p in kept.placements):
            await plans.accepted(connection, plan_id, now)
        kept = await plans.get(connection, plan_id)
    runtime.wake_relay()
    return kept


async def _announce(runtime: Runtime, caller: Caller, connection: Connection, atelier: str, wanted: meeting_rules.Plan) -> UUID:
    """A meeting of its own; a college's is the body's, whose members it invites."""
    if wanted.kind == rules.COLLEGE and atelier in {body.code for body in await bodies.all_of(connection)}:
        return (await governing.plan(runtime, caller, connection, atelier, wanted)).meeting_id
    return (await meetings.plan(connection, wanted, by=caller.id, now=runtime.clock())).meeting_id


async def _move(connection: Connection, meeting_id: UUID, wanted: meeting_rules.Plan, by: str, now: datetime) -> UUID:
    """The meeting at its new time or place; its sessions keep their registrations. A meeting that was cancelled by hand stays so."""
    before = await meetings.get(connection, meeting_id)
    if before.cancelled:
        return meeting_id
    kept = replace(
        before.plan, starts_at=wanted.starts_at, ends_at=wanted.ends_at, place=wanted.place, access=wanted.access, contact=wanted.contact
    )
    await meetings.change(connection, meeting_id, before.revision, kept, by=by, now=now, reason="Le plan des ateliers a changé")
    return meeting_id


async def _at(runtime: Runtime, plan_id: UUID, revision: int) -> KeptPlan:
    kept = await plans.get(runtime.pool, plan_id)
    if kept.revision != revision:
        raise Problem(
            412, "STALE", "Le plan a changé entre-temps", f"Vous partiez de la version {revision}, il en est à la version {kept.revision}."
        )
    return kept


async def _again(runtime: Runtime, kept: KeptPlan, question: Instance) -> KeptPlan:
    rules.check(kept.title, kept.kind, question, min(organising.today(runtime), question.starts_on))
    question = await _known(runtime, question, plan_id=kept.plan_id)
    answer = await _ask(_task(_with_announced(kept, question), kept.placements))
    async with runtime.pool.acquire() as connection, connection.transaction():
        return await plans.change(connection, kept.plan_id, kept.revision, question, answer)


def _with_announced(kept: KeptPlan, question: Instance) -> Instance:
    """What people were told, as pins that stay."""
    told = tuple(Pin(atelier, p.day, p.half, None, p.room, announced=True) for atelier, (_, p) in sorted(kept.meetings.items()))
    return replace(question, pins=(*(pin for pin in question.pins if pin.atelier not in kept.meetings), *told))


async def _known(runtime: Runtime, question: Instance, plan_id: UUID | None = None) -> Instance:
    """With what this service knows of the window: mandates, closures, latest visits, and when people cannot."""
    departments = sorted({a.department for a in question.ateliers if a.department})
    required = sorted({person for a in question.ateliers for person in a.required})
    question = replace(
        question,
        mandates=await plans.mandates(runtime.pool, departments, required),
        closures=(*closures.closures(question.starts_on, question.ends_on), *(c for c in question.closures if c.kind == "other")),
        last_visits=await plans.last_visits(runtime.pool, question.starts_on) if departments else {},
    )
    return await availability.known(runtime.pool, question, plan_id)


def _task(question: Instance, before: tuple[Placement, ...] = ()) -> Task:
    return Task(question, before, seconds=LARGE_SECONDS if len(question.ateliers) > LARGE else SECONDS)


async def _ask(task: Task) -> Answer:
    try:
        return await process.ask(task)
    except NoAnswer as error:
        raise Problem(503, "NO_ANSWER", "Le calcul n’a pas abouti", "Réessayez dans un instant.", headers={"Retry-After": "5"}) from error
