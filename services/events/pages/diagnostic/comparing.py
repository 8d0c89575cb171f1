"""All forms: where each stands, the eight answers side by side, what is taken home."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from kit.problems import Problem
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.events import diagnosing
from services.events.diagnosing import Filled
from services.events.organising import today
from services.events.rules.diagnostic import answers as rules
from services.events.rules.diagnostic.answers import NOTHING
from services.events.store import diagnostics, editions
from services.events.store.governance import actions
from services.events.take_home import diagnostic_docx, diagnostic_xlsx
from services.events.take_home.files import attachment

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Year:
    """A year of the overview."""

    year: int
    forms: list[Filled]


@router.get("/diagnostic")
async def overview(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The team sees every year; a coordination its own forms."""
    caller.require("team", "coordinator")
    team = caller.has("team")
    years = []
    for year in await diagnostics.years(runtime.pool):
        forms = [filled for filled in await diagnosing.all_filled(runtime, year) if team or filled.form.department in caller.departments]
        if forms or team:
            years.append(Year(year, forms))
    this_year = today(runtime).year
    sent = [entry.year for entry in years if entry.forms]
    return page(
        request, "events/diagnostic/overview.html", years=years, team=team, this_year=this_year,
        next_year=this_year + 1 if this_year in sent else this_year,
        states=rules.STATES, tones=rules.TONES, departments=DEPARTMENTS, today=today(runtime),
    )  # fmt: skip


@router.get("/diagnostic/{year}")
async def comparison(
    request: Request,
    year: str,
    runtime: RuntimeDep,
    caller: CallerDep,
    departement: Annotated[list[str] | None, Query()] = None,
    partie: str = "",
) -> Response:
    caller.require("team", "coordinator")
    found_year = diagnosing.year_of(year)
    if not caller.has("team"):
        return RedirectResponse("/diagnostic", 303)
    found = await diagnosing.all_filled(runtime, found_year)
    if not found:
        return RedirectResponse(f"/diagnostic/{found_year}/questions", 303)
    chosen = [filled for filled in found if filled.form.department in (departement or ())] or found
    counts = Counter(filled.form.state for filled in found)
    return page(
        request, "events/diagnostic/comparison.html", year=found_year, all=found, chosen=chosen, sections=found[0].sections,
        part=int(partie) if partie.isascii() and partie.isdigit() and len(partie) < 3 else 0, nothing=NOTHING,
        counts={state: counts[state] for state in rules.STATES}, states=rules.STATES, tones=rules.TONES, departments=DEPARTMENTS,
        acted=await actions.after_diagnostics(runtime.pool, [filled.form.diagnostic_id for filled in found]),
        followed=await editions.after_diagnostics(runtime.pool, [filled.form.diagnostic_id for filled in found]),
    )  # fmt: skip


@router.get("/diagnostic/{year}/comparaison.{kind}")
async def comparison_file(year: str, kind: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    found = await diagnosing.all_filled(runtime, diagnosing.year_of(year))
    if not found:
        raise Problem(404, "UNKNOWN_DIAGNOSTIC", "Aucune fiche n’a été envoyée cette année-là")
    return _file(runtime.settings.fictional, kind, found, f"diagnostic-{year}")


@router.get("/diagnostic/{year}/{department}/fiche.{kind}")
async def form_file(year: str, department: str, kind: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    diagnosing.writer(caller, department)
    found = await diagnosing.filled(runtime, diagnosing.year_of(year), department)
    return _file(runtime.settings.fictional, kind, [found], f"diagnostic-{year}-{department}")


def _file(fictional: bool, kind: str, found: list[Filled], name: str) -> Response:
    if kind == "docx":
        return attachment(diagnostic_docx.document(found, fictional=fictional), f"{name}.docx")
    if kind == "xlsx":
        return attachment(diagnostic_xlsx.workbook(found, fictional=fictional), f"{name}.xlsx")
    raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", "Formats : .docx et .xlsx.")
