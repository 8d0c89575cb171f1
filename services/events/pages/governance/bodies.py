"""« Gouvernance », and the page of one committee or college: members, meetings, roadmaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.events import acting, governing
from services.events.organising import today
from services.events.pages import typed as read
from services.events.rules.governance import actions as action_rules
from services.events.rules.governance import milestones as milestone_rules
from services.events.rules.governance.sittings import OUTCOMES, ROLES, Member
from services.events.rules.meetings import Plan
from services.events.store import figures
from services.events.store.governance import actions, bodies, milestones, sittings

router = APIRouter(include_in_schema=False)


@router.get("/gouvernance")
async def overview(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """For everybody: who meets, what was published. For the network: what is late."""
    network, now = caller.has("team", "coordinator", "facilitator"), governing.wall_clock(runtime)
    met = await sittings.listed(runtime.pool, None)
    decided = [kept for kept in await sittings.decisions(runtime.pool) if network or kept.minutes_published]
    mine = None if caller.has("team") else sorted(caller.departments)
    followed = await actions.listed(runtime.pool, departments=mine, person_id=caller.person) if network else []
    late = [kept for kept in followed if action_rules.late(kept.action.state, kept.action.due, today(runtime))]
    return page(
        request, "events/governance/overview.html", bodies=[body for body in await bodies.all_of(runtime.pool) if body.active or network],
        coming=[s for s in reversed(met) if s.starts_at >= now and s.state == "planned"],
        minuted=[s for s in met if s.minutes_published or (network and s.has_minutes)][:10], decisions=decided[:20], outcomes=OUTCOMES,
        releases=await figures.releases(runtime.pool), of_release=_by_release(decided), network=network, late=late, team=caller.has("team"), staff=caller.has("team", "coordinator"),
        open_actions=sum(1 for kept in followed if kept.action.state == "OPEN"), standings=await standings(runtime),
        milestone_states=milestone_rules.STATES, tones=milestone_rules.TONES, today=today(runtime),
    )  # fmt: skip


@router.get("/gouvernance/{code}")
async def one(request: Request, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return await _page(request, runtime, caller, code, {}, ())


@router.post("/gouvernance/{code}/membres")
async def add_member(request: Request, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    typed = await forms.fields(request)
    who = typed.get("who", "")
    member = Member(
        typed.get("role", ""), person_id=read.identity(who.removeprefix("p:")) if who.startswith("p:") else None,
        department=who.removeprefix("d:") if who.startswith("d:") else None, email=(typed.get("email") or None) if not who else None,
        name=(typed.get("name") or None) if not who else None, organisation=(typed.get("organisation") or None) if not who else None,
    )  # fmt: skip
    try:
        await governing.add_member(runtime, caller, code, member)
    except Refused as refused:
        return await _page(request, runtime, caller, code, typed, refused.errors)
    return RedirectResponse(f"/gouvernance/{code}#membres", 303)


@router.post("/gouvernance/{code}/membres/{member_id}/retirer")
async def remove_member(code: str, member_id: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    found = read.identity(member_id)
    if found is not None:
        await governing.remove_member(runtime, caller, code, found)
    return RedirectResponse(f"/gouvernance/{code}#membres", 303)


@router.post("/gouvernance/{code}/reunions")
async def meet(request: Request, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    if existing := read.identity(typed.get("meeting")):
        await governing.attach(runtime, caller, code, existing)
        return RedirectResponse(f"/gouvernance/reunions/{existing}", 303)
    errors: list[LineError] = []
    starts_at, ends_at = read.moment(typed, "starts_at", errors), read.moment(typed, "ends_at", errors)
    answer_by = read.day(typed, "answer_by", errors, required=False)
    try:
        if starts_at is None or ends_at is None or errors:
            raise Refused(errors, code="MEETING_REFUSED")
        plan = Plan(
            "COMITE", typed.get("title", ""), starts_at, ends_at, typed.get("place", ""), answer_by=answer_by,
            to_prepare=typed.get("to_prepare") or None, contact=typed.get("contact") or None,
        )  # fmt: skip
        kept = await governing.meet(runtime, caller, code, plan)
    except Refused as refused:
        return await _page(request, runtime, caller, code, typed, refused.errors)
    return RedirectResponse(f"/gouvernance/reunions/{kept.meeting_id}", 303)


@router.post("/gouvernance/{code}/feuilles")
async def add_roadmap(request: Request, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    errors: list[LineError] = []
    starts_on, ends_on = read.day(typed, "starts_on", errors), read.day(typed, "ends_on", errors)
    try:
        if starts_on is None or ends_on is None:
            raise Refused(errors, code="ROADMAP_REFUSED")
        names = {"title": typed.get("roadmap", ""), "summary": typed.get("summary", "")}
        made = await acting.add_roadmap(
            runtime, caller, code, **names, span=(starts_on, ends_on), meeting_id=read.identity(typed.get("set_by"))
        )
    except Refused as refused:
        return await _page(request, runtime, caller, code, typed, refused.errors)
    return RedirectResponse(made.path, 303)


async def standings(runtime: Runtime) -> list[milestone_rules.Standing]:
    """Every milestone as it stands today; a department covers a year when it has at least an hour in it."""
    found = []
    for milestone in await milestones.listed(runtime.pool):
        covered = await figures.of_year(runtime.pool, milestone.year) if milestone.year else {}
        hours = [department for department, known in covered.items() if known.centihours > 0]
        found.append(milestone_rules.standing(milestone, today(runtime), hours))
    return found


async def _page(
    request: Request, runtime: Runtime, caller: Caller, code: str, typed: Mapping[str, str], errors: Sequence[LineError]
) -> Response:
    body = await bodies.get(runtime.pool, code)
    network, team, now = caller.has("team", "coordinator", "facilitator"), caller.has("team"), governing.wall_clock(runtime)
    met = await sittings.listed(runtime.pool, code)
    maps = await actions.roadmaps(runtime.pool, code) if network else []
    followed = await actions.listed(runtime.pool) if network else []
    return page(
        request, "events/governance/body.html", status_code=422 if errors else 200, body=body, network=network, team=team, typed=typed,
        errors=forms.by_field(errors), seats=await bodies.seats(runtime.pool, code, today(runtime)) if network else [], roles=ROLES,
        coming=[s for s in reversed(met) if s.starts_at >= now], past=[s for s in met if s.starts_at < now], roadmaps=maps,
        actions_of={roadmap.roadmap_id: [kept for kept in followed if kept.action.roadmap_id == roadmap.roadmap_id] for roadmap in maps},
        states=action_rules.STATES, today=today(runtime), sittings=await sittings.listed(runtime.pool, None), late=action_rules.late, year=today(runtime).year,
        others=[kept for kept in followed if kept.action.college == code and kept.action.roadmap_id is None],
        loose=await sittings.loose(runtime.pool, body.kind, now) if team else [], who=await choices(runtime) if team else [],
    )  # fmt: skip


async def choices(runtime: Runtime, *, colleges: bool = False) -> list[tuple[str, str]]:
    """Who may sit in a body or own an action, as the options of a select."""
    found = [(f"d:{code}", f"Coordination : {name}") for code, name in DEPARTMENTS.items()]
    if colleges:
        found += [(f"c:{body.code}", body.name) for body in await bodies.all_of(runtime.pool) if body.kind == "COLLEGE" and body.active]
    return found + [(f"p:{person.person_id}", person.name) for person in await bodies.people(runtime.pool)]


def _by_release(decided: Sequence[sittings.Kept]) -> dict[str, sittings.Kept]:
    """The newest decision of each edition."""
    return {kept.decision.release: kept for kept in reversed(decided) if kept.decision.release}
