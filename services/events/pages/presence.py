"""« Carte de présence »: where the network was in a semester, and where nobody came for long."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kit.geography import departments
from kit.problems import Problem
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.events import governing
from services.events.organising import today
from services.events.rules import presence as rules
from services.events.rules.presence import Semester
from services.events.store import presence

router = APIRouter(include_in_schema=False)


@router.get("/presence")
async def one(request: Request, runtime: RuntimeDep, caller: CallerDep, semestre: str = "") -> Response:
    caller.require("team", "coordinator")
    now = today(runtime)
    semester = Semester.read(semestre) if semestre else Semester.of(now)
    if semester is None:
        raise Problem(422, "UNKNOWN_SEMESTER", "Ce semestre ne se lit pas", f"« {semestre[:20]} » : par exemple {Semester.of(now)}.")
    found = await presence.of_semester(runtime.pool, semester, governing.wall_clock(runtime))
    by_code = {each.department: each for each in found}
    return page(
        request, "events/presence.html", semester=semester, rows=sorted(found, key=lambda each: each.last_visit or date.min), departments=DEPARTMENTS,
        today=now, by_code=by_code, outlines=departments.all_departments(), loupe=departments.loupe(), close=departments.CLOSE, band_label=rules.band_label,
        held=sum(each.held for each in found), planned=sum(each.planned for each in found), bands=range(len(rules.BANDS) + 1),
        spread=max(each.held + each.planned for each in found) - min(each.held + each.planned for each in found),
    )  # fmt: skip
