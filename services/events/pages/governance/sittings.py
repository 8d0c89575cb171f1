"""The page of one meeting of a committee or college: agenda, decisions, minutes in versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events import access, governing
from services.events.pages import typed as read
from services.events.rules.governance.actions import STATES
from services.events.rules.governance.sittings import ITEMS, OUTCOMES, Decision, Item
from services.events.rules.papers import AUDIENCES
from services.events.store import figures, meetings, papers
from services.events.store.governance import actions, bodies, sittings

router = APIRouter(include_in_schema=False)
ROWS = 12


@router.get("/gouvernance/reunions/{meeting_id}")
async def one(request: Request, meeting_id: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return await _page(request, runtime, caller, meeting_id, {}, ())


@router.post("/gouvernance/reunions/{meeting_id}/ordre-du-jour")
async def set_agenda(request: Request, meeting_id: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    typed = await forms.fields(request)
    errors: list[LineError] = []
    items = []
    for row in range(ROWS):
        name = f"i.{row}"
        if typed.get(f"{name}.title"):
            minutes = read.whole(typed, f"{name}.minutes", errors)
            items.append(Item(typed[f"{name}.title"], typed.get(f"{name}.kind", ""), minutes, typed.get(f"{name}.presenter") or None))
    try:
        if errors:
            raise Refused(errors, code="AGENDA_REFUSED")
        await governing.set_agenda(runtime, caller, _id(meeting_id), items)
    except Refused as refused:
        return await _page(request, runtime, caller, meeting_id, typed, refused.errors)
    return RedirectResponse(f"/gouvernance/reunions/{meeting_id}", 303)


@router.post("/gouvernance/reunions/{meeting_id}/compte-rendu")
async def write_minutes(request: Request, meeting_id: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Somebody else's newer version is shown above one's own text, which stays in its field."""
    typed = await forms.fields(request)
    try:
        await governing.write_minutes(
            runtime, caller, _id(meeting_id), read.revision(typed), typed.get("text", ""), published=typed.get("published") == "oui"
        )
    except Refused as refused:
        return await _page(request, runtime, caller, meeting_id, typed, refused.errors)
    except Problem as problem:
        if problem.status != 412:
            raise
        return await _page(request, runtime, caller, meeting_id, typed, (), overtaken=True)
    return RedirectResponse(f"/gouvernance/reunions/{meeting_id}#compte-rendu", 303)


@router.post("/gouvernance/reunions/{meeting_id}/decisions")
async def decide(request: Request, meeting_id: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    typed = await forms.fields(request)
    decision = Decision(typed.get("title", ""), typed.get("decision", ""), typed.get("outcome", ""), typed.get("release") or None)
    try:
        number = await governing.decide(runtime, caller, _id(meeting_id), decision)
    except Refused as refused:
        return await _page(request, runtime, caller, meeting_id, typed, refused.errors)
    return RedirectResponse(f"/gouvernance/reunions/{meeting_id}#{number}", 303)


async def _page(
    request: Request,
    runtime: Runtime,
    caller: Caller,
    meeting_id: str,
    typed: Mapping[str, str],
    errors: Sequence[LineError],
    *,
    overtaken: bool = False,
) -> Response:
    kept = await meetings.get(runtime.pool, _id(meeting_id))
    body = await bodies.get(runtime.pool, await sittings.body_of(runtime.pool, kept.meeting_id))
    network = caller.has("team", "coordinator", "facilitator")
    items = await sittings.items(runtime.pool, kept.meeting_id)
    versions = await sittings.minutes(runtime.pool, kept.meeting_id, published_only=not network)
    decided = await sittings.decisions(runtime.pool, kept.meeting_id)
    shown = decided if network or any(version.published for version in versions) else []
    return page(
        request, "events/governance/sitting.html", status_code=412 if overtaken else 422 if errors else 200, kept=kept, plan=kept.plan,
        body=body, items=items, papers=await papers.of_meeting(runtime.pool, kept.meeting_id, access.audience(caller)), audiences=AUDIENCES, kinds=ITEMS, rows=range(min(ROWS, len(items) + 3)), versions=versions, decisions=shown, outcomes=OUTCOMES,
        typed=typed, errors=forms.by_field(errors), overtaken=overtaken, network=network, team=caller.has("team"), states=STATES,
        releases=await figures.releases(runtime.pool), following=await _following(runtime, [each.decision_id for each in shown]) if network else {},
    )  # fmt: skip


async def _following(runtime: Runtime, decision_ids: Sequence[UUID]) -> dict[UUID, list[actions.KeptAction]]:
    """The actions of each decision."""
    found: dict[UUID, list[actions.KeptAction]] = {decision_id: [] for decision_id in decision_ids}
    for kept in await actions.listed(runtime.pool) if decision_ids else []:
        if kept.action.decision_id in found:
            found[kept.action.decision_id].append(kept)
    return found


def _id(meeting_id: str) -> UUID:
    found = read.identity(meeting_id)
    if found is None:
        raise meetings.unknown()
    return found
