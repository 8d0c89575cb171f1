"""Diagnostic forms over the API: read, answer with If-Match, hand in, read over."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from kit.preconditions import ExpectedRevision, etag, stale
from kit.problems import Problem
from kit.web.instants import Day
from kit.web.request import CallerDep, RuntimeDep
from services.events import diagnosing
from services.events.diagnosing import Conflict, Filled
from services.events.rules.diagnostic.answers import Answer
from services.events.rules.diagnostic.questions import as_json

router = APIRouter(prefix="/api/v1/diagnostics", tags=["diagnostic"])


class Sending(BaseModel):
    """Until when the eight coordinations answer."""

    model_config = ConfigDict(extra="ignore")

    answer_by: Day = Field(examples=["2027-03-01"])


class GivenAnswer(BaseModel):
    """A text, a number with a point or comma, or choices one a line."""

    model_config = ConfigDict(extra="ignore")

    value: str = Field(max_length=20_000, examples=["12480.5"])


class Comment(BaseModel):
    """What the team says to the coordination."""

    comment: str | None = Field(default=None, max_length=2_000)


@router.get("", summary="Les fiches d’une année")
async def listed(year: int, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    caller.require("team", "coordinator")
    found = await diagnosing.all_filled(runtime, diagnosing.year_of(str(year)))
    return {"items": [summary(filled) for filled in found if caller.has("team") or filled.form.department in caller.departments]}


@router.post("/{year}", status_code=201, summary="Envoyer la fiche aux coordinations")
async def send(year: int, body: Sending, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    return {"sent": await diagnosing.send(runtime, caller, diagnosing.year_of(str(year)), body.answer_by)}


@router.get("/{year}/{department}", summary="La fiche d’un département")
async def one(year: int, department: str, runtime: RuntimeDep, caller: CallerDep, response: Response) -> dict[str, Any]:
    diagnosing.writer(caller, department)
    found = await diagnosing.filled(runtime, diagnosing.year_of(str(year)), department)
    response.headers.update(etag(found.form.revision))
    return {
        **summary(found), "sections": as_json(found.sections), "answers": {key: written(answer) for key, answer in found.answers.items()},
    }  # fmt: skip


@router.put("/{year}/{department}/answers/{question}", summary="Répondre à une question")
async def answer(
    year: int, department: str, question: str, body: GivenAnswer, revision: ExpectedRevision, runtime: RuntimeDep, caller: CallerDep,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    where = (diagnosing.year_of(str(year)), department)
    try:
        saved = await diagnosing.answer(runtime, caller, where, question, body.value, revision)
    except Conflict as conflict:
        raise _stale(conflict) from None
    response.headers.update(etag(saved.revision))
    return {"question": question, **written(saved)}


@router.post("/{year}/{department}/submit", summary="Transmettre la fiche")
async def submit(year: int, department: str, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    await diagnosing.submit(runtime, caller, diagnosing.year_of(str(year)), department)
    return summary(await diagnosing.filled(runtime, year, department))


@router.post("/{year}/{department}/review", summary="Marquer la fiche comme relue")
async def review(year: int, department: str, body: Comment, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    await diagnosing.review(runtime, caller, diagnosing.year_of(str(year)), department, body.comment)
    return summary(await diagnosing.filled(runtime, year, department))


@router.post("/{year}/{department}/reopen", summary="Rouvrir la fiche")
async def reopen(year: int, department: str, body: Comment, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    await diagnosing.reopen(runtime, caller, diagnosing.year_of(str(year)), department, body.comment)
    return summary(await diagnosing.filled(runtime, year, department))


def summary(found: Filled) -> dict[str, Any]:
    form = found.form
    return {
        "id": form.diagnostic_id, "year": form.year, "department": form.department, "version": form.version, "revision": form.revision,
        "state": form.state, "progress": found.progress, "answer_by": form.answer_by, "submitted_at": form.submitted_at,
        "reviewed_at": form.reviewed_at, "comment": form.comment, "page": form.path,
    }  # fmt: skip


def written(answer: Answer) -> dict[str, Any]:
    """An answer with the revision to start from."""
    return {"value": answer.value, "revision": answer.revision, "by": answer.by_name, "at": answer.at, "prefilled": answer.prefilled}


def _stale(conflict: Conflict) -> Problem:
    """The 412 of the API: what stands now, in full."""
    theirs = conflict.theirs
    problem = stale("Quelqu’un d’autre a répondu entre-temps ; comparez les deux réponses, puis recommencez.")
    problem.extra = {
        "question": conflict.question.key, "yours": conflict.mine,
        "current": {"value": theirs.value, "revision": theirs.revision, "by": theirs.by_name, "at": theirs.at and theirs.at.isoformat()},
    }  # fmt: skip
    return problem
