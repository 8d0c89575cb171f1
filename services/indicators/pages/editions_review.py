"""« /pilotage/editions/2026-1/relecture » : a coordination reads its sheet as it would be published, says what is wrong, or that it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import Refused
from kit.geography.departments import all_departments
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web.forms import fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators import editing
from services.indicators.panorama import figures
from services.indicators.panorama.sentences import ready
from services.indicators.panorama.sheet import sheet
from services.indicators.panorama.source import of_draft
from services.indicators.panorama.typeset import NOTES
from services.indicators.release.editions import known
from services.indicators.rules import reviews as coordinations
from services.indicators.rules.editions import Edition
from services.indicators.rules.reviews import Comment, Review
from services.indicators.store import drafts, editions

router = APIRouter(include_in_schema=False)
HERE: Final = "/pilotage/editions/{number}/relecture"
_DIGITS: Final = 6
PRIVATE: Final = {"Cache-Control": "private, no-store"}


@router.get(HERE)
async def read(
    request: Request,
    runtime: RuntimeDep,
    caller: CallerDep,
    number: str,
    departement: Annotated[str | None, Query(max_length=10)] = None,
    chiffre: Annotated[str, Query(max_length=200)] = figures.SHEET,
) -> Response:
    """The sheet of the caller's department; the team may look at any, and speaks for none. `chiffre`: what the comment is about."""
    caller.require("team", "operator", "coordinator")
    return await _sheet(request, runtime, caller, number, _department(caller, departement), given={"figure": chiffre})


def _department(caller: Caller, asked: str | None) -> str:
    """Raises a 403 problem for a foreign department, 404 for one that is none."""
    mine = sorted(DEPARTMENTS if caller.has("team", "operator") else caller.departments)
    if asked is not None and asked not in DEPARTMENTS:
        raise Problem(404, "UNKNOWN_DEPARTMENT", "Ce département n’est pas en Île-de-France", f"Départements : {', '.join(DEPARTMENTS)}.")
    if not mine or (asked is not None and asked not in mine):
        raise Problem(403, "FOREIGN_SCOPE", "Ce département n’est pas le vôtre", f"Demandé : {asked or 'aucun'}.")
    return asked or mine[0]


def not_in_review() -> Problem:
    """A draft before its review is the team's alone: nobody signs off, nor takes away, what may still be composed anew."""
    return Problem(
        404, "NOT_IN_REVIEW", "La relecture n’est pas ouverte", "L’équipe du réseau vous préviendra quand votre fiche sera prête."
    )


async def _sheet(
    request: Request,
    runtime: Runtime,
    caller: Caller,
    number: str,
    code: str,
    *,
    given: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> Response:
    async with runtime.pool.acquire() as connection:
        edition = await known(connection, number)
        draft = await drafts.one(connection, number, edition.draft)
        if caller.has("coordinator") and code in caller.departments and edition.in_review:
            await editions.seen(connection, number, code, runtime.clock())
        comments, reviews = await editions.comments(connection, number), await editions.reviews(connection, number)
    if edition.state in {"PUBLISHED", "ABANDONED"}:
        return _answers(request, edition, code, comments)
    if draft is None or (edition.state == "DRAFT" and not caller.has("team", "operator")):
        raise not_in_review()
    source = await of_draft(runtime, number, edition.draft)
    found = sheet(source, await source.tables(), code)
    here = {review.department: review for review in reviews}
    is_open = edition.is_open(editing.today(runtime))
    context: dict[str, Any] = {
        "comments": [one for one in comments if one.department == code],
        "position": coordinations.position(here.get(code, Review(code)), comments, draft),
        "positions": [
            (all_departments()[other], coordinations.position(here.get(other, Review(other)), comments, draft)) for other in DEPARTMENTS
        ],
        "mine": sorted(DEPARTMENTS if caller.has("team", "operator") else caller.departments),
        "notes": NOTES,
        "is_open": is_open,
        "may_speak": is_open and code in caller.departments and caller.has("coordinator"),
    }
    return page(
        request, "pilotage_relecture.html", status_code=problem.status if problem else 200, headers=PRIVATE, edition=edition, source=source,
        sheet=found, sentences=ready(found), position_words=coordinations.POSITIONS, tones=coordinations.TONES, kinds=coordinations.KINDS, outcomes=coordinations.OUTCOMES,
        figures=[(figures.SHEET, figures.named(figures.SHEET)), *((ref, figures.named(ref)) for ref in found.refs if code in ref.split("/")[3].split(","))],
        named=figures.named, given=given or {}, problem=problem, places=all_departments(), **context,
    )  # fmt: skip


def _answers(request: Request, edition: Edition, code: str, comments: Sequence[Comment]) -> Response:
    """After the publication: what the coordination said, and what it was answered; without a word of its own, the edition itself. Of one that
    was abandoned the same, with the reason."""
    own = [one for one in comments if one.department == code]
    if not own and edition.state == "PUBLISHED":
        return RedirectResponse(f"/editions/{edition.number}", 303)
    return page(
        request, "pilotage_relecture_publiee.html", headers=PRIVATE, edition=edition, comments=own, place=all_departments()[code],
        named=figures.named, kinds=coordinations.KINDS, outcomes=coordinations.OUTCOMES,
    )  # fmt: skip


def draft_of(given: Mapping[str, str]) -> int | None:
    """The draft that was before whoever filled in the form."""
    text = given.get("epreuve", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


@router.post(HERE + "/{department}/remarques")
async def comment(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str, department: str) -> Response:
    given = await fields(request)
    try:
        await editing.comment(
            runtime, caller, number, department, given.get("figure", figures.SHEET), given.get("kind", "REMARK"), given.get("text", ""),
            draft_of(given),
        )  # fmt: skip
    except Refused as refused:
        problem = Problem(refused.status, refused.code, refused.title, refused.detail, errors=refused.errors)
        return await _sheet(request, runtime, caller, number, department, given=given, problem=problem)
    return RedirectResponse(f"/pilotage/editions/{number}/relecture?departement={department}#remarques", 303)


@router.post(HERE + "/{department}/relu")
async def agree(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str, department: str) -> Response:
    seen = draft_of(await fields(request))
    try:
        await editing.agree(runtime, caller, number, department, seen)
    except Refused as refused:
        problem = Problem(refused.status, refused.code, refused.title, refused.detail, errors=refused.errors)
        return await _sheet(request, runtime, caller, number, department, problem=problem)
    return RedirectResponse(f"/pilotage/editions/{number}/relecture?departement={department}", 303)
