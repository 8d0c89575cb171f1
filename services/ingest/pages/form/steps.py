"""The four steps of a draft: each saves what was typed, says what there is to say, and leads on or back. Works without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from kit import digits
from kit.identity import Caller
from kit.postgres import Connection
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import RuntimeDep
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.pages.form import content as c
from services.ingest.pages.form.content import put_identities_back, typed_lines
from services.ingest.pages.form.loading import Filling, filling, filling_in
from services.ingest.pages.form.looking import look
from services.ingest.pages.form.showing import ORDER, before, shown_of, step_page, where
from services.ingest.pages.form.windows import Elsewhere, Window, elsewhere, sign
from services.ingest.routes.nothing import quarter_in
from services.ingest.settings import spool, tokens
from services.ingest.store import drafts

router = APIRouter(include_in_schema=False)
Step = Literal["marche", "heures", "complements", "recapitulatif"]
_ANSWERED: Final = re.compile(r"group\.(?P<line>\d{1,2})|minutes\.(?P<minutes_of>\d{1,2})\.(?P<month>[0-2])", re.ASCII)
"""What V08 asks, answered beside the hours: several persons, or the minutes of a month."""


@router.get("/declarer/nouvelle/{draft_id}/{step}")
async def show(request: Request, runtime: RuntimeDep, caller: CallerDep, draft_id: UUID, step: Step) -> Response:
    found = await filling(runtime, caller, draft_id)
    if found.draft.number:
        return RedirectResponse(f"/declarer/recu/{found.draft.number}", 303)
    return await step_page(request, runtime, caller, found, step)


@router.post("/declarer/nouvelle/{draft_id}/abandon")
async def give_up(runtime: RuntimeDep, caller: CallerDep, draft_id: UUID) -> Response:
    async with runtime.pool.acquire() as connection:
        await drafts.drop(connection, draft_id, declarant_of(caller).id)
    return RedirectResponse("/declarer/nouvelle", 303)


@router.post("/declarer/nouvelle/{draft_id}/{step}")
async def save(request: Request, runtime: RuntimeDep, caller: CallerDep, draft_id: UUID, step: Step) -> Response:
    """Keep what was typed. Asked by a field that changed, the answer is only what there is to say; by a button, the next page.

    What another window has saved since the form's page was made is not written over: nothing is saved, and both versions are shown (409).
    """
    form = await forms.fields(request)
    action, part = form.get("action", "save"), request.headers.get("HX-Request") == "true"
    found, window, other = await _taken(runtime, caller, draft_id, step, form)
    if found.draft.number:
        receipt = f"/declarer/recu/{found.draft.number}"
        return page(request, "declarer_etat_envoyee.html", receipt=receipt) if part else RedirectResponse(receipt, 303)
    if part:
        return page(request, "declarer_etat.html", **shown_of(found, await look(runtime, caller, found), step, window, other))
    if other:
        put_identities_back(found.content, form)
        return await step_page(request, runtime, caller, found, step, elsewhere=other)
    if action == "previous":
        return RedirectResponse(where(found, ORDER[max(0, ORDER.index(step) - 1)]), 303)
    if action == "next":
        looked = await look(runtime, caller, found)
        if not looked.blocking(step):
            return RedirectResponse(where(found, ORDER[ORDER.index(step) + 1]), 303)
        return await step_page(request, runtime, caller, found, step, looked)
    return RedirectResponse(f"{where(found, step)}#{'lignes' if action.startswith(('add', 'remove', 'repeat')) else 'etat'}", 303)


async def _taken(
    runtime: Runtime, caller: Caller, draft_id: UUID, step: Step, form: Mapping[str, str]
) -> tuple[Filling, Window, Elsewhere | None]:
    """The draft with the form in it and the form's window: saved, unless another window was first."""
    window, now = Window.of(form), runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        found = await filling_in(connection, runtime, caller, draft_id, lock=True)
        if found.draft.number:
            return found, window, None
        saved = deepcopy(found.version)
        await _take(connection, runtime, found, step, form)
        typed_for = quarter_in(form["quarter"]) if form.get("quarter") else found.quarter  # the months that the hours were typed under
        if other := elsewhere(replace(found.version, quarter=typed_for), saved, step, window):
            return found, window, other
        moved = found.quarter != saved.quarter  # the hours of another page stand under other months then
        sign(found.content, (step, "heures") if moved else (step,), window, caller, now)
        await drafts.save(connection, spool(runtime), found.draft.id, found.content.kept(), found.quarter.start, now)
        found.draft = replace(found.draft, saved_at=now)
    return found, window.now(found.version, step), None


async def _take(connection: Connection, runtime: Runtime, found: Filling, step: Step, form: Mapping[str, str]) -> None:
    """Put into the draft what the form says, and do what its button asks."""
    content, action = found.content, form.get("action", "save")
    if step == "marche":
        content.market = {name: form.get(name, "")[:200] for name in c.MARKET}
        if form.get("quarter"):
            found.draft = replace(found.draft, quarter_start=quarter_in(form["quarter"]).start)
    elif step == "heures":
        content.grain = "quarter" if form.get("grain") == "quarter" else "month"
        content.lines = typed_lines(form, content.lines, tokens(runtime))
        if action in {"add_person", "add_group"}:
            content.add(action.removeprefix("add_"))
        elif action.startswith("remove.") and (place := digits.whole(action.removeprefix("remove."))):
            del content.lines[place - 1 : place]
        elif asked := _ANSWERED.fullmatch(action):
            if asked["line"]:
                content.as_group(int(asked["line"]))
            else:
                content.in_hours(int(asked["minutes_of"]), int(asked["month"]))
        elif action == "repeat":
            content.grain, lines = c.suggested(await before(connection, found), found.quarter)
            content.lines = [*lines, *(line for line in content.lines if any(any(month.values()) for month in line.months))][: c.MOST_LINES]
    elif step == "complements":
        content.complements = {name: form.get(name, "")[:100] for name in c.COMPLEMENTS}
