"""Editions over the API: what everybody may read of those published, and the way there for the team and the coordinations."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from kit.web.instants import Day
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.indicators import correcting, editing
from services.indicators.catalogue import themes
from services.indicators.panorama.source import cited
from services.indicators.release import editions as releases
from services.indicators.release.editions import checks_of
from services.indicators.release.publish import NotPublished
from services.indicators.routes.public import public_pool
from services.indicators.rules import editions as rules
from services.indicators.rules import reviews as coordinations
from services.indicators.rules.editions import Edition
from services.indicators.rules.reviews import Comment, Review
from services.indicators.store import drafts, editions
from services.indicators.store.editions import Corrigendum, Issued

router = APIRouter(prefix="/api/v1/editions", tags=["editions"])
PRIVATE: Final = {"Cache-Control": "private, no-store"}
PUBLIC: Final = {"Cache-Control": "public, max-age=60"}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Planned(_Body):
    """An edition before its first draft. `minimum_coverage`: departments, of eight; `least_share`: per cent of the structures expected."""

    year: int
    title: str
    says_not: str
    final: bool = False
    minimum_coverage: int = 7
    least_share: int = 50


class ReviewAsked(_Body):
    deadline: Day


class Commented(_Body):
    """`figure`: I01/2025/department/93 as the sheet names it, or `fiche`; `draft`: the one that was read, without it the newest."""

    department: str
    figure: str = "fiche"
    kind: str = "REMARK"
    text: str = Field(max_length=5_000)
    draft: int | None = None


class Answered(_Body):
    outcome: str
    text: str = Field(max_length=5_000)


class Agreed(_Body):
    """`draft`: the one that was read, without it the newest."""

    department: str
    draft: int | None = None


class SignedOff(_Body):
    minutes: str = Field(max_length=5_000)


class Abandoned(_Body):
    reason: str = Field(max_length=5_000)


class Analysed(_Body):
    """What the network makes of a theme, a paragraph a line; empty: nothing."""

    text: str = Field(max_length=5_000)


class Corrected(_Body):
    """`release`: where the corrected figures are printed, without it the newest; `figures`: those that are corrected."""

    text: str = Field(max_length=5_000)
    figures: list[str] = Field(default_factory=list, max_length=200)
    release: str | None = None


@router.get("")
async def listed(runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """The published editions, newest first; for the team and the coordinations also those under way (`state`)."""
    found = await editions.issued(public_pool(runtime))
    items = [_issued(runtime, one) for one in found]
    if not _inside(caller):
        return JSONResponse({"items": items}, headers=PUBLIC)
    async with runtime.pool.acquire() as connection:
        under_way = [one for one in await editions.every(connection) if one.state != "PUBLISHED"]
    return JSONResponse({"items": [*(_planned(one) for one in under_way), *items]}, headers=PRIVATE)


@router.post("", status_code=201)
async def create(body: Planned, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """A new edition; its number is the next of the calendar year."""
    caller.require("team", "operator")
    return JSONResponse(_planned(await editing.create(runtime, caller, body.model_dump())), 201, headers=PRIVATE)


@router.get("/{number}")
async def one(number: str, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """An edition. Published: what everybody reads, corrigenda included. Under way: 404 but for the team and the coordinations."""
    issued = await editions.issued_one(public_pool(runtime), number)
    if issued is not None and not _inside(caller):
        corrigenda = await editions.corrigenda(public_pool(runtime), number)
        return JSONResponse({**_issued(runtime, issued), "corrigenda": [_corrigendum(found) for found in corrigenda]}, headers=PUBLIC)
    if not _inside(caller):
        raise Problem(404, "UNKNOWN_EDITION", "Cette édition n’existe pas", f"Demandée : {number[:20]}. Voir /editions.")
    async with runtime.pool.acquire() as connection:
        edition = await releases.known(connection, number)
        body = await _whole(runtime, connection, edition, caller)
    if issued is not None:
        corrigenda = await editions.corrigenda(public_pool(runtime), number)
        body |= {**_issued(runtime, issued), "corrigenda": [_corrigendum(found) for found in corrigenda]}
    return JSONResponse(body, headers=PRIVATE)


@router.put("/{number}")
async def replan(number: str, body: Planned, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """Another plan. Not once it is validated: what was signed off is what is published."""
    caller.require("team", "operator")
    return JSONResponse(_planned(await editing.replan(runtime, number, body.model_dump())), headers=PRIVATE)


@router.post("/{number}/draft", status_code=201)
async def compose(number: str, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """A new draft from the figures of this moment, protected and attacked, with every check. A validated edition goes back to review."""
    caller.require("team", "operator")
    try:
        made = await editing.compose(runtime, number)
    except NotPublished as refused:
        raise _not_made(refused) from None
    async with runtime.pool.acquire() as connection:
        found = await checks_of(connection, made.edition, _today(runtime))
    body = {
        "edition": number, "draft": made.edition.draft, "release": made.release, "state": made.edition.state.lower(), "cells": made.cells,
        "hidden": made.hidden, "attacked": made.attacked, "recovered": 0, "seconds": made.seconds, "checks": [_check(one) for one in found],
    }  # fmt: skip
    return JSONResponse(body, 201, headers=PRIVATE)


@router.post("/{number}/review")
async def open_review(number: str, body: ReviewAsked, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """Ask the coordinations, or move the deadline (the last day on which they may answer)."""
    caller.require("team", "operator")
    return JSONResponse(_planned(await editing.open_review(runtime, number, body.deadline)), headers=PRIVATE)


@router.post("/{number}/comments", status_code=201)
async def comment(number: str, body: Commented, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """A coordination's word on a figure of its sheet."""
    made = await editing.comment(runtime, caller, number, body.department, body.figure, body.kind, body.text, body.draft)
    return JSONResponse(_comment(made), 201, headers=PRIVATE)


