"""« Ateliers »: ask for a plan, see it by week and department, ask why not, pin, accept, print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit import digits
from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import MEETINGS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.events import ateliers
from services.events.pages import plan_questions
from services.events.planning import conditions
from services.events.planning.instance import HALVES, Half, Instance, Pin, Placement
from services.events.planning.outcomes import WhyNot
from services.events.routes.ateliers import monday_of
from services.events.rules import plans as rules
from services.events.store import meetings, plans
from services.events.store.plans import KeptPlan

router = APIRouter(include_in_schema=False)
SHORT: Final = {"ETT": "ETT", "REPRISE_PERSONNEL": "Reprise", "BAILLEURS": "Bailleurs", "AUTRE": "Autre"}
"""Themes as they fit into a cell."""
VIEWS: Final = {"semaine": "Semaine", "mois": "Mois", "tableau": "Tableau"}


@router.get("/ateliers")
async def overview(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    now = runtime.clock().astimezone(PARIS).replace(tzinfo=None)
    coming = await meetings.upcoming(runtime.pool, now, department=None, kind="ATELIER", limit=100)
    staff = caller.has("team", "coordinator")
    made = await plans.listed(runtime.pool) if staff else []
    return page(
        request, "events/ateliers/list.html", meetings=coming, plans=made, may_plan=caller.has("team"), staff=staff,
        departments=DEPARTMENTS, themes=THEMES,
    )  # fmt: skip


@router.get("/ateliers/nouveau")
async def new(request: Request, caller: CallerDep) -> Response:
    caller.require("team")
    first = {f"theme.{code}": "oui" for code in THEMES if code != "AUTRE"} | {f"department.{code}": "oui" for code in DEPARTMENTS}
    first |= {"weekday.1": "oui", "weekday.3": "oui", "half.MORNING": "oui", "half.AFTERNOON": "oui", "spacing": "3", "per_week": "3"}
    return _form(request, {**first, "kind": "ATELIER", "expected": "20"}, ())


@router.post("/ateliers/nouveau")
async def propose(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    try:
        kept = await ateliers.propose(runtime, caller, typed.get("title", ""), typed.get("kind", ""), plan_questions.of_ateliers(typed))
    except Refused as refused:
        return _form(request, typed, refused.errors)
    return RedirectResponse(f"/ateliers/plans/{kept.plan_id}", 303)


@router.get("/ateliers/plans/{plan_id}")
async def see(
    request: Request, plan_id: UUID, runtime: RuntimeDep, caller: CallerDep, vue: str = "semaine", atelier: str = "", semaine: str = ""
) -> Response:
    caller.require("team", "coordinator")
    kept = await plans.get(runtime.pool, plan_id)
    asked = await ateliers.why_not(runtime, kept, atelier, monday_of(semaine)) if atelier and semaine else None
    return _plan(request, kept, vue if vue in VIEWS else "semaine", may_plan=caller.has("team"), asked=asked, atelier=atelier, week=semaine)


@router.post("/ateliers/plans/{plan_id}/epingler")
async def pin(request: Request, plan_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    half: Half | None = next((h for h in HALVES if h == typed.get("half")), None)
    try:
        day = date.fromisoformat(typed["day"]) if typed.get("day") else None
    except ValueError:
        raise Problem(422, "DATE", "Cette date n’existe pas", "Exemple : 2027-01-29.") from None
    wanted = Pin(typed.get("atelier", ""), day, half, typed.get("animator") or None, typed.get("room") or None)
    await ateliers.pin(runtime, plan_id, _revision(typed), wanted)
    return RedirectResponse(f"/ateliers/plans/{plan_id}", 303)


@router.post("/ateliers/plans/{plan_id}/liberer")
async def unpin(request: Request, plan_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    await ateliers.unpin(runtime, plan_id, _revision(typed), typed.get("atelier", ""))
    return RedirectResponse(f"/ateliers/plans/{plan_id}", 303)


@router.post("/ateliers/plans/{plan_id}/recalculer")
async def again(request: Request, plan_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """With what the team changed of the conditions: whether announced ateliers may move, and who has left."""
    caller.require("team")
    typed = await forms.fields(request)
    kept = await plans.get(runtime.pool, plan_id)
    question = replace(kept.question, conditions=replace(kept.question.conditions, keep_announced=not typed.get("move_announced")))
    if typed.get("gone") and typed.get("gone_on"):
        try:
            left = date.fromisoformat(typed["gone_on"])
        except ValueError:
            raise Problem(422, "DATE", "Cette date n’existe pas", "Exemple : 2027-01-29.") from None
        question = replace(question, animators=tuple(replace(a, gone_on=left) if a.id == typed["gone"] else a for a in question.animators))
    await ateliers.again(runtime, plan_id, _revision(typed), question)
    return RedirectResponse(f"/ateliers/plans/{plan_id}", 303)


@router.post("/ateliers/plans/{plan_id}/accepter")
async def accept(request: Request, plan_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    await ateliers.accept(runtime, caller, plan_id, _revision(typed))
    return RedirectResponse(f"/ateliers/plans/{plan_id}", 303)


def _form(request: Request, typed: Mapping[str, str], errors: Sequence[LineError]) -> Response:
    return page(
        request, "events/ateliers/new.html", status_code=422 if errors else 200, typed=typed, errors=forms.by_field(errors),
        kinds=[(code, MEETINGS[code]) for code in rules.KINDS if code != "COLLEGE"], themes=THEMES, departments=DEPARTMENTS,
        weekdays=list(enumerate(conditions.WEEKDAYS[:5])), halves=conditions.HALF_NAMES,
    )  # fmt: skip


def _plan(request: Request, kept: KeptPlan, view: str, *, may_plan: bool, asked: WhyNot | None, atelier: str, week: str) -> Response:
    question = kept.question
    spans = months(question) if view == "mois" else weeks(question)
    rows = sorted({a.department or "" for a in question.ateliers})
    cells: dict[tuple[str, date], list[Placement]] = {}
    for p in sorted(kept.placements, key=lambda p: (p.day, p.half != "MORNING")):
        start = p.day.replace(day=1) if view == "mois" else p.day - timedelta(days=p.day.weekday())
        cells.setdefault((question.by_id[p.atelier].department or "", start), []).append(p)
    told = {a: meeting for a, (meeting, _) in kept.meetings.items()}
    pending = any(kept.meetings.get(p.atelier, (None, None))[1] != p for p in kept.placements)
    return page(
        request, "events/ateliers/plan.html", kept=kept, question=question, view=view, views=VIEWS, spans=spans, rows=rows, cells=cells,
        told=told, pending=pending, may_plan=may_plan, asked=asked, asked_atelier=atelier, asked_week=week, departments=DEPARTMENTS,
        halves=conditions.HALF_NAMES, short=SHORT, weeks=weeks(question), outcome=kept.answer.outcome, blocking=kept.answer.blocking,
        pins={pin.atelier for pin in question.pins if not pin.announced}, interims=_interims(question),
    )  # fmt: skip


def weeks(question: Instance) -> list[dict[str, Any]]:
    """Each week of the window: its Monday, « S44 », `2027-W44`, and the holidays that fill all of its days."""
    monday = question.starts_on - timedelta(days=question.starts_on.weekday())
    found = []
    while monday <= question.ends_on:
        year, number, _ = monday.isocalendar()
        days = [day for day in question.days if monday <= day < monday + timedelta(days=7)]
        shut = [next((c.text for c in conditions.of_day(question, day) if c.code != "WEEKDAY"), "") for day in days]
        closed = shut[0] if shut and all(shut) else ""
        found.append({"start": monday, "label": f"S{number}", "iso": f"{year}-W{number:02}", "closed": closed})
        monday += timedelta(days=7)
    return found


def months(question: Instance) -> list[dict[str, Any]]:
    starts = sorted({day.replace(day=1) for day in question.days})
    return [{"start": start, "label": f"{start:%m/%Y}", "iso": "", "closed": ""} for start in starts]


def _interims(question: Instance) -> dict[str, str]:
    """Department → what a person should know of its mandates in the window."""
    found = {}
    for mandate in question.mandates:
        if mandate.interim and mandate.starts_on <= question.ends_on and (mandate.ends_on is None or mandate.ends_on > question.starts_on):
            end = mandate.supposed_end or mandate.ends_on
            found[mandate.department] = f"intérim jusqu’au {conditions.short(end)}" if end else "intérim"
    return found


def _revision(typed: Mapping[str, str]) -> int:
    text = typed.get("revision", "")
    return digits.whole(text) or 0
