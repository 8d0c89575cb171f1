"""The team's page of a year's questions: edit them, then send the form to the eight coordinations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit import digits
from kit.errors import LineError, Refused
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events import diagnosing
from services.events.organising import today
from services.events.rules.diagnostic.questions import KINDS, PREFILLS, Question, Section, Sections
from services.events.store import diagnostics, questions

router = APIRouter(include_in_schema=False)
_FIELD = re.compile(r"s\.(\d{1,2})\.(?:title|q\.(\d{1,2})\.\w+)", re.ASCII)


@router.get("/diagnostic/{year}/questions")
async def edit(request: Request, year: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    return await _page(request, runtime, diagnosing.year_of(year), None, ())


@router.post("/diagnostic/{year}/questions")
async def write(request: Request, year: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    wanted = read(typed)
    version = typed.get("version", "")
    try:
        await diagnosing.write_questions(
            runtime,
            caller,
            diagnosing.year_of(year),
            digits.whole(version) or 0,
            wanted,
        )
    except Refused as refused:
        return await _page(request, runtime, diagnosing.year_of(year), wanted, refused.errors)
    return RedirectResponse(f"/diagnostic/{year}/questions", 303)


@router.post("/diagnostic/{year}/envoyer")
async def send(request: Request, year: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    typed = await forms.fields(request)
    try:
        answer_by = date.fromisoformat(typed.get("answer_by", ""))
        await diagnosing.send(runtime, caller, diagnosing.year_of(year), answer_by)
    except ValueError:
        error = LineError(
            column="answer_by", code="DATE", message="Indiquez jusqu’à quel jour la réponse est attendue.", example="2027-03-01"
        )
        return await _page(request, runtime, diagnosing.year_of(year), None, [error])
    except Refused as refused:
        return await _page(request, runtime, diagnosing.year_of(year), None, refused.errors)
    return RedirectResponse(f"/diagnostic/{year}", 303)


def read(typed: Mapping[str, str]) -> Sections:
    """The sections as typed: a question without label and a section without anything are left out."""
    rows: dict[int, set[int]] = {}
    for name in typed:
        if found := _FIELD.fullmatch(name):
            rows.setdefault(int(found[1]), set()).update([int(found[2])] if found[2] else [])
    sections = []
    for row in sorted(rows):
        asked = tuple(question for column in sorted(rows[row]) if (question := _question(typed, f"s.{row}.q.{column}")) is not None)
        title = typed.get(f"s.{row}.title", "")
        if asked or title:
            sections.append(Section(title, asked))
    return tuple(section for section in sections if section.questions)


def _question(typed: Mapping[str, str], name: str) -> Question | None:
    label = typed.get(f"{name}.label", "")
    if not label:
        return None
    kind = typed.get(f"{name}.kind", "TEXT")
    options = tuple(" ".join(line.split()) for line in typed.get(f"{name}.options", "").splitlines() if line.strip())
    return Question(
        typed.get(f"{name}.key", ""), label, kind, typed.get(f"{name}.hint", ""), options if kind in {"CHOICE", "CHOICES"} else (),
        typed.get(f"{name}.prefill", ""),
    )  # fmt: skip


async def _page(request: Request, runtime: Runtime, year: int, typed: Sections | None, errors: Sequence[LineError]) -> Response:
    version, sections = await questions.last(runtime.pool, year)
    blank = Question("", "", "TEXT")
    shown = [Section(section.title, (*section.questions, blank)) for section in typed or sections]
    return page(
        request, "events/diagnostic/questions.html", status_code=422 if errors else 200, year=year, version=version,
        sections=[*shown, Section("", (blank,))] if not errors else shown, errors=forms.by_field(errors), kinds=KINDS,
        kind_choices=list(KINDS.items()), prefill_choices=list(PREFILLS.items()),
        sent=bool(await diagnostics.of_year(runtime.pool, year)), answer_by=(today(runtime) + timedelta(days=45)).isoformat(),
    )  # fmt: skip