@router.post("/{number}/comments/{comment_id}/answer")
async def answer(number: str, comment_id: UUID, body: Answered, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """The team's answer: corrected (the newest draft prints another figure), not updated (it keeps an older release's), explained, or kept."""
    caller.require("team", "operator")
    return JSONResponse(_comment(await editing.answer(runtime, caller, number, comment_id, body.outcome, body.text)), headers=PRIVATE)


@router.post("/{number}/agreements")
async def agree(number: str, body: Agreed, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """A coordination has read its sheet and has nothing to object."""
    made = await editing.agree(runtime, caller, number, body.department, body.draft)
    return JSONResponse({"department": made.department, "draft": made.agreed_draft, "agreed_at": _at(made.agreed_at)}, headers=PRIVATE)


@router.put("/{number}/studies/{theme}")
async def analyse(number: str, theme: str, body: Analysed, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """The analysis of a thematic study, published with the edition. Not once it is validated."""
    caller.require("team", "operator")
    said = await editing.analyse(runtime, caller, number, theme, body.text)
    return JSONResponse({"theme": theme, "text": said}, headers=PRIVATE)


@router.post("/{number}/validate")
async def validate(number: str, body: SignedOff, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """Sign it off with the minutes of the decision. 409 with every check that is not met."""
    caller.require("team", "operator")
    return JSONResponse(_planned(await editing.validate(runtime, caller, number, body.minutes)), headers=PRIVATE)


@router.post("/{number}/abandon")
async def abandon(number: str, body: Abandoned, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """Give it up, for a reason, before it is published: it keeps its number and its traces, and the coordinations asked are told."""
    caller.require("team", "operator")
    return JSONResponse(_planned(await editing.abandon(runtime, caller, number, body.reason)), headers=PRIVATE)


@router.post("/{number}/publish", status_code=201)
async def publish(number: str, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """Publish the validated draft, attacked once more. 409 the second time."""
    caller.require("team", "operator")
    try:
        made = await releases.publish(runtime, number)
    except NotPublished as refused:
        raise _not_made(refused) from None
    issued = await editions.issued_one(public_pool(runtime), number)
    if issued is None:
        raise LookupError(number)
    body = {
        **_issued(runtime, issued),
        "cells": made.published.cells,
        "hidden": made.published.hidden,
        "attacked": made.attacked,
        "recovered": 0,
    }
    return JSONResponse(body, 201, headers=PRIVATE)


@router.post("/{number}/corrigenda", status_code=201)
async def correct(number: str, body: Corrected, runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """A corrigendum: what to read in place of figures of the edition, as a later release prints them. The edition does not change."""
    caller.require("team", "operator")
    return JSONResponse(
        _corrigendum(await correcting.correct(runtime, number, body.text, body.figures, body.release)), 201, headers=PRIVATE
    )


def _not_made(refused: NotPublished) -> Problem:
    return Problem(409, "NOT_PUBLISHED", "Rien n’a été publié", refused.reason, extra={"details": list(refused.details)})


def _inside(caller: Caller) -> bool:
    return caller.has("team", "operator", "coordinator")


def _today(runtime: Runtime) -> date:
    return runtime.clock().astimezone(PARIS).date()


async def _whole(runtime: Runtime, connection: Connection, edition: Edition, caller: Caller) -> dict[str, Any]:
    """Everything of an edition under way; a coordination sees the comments of its own departments."""
    draft = await drafts.one(connection, edition.number, edition.draft)
    comments, reviews = await editions.comments(connection, edition.number), await editions.reviews(connection, edition.number)
    known = {review.department: review for review in reviews}
    mine = set(DEPARTMENTS) if caller.has("team", "operator") else caller.departments
    return {
        **_planned(edition),
        "coordinations": [
            {"department": code, "position": coordinations.position(known.get(code, Review(code)), comments, draft)} for code in DEPARTMENTS
        ],
        "comments": [_comment(one) for one in comments if one.department in mine],
        "checks": [_check(one) for one in await checks_of(connection, edition, _today(runtime))],
    }


def _planned(edition: Edition) -> dict[str, Any]:
    plan = edition.plan
    return {
        "edition": edition.number, "state": edition.state.lower(), "year": plan.year, "title": plan.title, "final": plan.final,
        "minimum_coverage": plan.minimum_coverage, "least_share": plan.least_share, "says_not": plan.says_not, "draft": edition.draft,
        "deadline": edition.deadline.isoformat() if edition.deadline else None, "minutes": edition.minutes, "release": edition.release,
        "reason": edition.reason,
    }  # fmt: skip


def _issued(runtime: Runtime, found: Issued) -> dict[str, Any]:
    site = runtime.settings.gateway.rstrip("/")
    return {
        "edition": found.edition, "state": "published", "release": found.release, "year": found.year, "title": found.title,
        "final": found.final, "closed_on": found.closed_on.isoformat(), "says_not": found.says_not, "minutes": found.minutes,
        "coverage": found.coverage, "checks": found.checks, "published_at": found.published_at.isoformat(), "citation": cited(found, site),
        "links": {
            "page": f"/editions/{found.edition}",
            "panorama": f"/editions/{found.edition}/panorama.pdf",
            "studies": {theme.slug: f"/editions/{found.edition}/etudes/{theme.slug}" for theme in themes.ALL},
        },
    }  # fmt: skip


def _comment(found: Comment) -> dict[str, Any]:
    return {
        "id": str(found.id), "department": found.department, "figure": found.figure, "printed": found.printed, "kind": found.kind,
        "text": found.said, "by": found.said_by, "at": _at(found.at), "draft": found.draft, "outcome": found.outcome, "answer": found.answer,
        "answered_at": _at(found.answered_at), "answered_draft": found.answered_draft, "reopened_draft": found.reopened_draft,
    }  # fmt: skip


def _corrigendum(found: Corrigendum) -> dict[str, Any]:
    return {
        "corrigendum": found.corrigendum, "edition": found.edition, "release": found.release, "text": found.said, "figures": found.figures,
        "published_at": found.published_at.isoformat(),
    }  # fmt: skip


def _check(found: rules.Check) -> dict[str, Any]:
    return {"code": found.code, "title": found.title, "good": found.good, "said": found.said}


def _at(instant: Any) -> str | None:
    return instant.isoformat() if instant else None
