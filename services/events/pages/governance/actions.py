"""« Feuille de route » : the actions of everybody, one action, its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
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
from services.events import acting, following_up
from services.events.organising import today
from services.events.pages import typed as read
from services.events.pages.governance.bodies import choices
from services.events.rules.governance import actions as rules
from services.events.rules.governance.actions import Action
from services.events.store.governance import actions, bodies
from services.events.store.governance.actions import KeptAction

router = APIRouter(include_in_schema=False)
NOBODYS: Final = UUID(int=0)
"""No action has this id."""


@router.get("/gouvernance/actions")
async def listed(request: Request, runtime: RuntimeDep, caller: CallerDep, etat: str = "", qui: str = "", retard: str = "") -> Response:
    """The team sees every action; a coordinator those of the own department and diagnostic, and the own ones."""
    caller.require("team", "coordinator", "facilitator")
    mine = None if caller.has("team") else sorted(caller.departments)
    found = await actions.listed(runtime.pool, departments=mine, person_id=caller.person)
    shown = [
        kept for kept in found
        if (not etat or kept.action.state == etat) and (not qui or qui == _owner(kept.action))
        and (not retard or rules.late(kept.action.state, kept.action.due, today(runtime)))
    ]  # fmt: skip
    owners = sorted({(_owner(kept.action), kept.owner) for kept in found}, key=lambda owner: owner[1])
    return page(
        request, "events/governance/actions.html", actions=shown, owners=[("", "Tous"), *owners], states=rules.STATES, etat=etat, qui=qui,
        retard=retard, late=rules.late, today=today(runtime),
    )  # fmt: skip


@router.get("/gouvernance/actions/nouvelle")
async def new(
    request: Request, runtime: RuntimeDep, caller: CallerDep, diagnostic: str = "", feuille: str = "", decision: str = ""
) -> Response:
    caller.require("team", "coordinator", "facilitator")
    wanted = {"diagnostic": diagnostic, "roadmap": feuille, "decision": decision}
    if diagnostic:
        wanted |= await following_up.action_of(runtime, caller, diagnostic)
    return await _form(request, runtime, wanted, None, ())


@router.post("/gouvernance/actions/nouvelle")
async def give(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team", "coordinator", "facilitator")
    typed = await forms.fields(request)
    try:
        kept = await acting.give(runtime, caller, _read(typed, None))
    except Refused as refused:
        return await _form(request, runtime, typed, None, refused.errors)
    return RedirectResponse(kept.path, 303)


@router.get("/gouvernance/actions/{action_id}")
async def one(request: Request, action_id: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return await _one(request, runtime, caller, await _visible(runtime, caller, action_id), {}, ())


@router.post("/gouvernance/actions/{action_id}")
async def change(request: Request, action_id: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """State and evidence, or everything from the form behind « Modifier »."""
    before = await _visible(runtime, caller, action_id)
    typed = await forms.fields(request)
    full = "title" in typed
    try:
        wanted = _read(typed, before.action) if full else _with_state(before.action, typed)
        await acting.change(runtime, caller, before.action_id, read.revision(typed, "version"), wanted)
    except Refused as refused:
        return await (
            _form(request, runtime, typed, before, refused.errors)
            if full
            else _one(request, runtime, caller, before, typed, refused.errors)
        )
    except Problem as problem:
        if problem.status != 412:
            raise
        now = await actions.get(runtime.pool, before.action_id)
        error = LineError(column="", code=problem.code, message=f"{problem.detail} Vos mots sont encore dans le formulaire.")
        return await _one(request, runtime, caller, now, typed, [error], status=412)
    return RedirectResponse(before.path, 303)


@router.get("/gouvernance/actions/{action_id}/modifier")
async def edit(request: Request, action_id: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _visible(runtime, caller, action_id)
    if not acting.may_change(caller, kept.action):
        raise Problem(403, "FORBIDDEN", "Cette action n’est pas la vôtre")
    action = kept.action
    written = {
        "title": action.title, "detail": action.detail, "due": action.due.isoformat(), "owner": _owner(action), "state": action.state,
        "evidence": action.evidence, "evidence_link": action.evidence_link or "", "roadmap": str(action.roadmap_id or ""),
        "diagnostic": str(action.diagnostic_id or ""), "decision": str(action.decision_id or ""),
    }  # fmt: skip
    return await _form(request, runtime, written, kept, ())


def _read(typed: Mapping[str, str], before: Action | None) -> Action:
    errors: list[LineError] = []
    due = read.day(typed, "due", errors)
    if due is None:
        raise Refused(errors, code="ACTION_REFUSED")
    owner = typed.get("owner", "")
    return Action(
        typed.get("title", ""), due, typed.get("detail", ""),
        read.identity(owner.removeprefix("p:")) if owner.startswith("p:") else None,
        owner.removeprefix("d:") if owner.startswith("d:") else None, owner.removeprefix("c:") if owner.startswith("c:") else None,
        typed.get("state", "OPEN"), typed.get("evidence", ""), typed.get("evidence_link") or None,
        read.identity(typed.get("roadmap")) if before is None else before.roadmap_id,
        read.identity(typed.get("diagnostic")) if before is None else before.diagnostic_id,
        read.identity(typed.get("decision")) if before is None else before.decision_id,
    )  # fmt: skip


def _with_state(action: Action, typed: Mapping[str, str]) -> Action:
    return replace(
        action, state=typed.get("state", ""), evidence=typed.get("evidence", ""), evidence_link=typed.get("evidence_link") or None
    )


def _owner(action: Action) -> str:
    if action.person_id:
        return f"p:{action.person_id}"
    return f"d:{action.department}" if action.department else f"c:{action.college}"


async def _visible(runtime: Runtime, caller: Caller, action_id: str) -> KeptAction:
    caller.require("team", "coordinator", "facilitator")
    found = read.identity(action_id)
    return await actions.get(runtime.pool, found) if found else await actions.get(runtime.pool, NOBODYS)


async def _one(
    request: Request,
    runtime: Runtime,
    caller: Caller,
    kept: KeptAction,
    typed: Mapping[str, str],
    errors: Sequence[LineError],
    *,
    status: int = 422,
) -> Response:
    return page(
        request, "events/governance/action.html", status_code=status if errors else 200, kept=kept, action=kept.action, typed=typed,
        errors=forms.by_field(errors), states=rules.STATES, is_late=rules.late(kept.action.state, kept.action.due, today(runtime)),
        today=today(runtime), mine=acting.may_change(caller, kept.action), history=await actions.history(runtime.pool, kept.action_id),
    )  # fmt: skip


async def _form(
    request: Request, runtime: Runtime, typed: Mapping[str, str], kept: KeptAction | None, errors: Sequence[LineError]
) -> Response:
    names = {body.code: body.name for body in await bodies.all_of(runtime.pool)}
    maps = [(str(each.roadmap_id), f"{names[each.body]} : {each.title}") for each in await actions.roadmaps(runtime.pool)]
    return page(
        request, "events/governance/action_form.html", status_code=422 if errors else 200, typed=typed, kept=kept,
        errors=forms.by_field(errors), who=[("", "Choisissez"), *await choices(runtime, colleges=True)],
        roadmaps=[("", "Aucune"), *maps], states=list(rules.STATES.items()),
    )  # fmt: skip
