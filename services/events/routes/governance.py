"""Governance over the API: bodies, meetings, minutes and decisions, actions, milestones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from kit.preconditions import ExpectedRevision, etag
from kit.web.instants import Day
from kit.web.request import CallerDep, RuntimeDep
from services.events import acting, governing
from services.events.organising import today
from services.events.pages.governance.bodies import standings
from services.events.pages.governance.milestones import move
from services.events.rules.governance import milestones as milestone_rules
from services.events.rules.governance.actions import Action, late
from services.events.rules.governance.milestones import Milestone, Standing
from services.events.rules.governance.sittings import Decision, Item, Member
from services.events.rules.meetings import Plan
from services.events.store.governance import actions, bodies, milestones, sittings
from services.events.store.governance.actions import KeptAction

router = APIRouter(prefix="/api/v1/governance", tags=["gouvernance"])


class MemberBody(BaseModel):
    """Exactly one of a person of the directory, a department and an address."""

    model_config = ConfigDict(extra="ignore")

    role: str = "MEMBER"
    person_id: UUID | None = None
    department: str | None = None
    email: str | None = None
    name: str | None = None
    organisation: str | None = None


class ItemBody(BaseModel):
    """A point of the agenda; kind INFORMATION, DISCUSSION or DECISION."""

    title: str
    kind: str = "INFORMATION"
    minutes: int | None = None
    presenter: str | None = Field(default=None, max_length=200)


class SittingBody(BaseModel):
    """A meeting of a body. Times are local, without offset."""

    model_config = ConfigDict(extra="ignore")

    title: str
    starts_at: NaiveDatetime
    ends_at: NaiveDatetime
    place: str
    to_prepare: str | None = Field(default=None, max_length=500)
    contact: str | None = Field(default=None, max_length=200)
    answer_by: Day | None = None
    agenda: list[ItemBody] = Field(default_factory=list)


class MinutesBody(BaseModel):
    """A version of the minutes; internal unless published."""

    text: str
    published: bool = False


class DecisionBody(BaseModel):
    """A decision; `release` is the edition that it validates."""

    model_config = ConfigDict(extra="ignore")

    title: str
    text: str = ""
    outcome: str = "ADOPTED"
    release: str | None = None


class RoadmapBody(BaseModel):
    """A roadmap between two days, end excluded."""

    model_config = ConfigDict(extra="ignore")

    title: str
    summary: str = ""
    starts_on: Day
    ends_on: Day
    meeting_id: UUID | None = None


class ActionBody(BaseModel):
    """Who does what until when. Exactly one owner."""

    model_config = ConfigDict(extra="ignore")

    title: str
    due: Day
    detail: str = ""
    person_id: UUID | None = None
    department: str | None = None
    college: str | None = None
    state: str = "OPEN"
    evidence: str = ""
    evidence_link: str | None = None
    roadmap_id: UUID | None = None
    diagnostic_id: UUID | None = None
    decision_id: UUID | None = None


class MilestoneBody(BaseModel):
    """A milestone; a day that changes needs a reason."""

    model_config = ConfigDict(extra="ignore")

    title: str
    due_on: Day
    done_on: Day | None = None
    measure: str = "NONE"
    year: int | None = None
    minimum: int | None = None
    figure: int | None = None
    unit: str | None = Field(default=None, max_length=40)
    release: str | None = Field(default=None, max_length=40)
    reason: str = Field(default="", max_length=500)


@router.get("/bodies", summary="Comités et collèges")
async def bodies_listed(runtime: RuntimeDep) -> dict[str, Any]:
    found = await bodies.all_of(runtime.pool)
    return {"items": [{"code": b.code, "kind": b.kind, "name": b.name, "mission": b.mission, "active": b.active} for b in found]}


@router.post("/bodies/{code}/members", status_code=204, summary="Ajouter un membre")
async def add_member(code: str, body: MemberBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    await governing.add_member(runtime, caller, code, Member(**body.model_dump()))
    return Response(status_code=204)


@router.post("/bodies/{code}/meetings", status_code=201, summary="Planifier une réunion et inviter les membres")
async def meet(code: str, body: SittingBody, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    plan = Plan(
        "COMITE", body.title.strip(), body.starts_at, body.ends_at, body.place.strip(), to_prepare=body.to_prepare, contact=body.contact,
        answer_by=body.answer_by,
    )  # fmt: skip
    kept = await governing.meet(runtime, caller, code, plan)
    if body.agenda:
        await governing.set_agenda(runtime, caller, kept.meeting_id, [Item(**item.model_dump()) for item in body.agenda])
    return {"id": kept.meeting_id, "revision": kept.revision, "page": kept.plan.page}


@router.post("/bodies/{code}/roadmaps", status_code=201, summary="Ajouter une feuille de route")
async def add_roadmap(code: str, body: RoadmapBody, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    made = await acting.add_roadmap(runtime, caller, code, body.title, body.summary, (body.starts_on, body.ends_on), body.meeting_id)
    return {"id": made.roadmap_id, "page": made.path}


@router.get("/meetings/{meeting_id}/minutes", summary="Le compte rendu d’une réunion")
async def minutes(meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep, response: Response) -> dict[str, Any]:
    await sittings.body_of(runtime.pool, meeting_id)
    network = caller.has("team", "coordinator", "facilitator")
    found = await sittings.minutes(runtime.pool, meeting_id, published_only=not network)
    response.headers.update(etag(found[0].revision if found else 0))
    decided = await sittings.decisions(runtime.pool, meeting_id) if network or found else []
    return {
        "versions": [{"revision": m.revision, "text": m.text, "published": m.published, "at": m.at} for m in found],
        "decisions": [_decision(kept) for kept in decided],
    }  # fmt: skip


@router.put("/meetings/{meeting_id}/minutes", summary="Écrire le compte rendu")
async def write_minutes(
    meeting_id: UUID, body: MinutesBody, revision: ExpectedRevision, runtime: RuntimeDep, caller: CallerDep, response: Response
) -> dict[str, Any]:
    written = await governing.write_minutes(runtime, caller, meeting_id, revision, body.text, published=body.published)
    response.headers.update(etag(written))
    return {"revision": written}


@router.post("/meetings/{meeting_id}/decisions", status_code=201, summary="Ajouter une décision")
async def decide(meeting_id: UUID, body: DecisionBody, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    number = await governing.decide(runtime, caller, meeting_id, Decision(body.title, body.text, body.outcome, body.release))
    kept = next(each for each in await sittings.decisions(runtime.pool, meeting_id) if each.number == number)
    return _decision(kept)


@router.get("/decisions", summary="Les décisions dont le compte rendu est publié")
async def decisions(runtime: RuntimeDep, caller: CallerDep, release: str | None = None) -> dict[str, Any]:
    network = caller.has("team", "coordinator", "facilitator")
    found = [kept for kept in await sittings.decisions(runtime.pool) if network or kept.minutes_published]
    return {"items": [_decision(kept) for kept in found if release is None or kept.decision.release == release]}


@router.get("/actions", summary="Les actions")
async def actions_listed(runtime: RuntimeDep, caller: CallerDep, state: str | None = None, *, overdue: bool = False) -> dict[str, Any]:
    caller.require("team", "coordinator", "facilitator")
    mine = None if caller.has("team") else sorted(caller.departments)
    found = await actions.listed(runtime.pool, departments=mine, person_id=caller.person)
    day = today(runtime)
    return {
        "items": [
            _action(kept, day) for kept in found
            if (state is None or kept.action.state == state) and (not overdue or late(kept.action.state, kept.action.due, day))
        ]
    }  # fmt: skip


@router.post("/actions", status_code=201, summary="Ajouter une action")
async def give(body: ActionBody, runtime: RuntimeDep, caller: CallerDep, response: Response) -> dict[str, Any]:
    kept = await acting.give(runtime, caller, Action(**body.model_dump()))
    response.headers.update(etag(kept.version))
    return _action(kept, today(runtime))


@router.get("/actions/{action_id}", summary="Une action")
async def action(action_id: UUID, runtime: RuntimeDep, caller: CallerDep, response: Response) -> dict[str, Any]:
    caller.require("team", "coordinator", "facilitator")
    kept = await actions.get(runtime.pool, action_id)
    response.headers.update(etag(kept.version))
    return _action(kept, today(runtime))


@router.put("/actions/{action_id}", summary="Changer une action")
async def change_action(
    action_id: UUID, body: ActionBody, revision: ExpectedRevision, runtime: RuntimeDep, caller: CallerDep, response: Response
) -> dict[str, Any]:
    before = (await actions.get(runtime.pool, action_id)).action
    fields = body.model_dump() | {"roadmap_id": before.roadmap_id, "diagnostic_id": before.diagnostic_id, "decision_id": before.decision_id}
    kept = await acting.change(runtime, caller, action_id, revision, Action(**fields))
    response.headers.update(etag(kept.version))
    return _action(kept, today(runtime))


@router.get("/milestones", summary="Les jalons de l’observatoire")
async def milestones_listed(runtime: RuntimeDep) -> dict[str, Any]:
    return {"items": [_milestone(standing) for standing in await standings(runtime)]}


@router.post("/milestones", status_code=201, summary="Poser un jalon")
async def add_milestone(body: MilestoneBody, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    caller.require("team")
    wanted = _wanted(body.model_dump(exclude={"reason"}), body.due_on)
    milestone_rules.check(wanted)
    async with runtime.pool.acquire() as connection, connection.transaction():
        return {"id": await milestones.add(connection, wanted)}


@router.put("/milestones/{milestone_id}", status_code=204, summary="Changer un jalon")
async def change_milestone(
    milestone_id: UUID, body: MilestoneBody, revision: ExpectedRevision, runtime: RuntimeDep, caller: CallerDep
) -> Response:
    caller.require("team")
    before = await milestones.get(runtime.pool, milestone_id)
    wanted = _wanted(body.model_dump(exclude={"reason"}), before.planned_on)
    await move(runtime, milestone_id, revision, before, wanted, body.reason, caller.name)
    return Response(status_code=204)


def _wanted(fields: Mapping[str, Any], planned_on: date) -> Milestone:
    return Milestone(planned_on=planned_on, **fields)


def _decision(kept: sittings.Kept) -> dict[str, Any]:
    said = kept.decision
    return {
        "id": kept.decision_id, "number": kept.number, "title": said.title, "text": said.text, "outcome": said.outcome,
        "release": said.release, "decided_on": kept.decided_on, "meeting_id": kept.meeting_id, "minutes_published": kept.minutes_published,
        "page": kept.path,
    }  # fmt: skip


def _action(kept: KeptAction, day: date) -> dict[str, Any]:
    said = kept.action
    return {
        "id": kept.action_id, "revision": kept.version, "title": said.title, "due": said.due, "detail": said.detail, "state": said.state,
        "overdue": late(said.state, said.due, day), "owner": kept.owner, "person_id": said.person_id, "department": said.department,
        "college": said.college, "evidence": said.evidence, "evidence_link": said.evidence_link, "source": kept.source or None,
        "page": kept.path,
    }  # fmt: skip


def _milestone(standing: Standing) -> dict[str, Any]:
    said = standing.milestone
    return {
        "id": said.milestone_id, "revision": said.revision, "title": said.title, "planned_on": said.planned_on, "due_on": said.due_on,
        "done_on": said.done_on, "slip_days": said.slip, "state": standing.state, "measured": standing.measured, "minimum": said.minimum,
        "release": said.release,
    }  # fmt: skip
