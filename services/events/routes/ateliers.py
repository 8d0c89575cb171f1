"""Plans of ateliers for scripts: propose, pin, why not, accept."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from kit.preconditions import ExpectedRevision, etag
from kit.problems import LineError, Problem
from kit.web.instants import Day
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import THEMES
from services.events import ateliers
from services.events.planning.instance import Animator, Atelier, Busy, Closure, Conditions, Half, Instance, Pin, Room
from services.events.planning.outcomes import Blocking
from services.events.store import plans
from services.events.store.plans import KeptPlan

router = APIRouter(prefix="/api/v1/ateliers/plans", tags=["ateliers"])
_WEEK = re.compile(r"(\d{4})-W(\d{1,2})", re.ASCII)


class QuestionBody(BaseModel):
    """What is to be placed. Without `ateliers`, one for each of `themes` × `departments`, with `expected` people each."""

    model_config = ConfigDict(extra="ignore")

    title: str
    kind: str = "ATELIER"
    starts_on: Day
    ends_on: Day
    themes: list[str] = Field(default_factory=list)
    departments: list[str] = Field(default_factory=list)
    expected: int = 0
    ateliers: list[Atelier] = Field(default_factory=list)
    animators: list[Animator]
    rooms: list[Room]
    conditions: Conditions = Field(default_factory=Conditions)
    busy: list[Busy] = Field(default_factory=list)
    closures: list[Closure] = Field(default_factory=list)
    pins: list[Pin] = Field(default_factory=list)
    names: dict[str, str] = Field(default_factory=dict)

    def question(self) -> Instance:
        placed = tuple(self.ateliers) or crossed(self.themes, self.departments, self.expected)
        return Instance(
            self.starts_on, self.ends_on, placed, tuple(self.animators), tuple(self.rooms), self.conditions, (), tuple(self.closures),
            tuple(self.busy), tuple(pin for pin in self.pins if not pin.announced), {}, self.names,
        )  # fmt: skip


class PinBody(BaseModel):
    """What is decided about one atelier; what is left out stays free."""

    atelier: str
    day: Day | None = None
    half: Half | None = None
    animator: str | None = None
    room: str | None = None


def crossed(themes: list[str], departments: list[str], expected: int) -> tuple[Atelier, ...]:
    """One atelier for each theme in each department."""
    return tuple(Atelier(f"{t}-{d}", f"{THEMES.get(t, t)} – {d}", t, d, expected) for t in themes for d in departments)


def monday_of(week: str) -> date:
    """The Monday of `2027-W44`. Raises a 422 problem."""
    found = _WEEK.fullmatch(week)
    try:
        if found:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass
    error = LineError(column="week", code="WEEK", value=week[:40], message="Cette semaine n’existe pas.", example="2027-W44")
    raise Problem(422, "WEEK", "Cette semaine n’existe pas", errors=[error])


@router.post("", status_code=201, summary="Proposer un plan d’ateliers")
async def propose(body: QuestionBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    kept = await ateliers.propose(runtime, caller, body.title, body.kind, body.question())
    return JSONResponse(answer(kept), 201, headers={**etag(kept.revision), "Location": f"/api/v1/ateliers/plans/{kept.plan_id}"})


@router.get("/{plan_id}", summary="Un plan d’ateliers")
async def one(plan_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team", "coordinator")
    return _given(await plans.get(runtime.pool, plan_id))


@router.post("/{plan_id}/solve", summary="Recalculer avec le moins de changements")
async def again(plan_id: UUID, runtime: RuntimeDep, caller: CallerDep, revision: ExpectedRevision) -> Response:
    caller.require("team")
    return _given(await ateliers.again(runtime, plan_id, revision))


@router.post("/{plan_id}/pins", summary="Épingler un atelier")
async def pin(plan_id: UUID, body: PinBody, runtime: RuntimeDep, caller: CallerDep, revision: ExpectedRevision) -> Response:
    caller.require("team")
    return _given(await ateliers.pin(runtime, plan_id, revision, Pin(body.atelier, body.day, body.half, body.animator, body.room)))


@router.delete("/{plan_id}/pins/{atelier}", summary="Libérer un atelier épinglé")
async def unpin(plan_id: UUID, atelier: str, runtime: RuntimeDep, caller: CallerDep, revision: ExpectedRevision) -> Response:
    caller.require("team")
    return _given(await ateliers.unpin(runtime, plan_id, revision, atelier))


@router.get("/{plan_id}/why-not", summary="Pourquoi pas cette semaine ?")
async def why_not(
    plan_id: UUID, atelier: str, week: Annotated[str, Query(description="2027-W44")], runtime: RuntimeDep, caller: CallerDep
) -> dict[str, Any]:
    caller.require("team", "coordinator")
    found = await ateliers.why_not(runtime, await plans.get(runtime.pool, plan_id), atelier, monday_of(week))
    changes = found.outcome.changes if found.outcome else None
    return {
        "possible": found.possible,
        "reasons": [condition.text for condition in found.reasons],
        "half_days": [
            {"day": s.day.isoformat(), "half": s.half, "forbidden_by": [c.text for c in against]} for s, against in found.forbidden
        ],
        "extra_points": found.extra,
        "moves": changes.total if changes else None,
        "blocking": _blocking(found.blocking),
    }


@router.post("/{plan_id}/accept", summary="Accepter le plan : les réunions sont annoncées")
async def accept(plan_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Sent again, it changes nothing: each atelier is announced once."""
    caller.require("team")
    return _given(await ateliers.accept(runtime, caller, plan_id))


def _given(kept: KeptPlan) -> Response:
    return JSONResponse(answer(kept), headers=etag(kept.revision))


def answer(kept: KeptPlan) -> dict[str, Any]:
    """A plan in the API's words. Points are explained by `terms`; `gap` is 0 when the plan is proven to be the best."""
    outcome = kept.answer.outcome
    state: Literal["accepted", "proposed"] = "accepted" if kept.accepted_at else "proposed"
    return {
        "id": str(kept.plan_id), "revision": kept.revision, "state": state, "title": kept.title, "kind": kept.kind,
        "status": outcome.status if outcome else "unknown",
        "points": outcome.points if outcome else None, "bound": outcome.bound if outcome else None, "gap": outcome.gap if outcome else None,
        "terms": [{"code": t.code, "label": t.label, "count": t.count, "points": t.points} for t in outcome.terms] if outcome else [],
        "changes": _changes(kept),
        "placements": [
            {
                "atelier": p.atelier, "title": kept.question.by_id[p.atelier].title, "department": kept.question.by_id[p.atelier].department,
                "day": p.day.isoformat(), "half": p.half, "animator": p.animator, "room": p.room,
                "pinned": p.atelier in kept.question.pin_of,
                "meeting": str(kept.meetings[p.atelier][0]) if p.atelier in kept.meetings else None,
            }
            for p in kept.placements if p.atelier in kept.question.by_id
        ],
        "blocking": _blocking(kept.answer.blocking),
    }  # fmt: skip


def _changes(kept: KeptPlan) -> dict[str, Any] | None:
    changes = kept.answer.outcome.changes if kept.answer.outcome else None
    if changes is None:
        return None
    return {"announced": changes.announced, "moved": changes.moved, "animators": changes.animators, "proven": changes.proven}


def _blocking(found: Blocking | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"minimal": found.minimal, "ateliers": list(found.ateliers), "conditions": [c.text for c in found.conditions]}
