"""« /pilotage/editions » : the team's desk, from a plan to a publication, each step with what is still missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.geography.departments import all_departments
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web.forms import fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators import editing, moved
from services.indicators.catalogue import themes
from services.indicators.pages.editions_review import draft_of, not_in_review
from services.indicators.panorama import documents, figures
from services.indicators.panorama.source import of_draft, of_edition
from services.indicators.release import editions as releases
from services.indicators.release.editions import checks_of, known
from services.indicators.release.publish import NotPublished
from services.indicators.rules import editions as rules
from services.indicators.rules import reviews as coordinations
from services.indicators.rules.editions import Check, Edition, Plan
from services.indicators.rules.reviews import Review
from services.indicators.store import abandoned, drafts, editions, studies

router = APIRouter(include_in_schema=False)
HERE: Final = "/pilotage/editions"
PRIVATE: Final = {"Cache-Control": "private, no-store"}
REVIEW_DAYS: Final = 21


@router.get(HERE)
async def listed(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team", "operator", "coordinator")
    return await _list(request, runtime, caller, {}, {}, 200)


async def _list(
    request: Request, runtime: Runtime, caller: Caller, given: Mapping[str, str], errors: Mapping[str, list[LineError]], status: int
) -> Response:
    async with runtime.pool.acquire() as connection:
        found = await editions.every(connection)
    today = editing.today(runtime)
    usual = {
        "year": str(today.year - 1),
        "title": f"Panorama {today.year - 1}",
        "minimum_coverage": "7",
        "least_share": "50",
        "final": "",
        "says_not": "",
    }
    return page(
        request, "pilotage_editions.html", status_code=status, headers=PRIVATE, editions=found, states=rules.STATES, today=today,
        may_plan=caller.has("team", "operator"), given={**usual, **given}, errors=errors,
    )  # fmt: skip


@router.post(HERE)
async def create(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team", "operator")
    given = await fields(request)
    try:
        made = await editing.create(runtime, caller, _plan(given))
    except Refused as refused:
        return await _list(request, runtime, caller, given, _by_field(refused.errors), refused.status)
    return RedirectResponse(f"{HERE}/{made.number}", 303)


def _plan(given: Mapping[str, str]) -> dict[str, object]:
    return {**given, "final": given.get("final", "") == "oui"}


@router.get(HERE + "/{number}")
async def desk(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    if caller.has("coordinator") and not caller.has("team", "operator"):
        return RedirectResponse(f"{HERE}/{number}/relecture", 303)
    caller.require("team", "operator")
    return await _desk(request, runtime, number)


async def _desk(
    request: Request, runtime: Runtime, number: str, *, given: Mapping[str, str] | None = None, problem: Problem | None = None
) -> Response:
    async with runtime.pool.acquire() as connection:
        edition = await known(connection, number)
        draft = await drafts.one(connection, number, edition.draft)
        comments, reviews = await editions.comments(connection, number), await editions.reviews(connection, number)
        context: dict[str, Any] = {
            "drafts": await drafts.every(connection, number),
            "checks": await checks_of(connection, edition, editing.today(runtime)),
            "analyses": await studies.written(connection, number),
            "abandoned": await abandoned.one(connection, number),
        }
    issued = await editions.issued_one(runtime.pool, number)
    if issued is not None:
        context["checks"] = [Check("", check["title"], good=True, said=check["said"]) for check in issued.checks]
    now = await editing.now_printed(runtime, edition, [one for one in comments if one.is_open])
    context["now"] = now
    under_way = edition.draft and edition.state not in {"PUBLISHED", "ABANDONED"}
    context["moved"] = await _moved(runtime, edition) if under_way else []
    context["offered"] = {one.id: coordinations.offered(edition, one, now.get(one.id)) for one in comments if one.is_open}
    here = {review.department: review for review in reviews}
    positions = [
        (all_departments()[code], here.get(code, Review(code)), coordinations.position(here.get(code, Review(code)), comments, draft))
        for code in DEPARTMENTS
    ]
    return page(
        request, "pilotage_edition.html", status_code=problem.status if problem else 200, headers=PRIVATE, edition=edition, draft=draft,
        comments=comments, positions=positions, position_words=coordinations.POSITIONS, tones=coordinations.TONES, states=rules.STATES, kinds=coordinations.KINDS,
        outcomes=coordinations.OUTCOMES, named=figures.named, corrigenda=await editions.corrigenda(runtime.pool, number), problem=problem,
        given=given or {}, deadline=(edition.deadline or editing.today(runtime) + timedelta(days=REVIEW_DAYS)).isoformat(),
        places=list(all_departments().values()), places_by_code=all_departments(), themes=themes.ALL, plan={**_given(edition.plan), **(given or {})},
        plan_errors=_by_field(problem.errors) if problem and problem.code == "EDITION" else {}, **context,
    )  # fmt: skip


async def _moved(runtime: Runtime, edition: Edition) -> list[moved.Moved] | None:
    """None while the figures of today cannot be asked for: the desk is there without them."""
    try:
        return await moved.since_draft(runtime, edition, editing.today(runtime))
    except Problem:
        return None


def _given(plan: Plan) -> dict[str, str]:
    """The plan as its form has it."""
    return {name: ("oui" if value else "") if isinstance(value, bool) else str(value) for name, value in asdict(plan).items()}


async def _step(
    request: Request,
    runtime: Runtime,
    caller: Caller,
    number: str,
    step: Callable[[Mapping[str, str]], Awaitable[object]],
    anchor: str = "",
) -> Response:
    """A button of the desk: done, back to the desk; refused, the desk again with the reasons and what was typed."""
    caller.require("team", "operator")
    given = await fields(request)
    try:
        await step(given)
    except Refused as refused:
        return await _desk(
            request,
            runtime,
            number,
            given=given,
            problem=Problem(refused.status, refused.code, refused.title, refused.detail, errors=refused.errors),
        )
    except NotPublished as refused:
        errors = [LineError(code="DETAIL", message=detail) for detail in refused.details]
        return await _desk(
            request, runtime, number, problem=Problem(409, "NOT_PUBLISHED", "Rien n’a été composé ni publié", refused.reason, errors=errors)
        )
    return RedirectResponse(f"{HERE}/{number}{anchor}", 303)


@router.post(HERE + "/{number}/plan")
async def replan(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    async def step(given: Mapping[str, str]) -> object:
        return await editing.replan(runtime, number, _plan(given))

    return await _step(request, runtime, caller, number, step, "#ne-dit-pas")


@router.post(HERE + "/{number}/epreuve")
async def compose(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    async def step(given: Mapping[str, str]) -> object:
        return await editing.compose(runtime, number, draft_of(given))

    return await _step(request, runtime, caller, number, step, "#epreuves")


@router.post(HERE + "/{number}/relecture/ouvrir")
async def open_review(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    async def step(given: Mapping[str, str]) -> object:
        return await editing.open_review(runtime, number, _day(given.get("deadline", "")))

    return await _step(request, runtime, caller, number, step, "#relecture")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        error = LineError(column="deadline", value=text[:20], code="DATE", message="Indiquez une date", example="2026-12-14")
        raise Refused([error], code="DEADLINE", title="Cette échéance ne convient pas") from None


@router.post(HERE + "/{number}/remarques/{comment_id}")
async def answer(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str, comment_id: UUID) -> Response:
    async def step(given: Mapping[str, str]) -> object:
        return await editing.answer(runtime, caller, number, comment_id, given.get("outcome", ""), given.get("text", ""))

    return await _step(request, runtime, caller, number, step, "#remarques")


@router.post(HERE + "/{number}/valider")
async def validate(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    async def step(given: Mapping[str, str]) -> object:
        return await editing.validate(runtime, caller, number, given.get("minutes", ""))

    return await _step(request, runtime, caller, number, step, "#validation")


@router.post(HERE + "/{number}/etudes/{theme}")
async def analyse(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str, theme: str) -> Response:
    async def step(given: Mapping[str, str]) -> object:
        return await editing.analyse(runtime, caller, number, theme, given.get("text", ""))

    return await _step(request, runtime, caller, number, step, "#etudes")


@router.post(HERE + "/{number}/abandonner")
async def abandon(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    async def step(given: Mapping[str, str]) -> object:
        return await editing.abandon(runtime, caller, number, given.get("reason", ""))

    return await _step(request, runtime, caller, number, step)


@router.post(HERE + "/{number}/publier")
async def publish(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    return await _step(request, runtime, caller, number, lambda _: releases.publish(runtime, number))


@router.get(HERE + "/{number}/documents/{name:path}")
async def document(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str, name: str) -> Response:
    """A document of the newest draft: the team any, a coordination its own department's sheet."""
    caller.require("team", "operator", "coordinator")
    if not caller.has("team", "operator") and name.removeprefix("departements/").partition(".")[0] not in caller.departments:
        raise Problem(403, "FOREIGN_SCOPE", "Ce document n’est pas de votre département")
    async with runtime.pool.acquire() as connection:
        edition = await known(connection, number)
    if edition.state in {"DRAFT", "ABANDONED"} and not caller.has("team", "operator"):
        raise not_in_review()
    if edition.state == "PUBLISHED":
        return await documents.published(request, runtime, await of_edition(runtime, number), name)
    return await documents.of_draft(await of_draft(runtime, number, edition.draft), name)


def _by_field(errors: Sequence[LineError]) -> dict[str, list[LineError]]:
    found: dict[str, list[LineError]] = {}
    for error in errors:
        found.setdefault(error.column or "", []).append(error)
    return found
