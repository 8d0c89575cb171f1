"""« /pilotage/editions/2026-1/corrigendum » : choose the figures that a later release prints otherwise, say why, publish it beside the edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import Refused
from kit.problems import Problem
from kit.service import Runtime
from kit.web.forms import fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators import correcting
from services.indicators.correcting import Candidate
from services.indicators.pages.places import plain
from services.indicators.release.editions import known

router = APIRouter(include_in_schema=False)
HERE: Final = "/pilotage/editions/{number}/corrigendum"
PRIVATE: Final = {"Cache-Control": "private, no-store"}
CHOSEN: Final = "chiffre."
"""A checkbox is named by its figure: `chiffre.I01/2025/department/93`."""
MOST_SHOWN: Final = 20


@router.get(HERE)
async def write(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    caller.require("team", "operator")
    return await _form(request, runtime, number, {})


@router.post(HERE)
async def correct(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """« Chercher » keeps what was typed and chosen; « Publier » makes the corrigendum."""
    caller.require("team", "operator")
    given = await fields(request)
    if given.get("action") != "publier":
        return await _form(request, runtime, number, given)
    try:
        await correcting.correct(runtime, number, given.get("text", ""), _chosen(given), None)
    except Refused as refused:
        problem = Problem(refused.status, refused.code, refused.title, refused.detail, errors=refused.errors)
        return await _form(request, runtime, number, given, problem)
    return RedirectResponse(f"/pilotage/editions/{number}#corrigenda", 303)


async def _form(request: Request, runtime: Runtime, number: str, given: Mapping[str, str], problem: Problem | None = None) -> Response:
    async with runtime.pool.acquire() as connection:
        edition = await known(connection, number)
    if edition.state != "PUBLISHED":
        raise Problem(409, "NOT_PUBLISHED", "Cette édition n’est pas publiée", "Avant la publication, composez une nouvelle épreuve.")
    release, found = await correcting.candidates(runtime, edition)
    chosen = set(_chosen(given))
    matching = [one for one in found if one.ref not in chosen and _matches(one, given.get("chercher", ""))]
    return page(
        request, "corrigendum.html", status_code=problem.status if problem else 200, headers=PRIVATE, edition=edition, release=release,
        chosen=[one for one in found if one.ref in chosen], matching=matching[:MOST_SHOWN], left_out=len(matching) - MOST_SHOWN, every=len(found),
        prefix=CHOSEN, given=given, problem=problem,
    )  # fmt: skip


def _chosen(given: Mapping[str, str]) -> Sequence[str]:
    return [name.removeprefix(CHOSEN) for name in given if name.startswith(CHOSEN)]


def _matches(one: Candidate, asked: str) -> bool:
    """Whether every word asked for is in the figure's name or address."""
    name = f"{plain(one.name)} {one.ref.casefold()}"
    return all(word in name for word in plain(asked).split())
