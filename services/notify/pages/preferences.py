"""Preferences: what also comes by mail and how often, hours of quiet, and who reads during an absence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Final, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.errors import LineError
from kit.identity import Caller
from kit.service import Runtime
from kit.web.forms import by_field, fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.notify.access import person_of
from services.notify.dispatch import digests
from services.notify.rules import subjects, workdays
from services.notify.rules.subjects import CHOICES, Frequency, Quiet
from services.notify.rules.workdays import paris_day
from services.notify.store import people, preferences
from services.notify.store.preferences import Absence

router = APIRouter(include_in_schema=False)

FREQUENCIES: Final[dict[Frequency, str]] = {
    "immediate": "immédiat", "daily": "quotidien, 8 h", "weekly": "hebdomadaire, lundi 8 h", "never": "jamais",
}  # fmt: skip


@router.get("/preferences")
async def show(request: Request, runtime: RuntimeDep, caller: CallerDep) -> HTMLResponse:
    return await _page(request, runtime, caller, await _typed(runtime, person_of(caller)), saved="enregistre" in request.query_params)


@router.post("/preferences")
async def save(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """All of it or nothing; what is wrong is shown beside its field."""
    person, typed = person_of(caller), await fields(request)
    errors: list[LineError] = []
    quiet = _quiet(typed, errors)
    absence = await _absence(runtime, person, typed, errors)
    if errors:
        return await _page(request, runtime, caller, typed, errors=errors)
    async with runtime.pool.acquire() as connection, connection.transaction():
        for subject, choice in CHOICES.items():
            if typed.get(subject) in choice.allowed:
                await preferences.choose(connection, person, subject, cast("Frequency", typed[subject]))
        if quiet is not None:
            await preferences.set_quiet(connection, person, quiet)
        if "delegate" in typed:
            await preferences.set_absence(connection, person, absence)
    return RedirectResponse("/preferences?enregistre", 303)


@router.get("/preferences/apercu")
async def preview(request: Request, runtime: RuntimeDep, caller: CallerDep) -> HTMLResponse:
    """What the next digest would say if it left now."""
    person, now = person_of(caller), runtime.clock()
    following = workdays.next_digest(now)
    async with runtime.pool.acquire() as connection:
        rows = await digests.preview(connection, person, paris_day(following), now)
    return page(request, "apercu.html", rows=[dict(row) for row in rows], next_digest=following)


async def _typed(runtime: Runtime, person: str) -> dict[str, str]:
    """What is noted, as the form's fields."""
    async with runtime.pool.acquire() as connection:
        chosen = await preferences.all_of(connection, person)
        quiet = await preferences.quiet(connection, person)
        absence = await preferences.absence(connection, person)
        delegate = await people.person(connection, absence.delegate_id) if absence else None
    return {
        **{str(subject): str(frequency) for subject, frequency in chosen.items()},
        "quiet_from": f"{quiet.start:%H:%M}" if quiet.start else "",
        "quiet_to": f"{quiet.end:%H:%M}" if quiet.end else "",
        "quiet_weekends": "oui" if quiet.weekends else "",
        "delegate": (delegate.email or "") if delegate else "",
        "absent_from": absence.starts_on.isoformat() if absence and absence.starts_on else "",
        "absent_until": absence.last_day.isoformat() if absence else "",
    }


async def _page(
    request: Request,
    runtime: Runtime,
    caller: Caller,
    typed: Mapping[str, str],
    *,
    saved: bool = False,
    errors: list[LineError] | None = None,
) -> HTMLResponse:
    rows = [
        (code, CHOICES[code], [(each, FREQUENCIES[each]) for each in CHOICES[code].allowed], typed.get(code, CHOICES[code].default))
        for code in subjects.of_roles(caller.roles)
    ]
    return page(
        request,
        "preferences.html",
        status_code=422 if errors else 200,
        rows=rows,
        typed=typed,
        errors=by_field(errors or []),
        saved=saved,
        network=caller.has("coordinator", "team"),
        next_digest=workdays.next_digest(runtime.clock()),
    )


def _quiet(typed: Mapping[str, str], errors: list[LineError]) -> Quiet | None:
    """The hours of quiet; None when the form has no such fields."""
    if "quiet_from" not in typed:
        return None
    start, end = _time(typed, "quiet_from", errors), _time(typed, "quiet_to", errors)
    if (start is None) != (end is None) and not errors:
        missing = "quiet_from" if start is None else "quiet_to"
        errors.append(LineError(column=missing, code="QUIET", message="Donnez les deux heures, ou aucune.", example="20:00"))
    if start is not None and start == end:
        errors.append(
            LineError(
                column="quiet_to",
                code="QUIET",
                message="Le calme finit à l’heure où il commence.",
                value=typed["quiet_to"],
                example="07:30",
            )
        )
    return Quiet(start, end, typed.get("quiet_weekends") == "oui")


def _time(typed: Mapping[str, str], name: str, errors: list[LineError]) -> time | None:
    text = typed.get(name, "")
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        errors.append(LineError(column=name, code="TIME", message=f"« {text} » n’est pas une heure.", value=text, example="20:00"))
        return None


async def _absence(runtime: Runtime, person: str, typed: Mapping[str, str], errors: list[LineError]) -> Absence | None:
    """Who reads instead, and until when; None when nobody is named."""
    address = typed.get("delegate", "")
    if not address:
        return None
    first, last = _date(typed, "absent_from", errors), _date(typed, "absent_until", errors)
    today = paris_day(runtime.clock())
    if last is None or last < today or (first is not None and first > last):
        errors.append(
            LineError(
                column="absent_until", code="ABSENCE", message="Donnez le dernier jour de l’absence, à venir et après le premier.",
                value=typed.get("absent_until", ""), example=today.isoformat(),
            )
        )  # fmt: skip
    async with runtime.pool.acquire() as connection:
        delegate = await people.by_address(connection, address)
    if delegate is None or delegate.id == person:
        errors.append(
            LineError(
                column="delegate", code="DELEGATE", value=address,
                message=f"« {address} » n’est pas l’adresse d’une autre personne de l’annuaire.", example="prenom.nom@exemple.fr",
            )
        )  # fmt: skip
    return Absence(delegate.id, first, last) if delegate and last else None


def _date(typed: Mapping[str, str], name: str, errors: list[LineError]) -> date | None:
    text = typed.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        errors.append(LineError(column=name, code="DATE", message=f"« {text} » n’est pas une date.", value=text, example="2027-01-29"))
        return None
