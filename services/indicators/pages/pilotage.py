"""« /pilotage » : the live figures of what the caller follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.problems import Problem
from kit.web import filters
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.indicators.catalogue import measures
from services.indicators.catalogue.answers import Answer, answer
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.late import Late, late
from services.indicators.catalogue.measures import REGION, Scope
from services.indicators.catalogue.once import Once
from services.indicators.catalogue.parameters import LATE_MARGIN, SILENCE_DAYS, Parameters
from services.indicators.catalogue.questions import of_parameters
from services.indicators.catalogue.silent import silent
from services.indicators.catalogue.spans import Span
from services.indicators.release import store
from services.indicators.release.publish import NotPublished, publish
from services.indicators.replica.columnar import Columnar
from services.indicators.replica.task import replica_of
from services.indicators.routes.scope import scope_of
from services.indicators.store import silences
from services.indicators.store.silences import Silence
from services.indicators.views.view import first_month

router = APIRouter(include_in_schema=False)
KEY_FIGURES: Final = ("I01", "I05", "I07", "I18", "I05G", "I16", "I32", "I33M", "I33N", "I16P")
OF_HOURS: Final = ("I01", "I05", "I07", "I18", "I05G", "I33M", "I33N")
YEARS_SHOWN: Final = 4
SHORT_MONTHS: Final = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


@dataclass(frozen=True)
class Lacking:
    """What has not been done or said: contracts that are late, and who is silent about `quarter`."""

    late: list[Late]
    late_count: int
    silent: list[Silence]
    quarter: Span
    parameters: Parameters


@dataclass(frozen=True)
class Live:
    """What the page shows: the totals of the scope, and its departments by month. Lines longer than a month are in the year only."""

    figures: dict[str, Answer]
    lacking: Lacking
    departments: dict[str, Decimal]
    months: dict[tuple[str, str], Decimal]
    begins: str
    """The month from which on there are hours in the year before, where its first quarter has none: nothing is compared with it."""

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
    live = await _live(replica, year, scope, now.date())
    async with runtime.pool.acquire() as connection:
        contracts = await silences.contracts_of(connection, [one.contract_uid for one in live.lacking.late])
        names = await silences.names(connection, [one.organisation_id for one in live.lacking.silent])
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
        refused=await store.refused(runtime.pool),
        release=await store.newest(runtime.pool),
        contracts=contracts,
        silent=live.lacking.silent,
        names=names,
        quarter=live.lacking.quarter,
        margin=live.lacking.parameters.on(LATE_MARGIN, now.date()),
        may_ask=caller.has("coordinator", "team"),
        compared_until=_compared_until(year, now.date()),
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


async def _live(replica: Columnar, year: str, scope: Scope, today: date) -> Live:
    """Two halves of about the same work, side by side, of one state."""
    (hours, contracts), _ = await replica.figures_together(
        lambda once: _hours(once, year, scope, today), lambda once: _contracts(once, year, scope, today)
    )
    figures, departments, months, quarter, unheard = hours
    more, behind, count, parameters, begins = contracts
    lacking = Lacking(behind, count, unheard, quarter, parameters)
    return Live({name: (figures | more)[name] for name in KEY_FIGURES}, lacking, departments, months, begins)


def _hours(
    once: Once, year: str, scope: Scope, today: date
) -> tuple[dict[str, Answer], dict[str, Decimal], dict[tuple[str, str], Decimal], Span, list[Silence]]:
    """What was declared, of which months, and who is silent."""
    ask = _asker(once, year, scope, today)
    quarter = silences.quarter_due(today, int(measures.in_force(once).on(SILENCE_DAYS, today)))
    unheard = silent(once, quarter, scope.departments) if scope.organisation is None else []
    departments = {cell.codes[0]: cell.value or Decimal(0) for cell in ask("I01", ("by", "department")).cells}
    months = {(cell.codes[0], cell.codes[1]): cell.value or Decimal(0) for cell in ask("I01", ("by", "department,month")).cells}
    return {name: ask(name) for name in OF_HOURS}, departments, months, quarter, unheard


def _contracts(once: Once, year: str, scope: Scope, today: date) -> tuple[dict[str, Answer], list[Late], int, Parameters, str]:
    """What was done of what the contracts say, and those that are late; where hours begin in the year before."""
    ask = _asker(once, year, scope, today)
    parameters = measures.in_force(once)
    behind, count = late(once, scope, today, parameters.on(LATE_MARGIN, today))
    begins = _begins(_asker(once, str(int(year) - 1), scope, today)("I01", ("by", "quarter")))
    return {name: ask(name) for name in KEY_FIGURES if name not in OF_HOURS}, behind, count, parameters, begins


def _begins(quarters: Answer) -> str:
    """« octobre » of a year whose first hours are in its fourth quarter; empty for one that has some from its first on, or none at all."""
    first = min((cell.codes[0] for cell in quarters.cells if cell.value), default="Q1")
    return "" if first.endswith("Q1") else first_month(first)


def _asker(once: Once, year: str, scope: Scope, today: date) -> Callable[..., Answer]:
    def ask(name: str, *more: tuple[str, str]) -> Answer:
        return answer(once, of_parameters(BY_ID[name], [("period", year), *more], today), scope)

    return ask


def _is_shown(live: Live, scope: Scope, code: str) -> bool:
    """A coordination sees its own departments, a declarant those where it has hours, the team all."""
    if scope.departments is not None:
        return code in scope.departments
    return scope == REGION or bool(live.departments[code])


def _compared_until(year: str, today: date) -> str:
    """Of a year under way, the months that are compared with those of the year before; empty for a year that is over."""
    if int(year) < today.year or today.month == 1:
        return ""
    return "janvier" if today.month == 2 else f"de janvier à {filters.MONTHS[today.month - 2]}"


def _whose(scope: Scope) -> str:
    if scope.departments is not None:
        return "Votre coordination : " + ", ".join(f"{DEPARTMENTS.get(code, code)} ({code})" for code in sorted(scope.departments))
    return "Les heures que votre organisation a déclarées" if scope.organisation else "Toute la région"
