"""Actions: given, changed, closed with their evidence, and told of again while they are due or late."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from uuid import UUID

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from schemas.identifiers import uuid7
from services.events.organising import today
from services.events.rules.governance import actions as rules
from services.events.rules.governance.actions import Action
from services.events.settings import TASKS_EVERY_S
from services.events.store import diagnostics
from services.events.store.governance import actions, bodies
from services.events.store.governance.actions import KeptAction, Roadmap

log = logging.getLogger(__name__)


def may_change(caller: Caller, action: Action) -> bool:
    """The team changes every action; a coordinator those of the own department, and everybody the own ones."""
    if caller.has("team"):
        return True
    mine = action.person_id is not None and action.person_id == caller.person
    return mine or (action.department is not None and action.department in caller.own)


async def give(runtime: Runtime, caller: Caller, wanted: Action) -> KeptAction:
    """A new action, told to its owner. Raises Refused, 401, 403, 404 for a diagnostic of another department."""
    await _allowed(runtime, caller, wanted)
    rules.check(wanted, today(runtime), is_new=True)
    async with runtime.pool.acquire() as connection, connection.transaction():
        if wanted.college is not None:
            await bodies.get(connection, wanted.college)
        kept = await actions.give(connection, wanted, today(runtime), by=(caller.id, caller.name), now=runtime.clock())
    runtime.wake_relay()
    return kept


async def change(runtime: Runtime, caller: Caller, action_id: UUID, version: int, wanted: Action) -> KeptAction:
    """Raises Refused, 403, 404, 412. What it comes from stays."""
    before = await actions.get(runtime.pool, action_id)
    if not may_change(caller, before.action):
        caller.require()
        raise _forbidden()
    await _allowed(runtime, caller, wanted)
    rules.check(wanted, today(runtime), is_new=False)
    async with runtime.pool.acquire() as connection, connection.transaction():
        kept = await actions.change(connection, action_id, version, wanted, today(runtime), by_name=caller.name, now=runtime.clock())
    runtime.wake_relay()
    return kept


async def add_roadmap(
    runtime: Runtime, caller: Caller, body: str, title: str, summary: str, span: tuple[date, date], meeting_id: UUID | None = None
) -> Roadmap:
    """The roadmap of a college between two days. Raises Refused, 404."""
    caller.require("team")
    errors = []
    if not title.strip() or len(title) > rules.LONGEST:
        errors.append(
            LineError(column="title", code="TEXT", message="Nommez la feuille de route.", example="Feuille de route 2027 des acheteurs")
        )
    if span[1] <= span[0]:
        errors.append(LineError(column="ends_on", code="INVERTED", value=span[1].isoformat(), message="La fin vient après le début."))
    if len(summary) > rules.LONGEST_TEXT:
        errors.append(LineError(column="summary", code="TEXT", message=f"{rules.LONGEST_TEXT} caractères au plus."))
    if errors:
        raise Refused(errors, code="ROADMAP_REFUSED", title="La feuille de route ne peut pas être enregistrée")
    roadmap = Roadmap(uuid7(), body, title.strip(), summary.strip(), *span, meeting_id)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await bodies.get(connection, body)
        await actions.add_roadmap(connection, roadmap, now=runtime.clock())
    return roadmap


async def tell_due(runtime: Runtime) -> None:
    """A long task: actions that come due or are late are announced again, by the days of `rules.to_tell`."""
    while True:
        if told := await tell_due_once(runtime):
            log.info("actions due or late", extra={"actions": told})
            runtime.wake_relay()
        await asyncio.sleep(TASKS_EVERY_S)


async def tell_due_once(runtime: Runtime) -> int:
    """Returns how many were announced. Run twice on one day, the second announces nothing."""
    day, told = today(runtime), 0
    async with runtime.pool.acquire() as connection:
        for found in await actions.open_until(connection, day + rules.NOTICE):
            if not rules.to_tell(found.action.due, found.told_on, day):
                continue
            async with connection.transaction():
                kept = await actions.locked(connection, found.action_id)
                if kept.action.state == "OPEN" and rules.to_tell(kept.action.due, kept.told_on, day):
                    await actions.tell_again(connection, kept.action_id, day, now=runtime.clock())
                    told += 1
    return told


async def _allowed(runtime: Runtime, caller: Caller, wanted: Action) -> None:
    caller.require("team", "coordinator", "facilitator")
    if wanted.diagnostic_id is not None:
        form = await diagnostics.by_id(runtime.pool, wanted.diagnostic_id)
        if form is None:
            raise Problem(404, "UNKNOWN_DIAGNOSTIC", "Cette fiche diagnostic n’existe pas")
        if not caller.has("team") and form.department not in caller.departments:
            raise _forbidden()
    if not may_change(caller, wanted):
        raise _forbidden()


def _forbidden() -> Problem:
    return Problem(403, "FORBIDDEN", "Cette action n’est pas la vôtre", "Vous changez les actions de votre département et les vôtres.")
