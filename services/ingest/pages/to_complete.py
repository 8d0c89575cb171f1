"""« /declarer/a-completer »: rows that their author set aside, completed where they stand or dropped for a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit.errors import LineError
from kit.postgres import Connection
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import RuntimeDep
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.completing import TYPED, Completing, Task, is_too_long
from services.ingest.pages.prolonging import prolonging
from services.ingest.pages.wording import beside
from services.ingest.rules.durations import NoHours, are_minutes, hours_of_minutes
from services.ingest.rules.fields import BY_NAME
from services.ingest.store.filings import Receipt, committed
from services.ingest.store.numbers import is_number
from services.ingest.store.parked import End, Place, Waiting, end, still_waiting, waiting

router = APIRouter(include_in_schema=False)
SHOWN: Final = 20
"""Rows on a page; those behind them come when these are done."""
REASONS: Final = {
    "SENT_SINCE": "Envoyée depuis dans un autre fichier",
    "DUPLICATE": "En double",
    "NOT_A_CLAUSE": "Heures hors clause sociale",
    "TYPING_ERROR": "Erreur de saisie",
    "OTHER": "Autre raison",
}


@router.get("/declarer/a-completer")
async def listed(
    request: Request, runtime: RuntimeDep, caller: CallerDep,
    declaration: Annotated[str, Query(max_length=40)] = "", envoyee: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """What waits, with what there is to say of it today: a contract that has become known since makes a row ready."""
    declarant = declarant_of(caller)
    only = declaration if is_number(declaration) else None
    async with runtime.pool.acquire() as connection:
        rows = await waiting(connection, declarant, only, SHOWN)
        tasks = await Completing(runtime, declarant, caller.id, rows).tasks(connection) if rows else []
        count = await still_waiting(connection, declarant)
    return _page(request, tasks, count=count, only=only, sent=envoyee if is_number(envoyee) else None)


@router.post("/declarer/a-completer")
async def complete(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Send what is complete and keep what was typed; or drop a row, or all rows of the page's filing."""
    declarant = declarant_of(caller)
    form = await forms.fields(request)
    only = form["declaration"] if is_number(form.get("declaration", "")) else None
    if form.get("drop"):
        return await _dropped(request, runtime, caller, form, only)

    async def work(connection: Connection) -> Receipt | None:
        rows = _on_page(await waiting(connection, declarant, only, 2 * SHOWN), form)
        completing = Completing(runtime, declarant, caller.id, rows, _in_hours(form))
        if form.get("minutes"):  # looked at again before it goes
            await completing.keep(connection)
            return None
        return await completing.send(connection) if rows else None

    receipt = await committed(runtime.pool, work)
    runtime.wake_relay()
    asked = [f"declaration={only}"] if only else []
    asked += [f"envoyee={receipt.number}"] if receipt else []
    return RedirectResponse("/declarer/a-completer" + ("?" + "&".join(asked) if asked else ""), 303)


def _in_hours(form: Mapping[str, str]) -> Mapping[str, str]:
    """The typed fields, those of the row that is in minutes made into hours."""
    name = f"{TYPED}{form.get('minutes', '')}:hours"
    try:
        return {**form, name: hours_of_minutes(form[name])} if name in form else form
    except NoHours:
        return form


def _on_page(rows: Sequence[Waiting], form: Mapping[str, str]) -> list[Waiting]:
    """Those of the rows that the page showed: others may have come meanwhile."""
    shown = {name.removeprefix(TYPED).partition(":")[0] for name in form if name.startswith(TYPED)}
    return [row for row in rows if str(row.place) in shown]


async def _dropped(request: Request, runtime: RuntimeDep, caller: CallerDep, form: dict[str, str], only: str | None) -> Response:
    declarant = declarant_of(caller)
    try:
        places = [] if form["drop"] == "all" else [Place.read(form["drop"])]
    except ValueError:
        raise Problem(422, "PLACE", "Cette ligne n’existe pas") from None
    reason = form.get("reason" if form["drop"] == "all" else f"reason:{form['drop']}", "")
    async with runtime.pool.acquire() as connection, connection.transaction():
        rows = await waiting(connection, declarant, only, 10_000)
        if reason not in REASONS:
            error = LineError(
                column=form["drop"], code="REASON", message="Choisissez d’abord la raison pour laquelle la ligne est écartée."
            )
            tasks = await Completing(runtime, declarant, caller.id, rows[:SHOWN], form).tasks(connection)
            return _page(request, tasks, count=len(rows), only=only, errors=[error])
        chosen = [row.place for row in rows if (only and not places) or row.place in places]
        if not chosen:
            raise Problem(404, "NOT_WAITING", "Cette ligne n’attend pas", "Elle a été envoyée ou écartée : relisez la liste.")
        left = [row for row in _on_page(rows, form) if row.place not in chosen]
        if left:
            await Completing(runtime, declarant, caller.id, left, form).keep(connection)
        await end(connection, declarant.id, chosen, End(caller.id, runtime.clock(), dropped_for=reason))
    return RedirectResponse("/declarer/a-completer" + (f"?declaration={only}" if only else ""), 303)


def _page(
    request: Request, tasks: list[Task], *, count: int, only: str | None, sent: str | None = None, errors: list[LineError] | None = None
) -> Response:
    here = "/declarer/a-completer" + (f"?declaration={only}" if only else "")
    return page(
        request,
        "declarer_a_completer.html",
        status_code=422 if errors else 200,
        tasks=[_shown(task, here) for task in tasks],
        count=count,
        only=only,
        sent=sent,
        wrong={error.column: error.message for error in errors or ()},
        reasons=list(REASONS.items()),
    )


def _shown(task: Task, here: str) -> dict[str, Any]:
    place = str(task.row.place)
    told = set(task.fields)
    return {
        "place": place,
        "number": task.row.place.number,
        "line": task.row.place.line,
        "ready": task.ready,
        "too_long": any(map(is_too_long, task.errors)),
        "in_minutes": are_minutes(task.value("hours")),
        "said": [
            {"sentence": beside(error), "severity": error.severity, "code": error.code, "prolong": prolonging(error, task.value("contract"), here)}
            for error in task.errors if error.severity != "info"
        ],
        "fields": [
            {
                "name": f"{TYPED}{place}:{name}", "label": BY_NAME[name].label, "value": task.value(name), "example": BY_NAME[name].example,
                "codes": list((BY_NAME[name].vocabulary or {}).items()) if BY_NAME[name].kind == "code" else [],
            }
            for name in task.fields
        ],
        "rest": [(BY_NAME[name].label, task.value(name)) for name in BY_NAME if name not in told and task.value(name)],
        "person": bool(task.line.given),
    }  # fmt: skip
