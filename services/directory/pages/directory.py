"""« Qui suit mon département ? »: eight answers for a day, and each department's history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kit.problems import Problem
from kit.web.forms import by_field
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.directory import MandateRecorded, PersonRecorded
from schemas.vocabulary.places import DEPARTMENTS
from services.directory.routes.departments import day_of, full_name, known, today
from services.directory.rules import mandates as rules
from services.directory.store import mandates, people

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Stretch:
    """Some days of a department in the order of time: a mandate, or nobody."""

    starts_on: date | None
    last_day: date | None
    mandate: MandateRecorded | None
    person: PersonRecorded | None = None

    @property
    def name(self) -> str | None:
        return full_name(self.person)

    @property
    def until(self) -> str | None:
        """An end as people say it, where no day is set."""
        return self.mandate.ends_text if self.mandate and self.mandate.ends_on is None else None


@router.get("/annuaire")
async def coordinations(request: Request, runtime: RuntimeDep, caller: CallerDep, on: str | None = None) -> Response:
    """Today's coordinations, or those of `?on=`."""
    try:
        day, errors = day_of(on, runtime), {}
    except Problem as problem:
        day, errors = today(runtime), dict(by_field(problem.errors))
    found = await mandates.of_all(runtime.pool)
    who = await people.named(runtime.pool, {mandate.person_id for mandate in found})
    rows = [(code, name, _on(day, [m for m in found if m.department == code], who)) for code, name in DEPARTMENTS.items()]
    team = caller.has("team", "operator")
    to_confirm = [m for m in found if rules.holds(m, today(runtime)) and rules.to_confirm(m, today(runtime))] if team else []
    return page(
        request, "annuaire.html", day=day, today=today(runtime), typed=on or "", errors=errors, rows=rows, team=team,
        to_confirm=[(m, full_name(who.get(m.person_id))) for m in to_confirm], departments=DEPARTMENTS,
        refused=await people.refused(runtime.pool) if team else [],
    )  # fmt: skip


@router.get("/annuaire/{code}")
async def history(request: Request, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """A department's coordinations from the latest to the first, the days without anybody between them."""
    found = await mandates.of_department(runtime.pool, known(code))
    who = await people.named(runtime.pool, {mandate.person_id for mandate in found})
    return page(
        request, "departement.html", code=code, name=DEPARTMENTS[code], today=today(runtime), team=caller.has("team", "operator"),
        stretches=list(reversed(stretches(found, who))),
    )  # fmt: skip


def stretches(found: list[MandateRecorded], who: Mapping[UUID, PersonRecorded]) -> list[Stretch]:
    """Mandates in the order of time with the days without anybody between and after them."""
    ordered: list[Stretch] = []
    end: date | None = None
    for mandate in found:
        if end is not None and end < mandate.starts_on:
            ordered.append(Stretch(end, rules.last_day(mandate.starts_on), None))
        end = mandate.ends_on
        ordered.append(Stretch(mandate.starts_on, rules.last_day(end) if end else None, mandate, who.get(mandate.person_id)))
    if found and end is not None:
        ordered.append(Stretch(end, None, None))
    return ordered


def _on(day: date, found: list[MandateRecorded], who: Mapping[UUID, PersonRecorded]) -> Stretch:
    mandate = rules.holder(found, day)
    if mandate is None:
        around = rules.vacancy(found, day)
        return Stretch(around.starts_on, rules.last_day(around.ends_on) if around.ends_on else None, None)
    return Stretch(mandate.starts_on, rules.last_day(mandate.ends_on) if mandate.ends_on else None, mandate, who.get(mandate.person_id))
