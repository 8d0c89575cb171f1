"""« /pilotage » : the live figures of what the caller follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

import duckdb
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.problems import Problem
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue import measures
from services.indicators.catalogue.answers import Answer, answer
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.late import Late, late
from services.indicators.catalogue.measures import REGION, Scope
from services.indicators.catalogue.parameters import LATE_MARGIN, SILENCE_DAYS, Parameters
from services.indicators.catalogue.questions import of_parameters
from services.indicators.release import store
from services.indicators.release.publish import NotPublished, publish
from services.indicators.replica.task import replica_of
from services.indicators.routes.questions import PARIS
from services.indicators.routes.scope import scope_of
from services.indicators.store import silences

router = APIRouter(include_in_schema=False)
KEY_FIGURES: Final = ("I01", "I05", "I07", "I18", "I05G", "I16", "I32", "I33M", "I33N", "I16P")
YEARS_SHOWN: Final = 4
SHORT_MONTHS: Final = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


@dataclass(frozen=True)
class Live:
    """What the page shows: the totals of the scope, and its departments by month. Lines longer than a month are in the year only."""

    figures: dict[str, Answer]
    late: list[Late]
    late_count: int
    parameters: Parameters
    departments: dict[str, Decimal]
    months: dict[tuple[str, str], Decimal]

    def longer(self, department: str) -> Decimal:
        return self.departments[department] - sum(value for (code, _), value in self.months.items() if code == department)


@router.get("/pilotage")
async def pilotage(request: Request, runtime: RuntimeDep, caller: CallerDep, annee: Annotated[str | None, Query()] = None) -> HTMLResponse:
    scope = scope_of(caller)
    now = runtime.clock().astimezone(PARIS)
    years = [str(year) for year in range(now.year - YEARS_SHOWN + 1, now.year + 1)]
    year = annee or years[-1]
    if year not in years:
        raise Problem(404, "UNKNOWN_YEAR", "Cette année n’est pas proposée", f"Années : {', '.join(years)}.")
    replica = await replica_of(runtime)
    live, _ = await replica.ask(lambda connection: _live(connection, year, scope, now.date()))
    quarter = silences.quarter_due(now.date(), int(live.parameters.on(SILENCE_DAYS, now.date())))
    async with runtime.pool.acquire() as connection:
        contracts = await silences.contracts_of(connection, [one.contract_uid for one in live.late])
        silent = await silences.silent(connection, quarter, scope.departments or DEPARTMENTS) if scope.organisation is None else []
        names = await silences.names(connection, [one.organisation_id for one in silent])
    return page(
        request,
        "pilotage.html",
        headers={"Cache-Control": "private, no-store"},
        year=year,
        years=years,
        live=live,
        months=[(f"{year}-{number:02d}", SHORT_MONTHS[number - 1]) for number in range(1, 13)],
        departments={code: name for code, name in DEPARTMENTS.items() if _is_shown(live, scope, code)},
        whose=_whose(scope),
        now=now,
        indicators=BY_ID,
        refusal=await store.refusal(runtime.pool),
        release=await store.newest(runtime.pool),
        contracts=contracts,
        silent=silent,
        names=names,
        quarter=quarter,
        margin=live.parameters.on(LATE_MARGIN, now.date()),
        may_ask=caller.has("coordinator", "team"),
    )


@router.post("/pilotage/publier")
async def publish_now(runtime: RuntimeDep, caller: CallerDep) -> RedirectResponse:
    """The button « Publier maintenant »: the next release, then the page that shows it."""
    caller.require("team", "operator")
    try:
        await publish(runtime)
    except NotPublished:
        return RedirectResponse("/pilotage#publication", 303)
    return RedirectResponse("/", 303)


def _live(connection: duckdb.DuckDBPyConnection, year: str, scope: Scope, today: date) -> Live:
    parameters = measures.in_force(connection)
    behind, count = late(connection, scope, today, parameters.on(LATE_MARGIN, today))

    def ask(name: str, *more: tuple[str, str]) -> Answer:
        return answer(connection, of_parameters(BY_ID[name], [("period", year), *more], today), scope)

    return Live(
        {name: ask(name) for name in KEY_FIGURES},
        behind,
        count,
        parameters,
        {cell.codes[0]: cell.value or Decimal(0) for cell in ask("I01", ("by", "department")).cells},
        {(cell.codes[0], cell.codes[1]): cell.value or Decimal(0) for cell in ask("I01", ("by", "department,month")).cells},
    )


def _is_shown(live: Live, scope: Scope, code: str) -> bool:
    """A coordination sees its own departments, a declarant those where it has hours, the team all."""
    if scope.departments is not None:
        return code in scope.departments
    return scope == REGION or bool(live.departments[code])


def _whose(scope: Scope) -> str:
    if scope.departments is not None:
        return "Votre coordination : " + ", ".join(f"{DEPARTMENTS.get(code, code)} ({code})" for code in sorted(scope.departments))
    return "Les heures que votre organisation a déclarées" if scope.organisation else "Toute la région"
