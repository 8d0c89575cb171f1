"""The form of a coordination: saved field by field while it is filled in, or as a whole without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit import digits
from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access, diagnosing
from services.events.diagnosing import Conflict, Filled
from services.events.organising import today
from services.events.rules.diagnostic import answers as rules
from services.events.rules.diagnostic.answers import NOTHING, Answer
from services.events.rules.diagnostic.questions import Question, all_of
from services.events.rules.governance import actions as action_rules
from services.events.store import editions
from services.events.store.governance import actions

router = APIRouter(include_in_schema=False)
BASE = "/diagnostic/{year}/{department}"


@router.get(BASE)
async def one(request: Request, year: str, department: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    diagnosing.writer(caller, department)
    return await _page(request, runtime, caller, await diagnosing.filled(runtime, diagnosing.year_of(year), department))


@router.post(BASE)
async def save_all(request: Request, year: str, department: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """« Enregistrer »: every field that can be saved is; the others come back with both values, or with what is wrong."""
    diagnosing.writer(caller, department)
    typed = await forms.fields(request)
    found = await diagnosing.filled(runtime, diagnosing.year_of(year), department)
    errors: list[LineError] = []
    conflicts: list[Conflict] = []
    refused: dict[str, str] = {}
    for key, question in all_of(found.sections).items():
        if f"r.{key}" not in typed:
            continue
        value = _picked(typed, question)
        if value is None:
            continue
        try:
            await diagnosing.answer(runtime, caller, (found.form.year, department), key, value, _revision(typed, key), _editor(typed))
        except Refused as problem:
            errors += problem.errors
            refused[key] = value
        except Conflict as conflict:
            conflicts.append(conflict)
    after = await diagnosing.filled(runtime, found.form.year, department)
    if conflicts:
        return _conflicts(request, after, conflicts, refused)
    if errors:
        return await _page(request, runtime, caller, after, errors, refused)
    if typed.get("then") == "transmettre":
        return RedirectResponse(f"{after.form.path}/transmettre", 303)
    return RedirectResponse(f"{after.form.path}?enregistre=oui", 303)


@router.post(f"{BASE}/reponses/{{key}}")
async def save_one(request: Request, year: str, department: str, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """A field saved while one writes. Answers the piece of page that stands beside the field."""
    found = await diagnosing.filled(runtime, diagnosing.year_of(year), department)
    question = all_of(found.sections).get(key)
    diagnosing.writer(caller, department)
    if question is None:
        raise Problem(404, "UNKNOWN_QUESTION", "Cette question n’existe pas")
    typed = await forms.fields(request)
    value = typed["value"] if "value" in typed else _value(typed, question)
    where, revision, editor = (found.form.year, department), _revision(typed, key), _editor(typed)
    try:
        saved = await diagnosing.answer(runtime, caller, where, key, value, revision, editor)
    except Refused as refused:
        return _beside(request, found, question, NOTHING, revision, 422, said=refused.errors[0].message)
    except Conflict as conflict:
        return _beside(request, found, question, conflict.theirs, revision, 412, mine=conflict.mine)
    except Problem as problem:
        if problem.status != 409:
            raise
        return _beside(request, found, question, NOTHING, revision, 409, said=f"{problem.title}. {problem.detail or ''}")
    if typed.get("block"):  # one of two answers was chosen: the field itself changes
        again = await diagnosing.filled(runtime, found.form.year, department)
        return page(request, "events/diagnostic/field.html", **_field_context(again, question), saved=saved)
    return _beside(request, found, question, saved, saved.revision, 200)


@router.get(f"{BASE}/transmettre")
async def before_submitting(request: Request, year: str, department: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    diagnosing.writer(caller, department)
    access.acting(caller, department)
    found = await diagnosing.filled(runtime, diagnosing.year_of(year), department)
    empty = [question for key, question in all_of(found.sections).items() if not found.answers.get(key, NOTHING).value]
    return page(request, "events/diagnostic/submit.html", filled=found, form=found.form, empty=empty, departments=DEPARTMENTS)


@router.post(f"{BASE}/transmettre")
async def submit(year: str, department: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    form = await diagnosing.submit(runtime, caller, diagnosing.year_of(year), department)
    return RedirectResponse(form.path, 303)


@router.post(f"{BASE}/relire")
async def review(request: Request, year: str, department: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    comment = (await forms.fields(request)).get("comment", "")[:2_000] or None
    form = await diagnosing.review(runtime, caller, diagnosing.year_of(year), department, comment)
    return RedirectResponse(form.path, 303)


@router.post(f"{BASE}/rouvrir")
async def reopen(request: Request, year: str, department: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    comment = (await forms.fields(request)).get("comment", "")[:2_000] or None
    form = await diagnosing.reopen(runtime, caller, diagnosing.year_of(year), department, comment)
    return RedirectResponse(form.path, 303)


@router.post(f"{BASE}/relancer")
async def remind(year: str, department: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    await diagnosing.remind(runtime, caller, diagnosing.year_of(year), department)
    return RedirectResponse(f"/diagnostic/{year}", 303)


async def _page(
    request: Request,
    runtime: Runtime,
    caller: Caller,
    found: Filled,
    errors: Sequence[LineError] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    return page(
        request, "events/diagnostic/form.html" if found.form.open and caller.acts_for(found.form.department) else "events/diagnostic/read.html", status_code=422 if errors else 200,
        filled=found, form=found.form, states=rules.STATES, tones=rules.TONES, departments=DEPARTMENTS, errors=forms.by_field(errors),
        typed=typed or {}, editor=uuid4(), before=await diagnosing.last_years_answers(runtime, found.form), shown=rules.shown,
        value_of=_value_of, nothing=NOTHING, saved=None, just_saved="enregistre" in request.query_params, today=today(runtime),
        team=caller.has("team"), action_states=action_rules.STATES,
        acted=(await actions.after_diagnostics(runtime.pool, [found.form.diagnostic_id])).get(found.form.diagnostic_id, ()), followed=(await editions.after_diagnostics(runtime.pool, [found.form.diagnostic_id])).get(found.form.diagnostic_id),
    )  # fmt: skip


def _field_context(found: Filled, question: Question) -> dict[str, Any]:
    return {
        "question": question, "filled": found, "form": found.form, "errors": {}, "typed": {}, "editor": uuid4(), "before": {},
        "value_of": _value_of, "nothing": NOTHING, "shown": rules.shown,
    }  # fmt: skip


def _beside(
    request: Request,
    found: Filled,
    question: Question,
    saved: Answer,
    revision: int,
    status: int,
    *,
    said: str = "",
    mine: str | None = None,
) -> Response:
    return page(
        request, "events/diagnostic/saved.html", status_code=status, form=found.form, question=question, saved=saved, revision=revision,
        said=said, mine=mine, shown=rules.shown, editor=uuid4(),
    )  # fmt: skip


def _conflicts(request: Request, found: Filled, conflicts: Sequence[Conflict], refused: Mapping[str, str]) -> Response:
    return page(
        request, "events/diagnostic/conflicts.html", status_code=412, filled=found, form=found.form, conflicts=conflicts, shown=rules.shown,
        value_of=rules.typed_again, departments=DEPARTMENTS, editor=uuid4(), refused=len(refused),
    )  # fmt: skip


def _value_of(question: Question, answer: Answer, typed: Mapping[str, str]) -> str:
    """What stands in the field: what was typed and could not be kept, else the answer."""
    return typed[question.key] if question.key in typed else rules.typed_again(question, answer.value)


def _value(typed: Mapping[str, str], question: Question) -> str:
    name = f"a.{question.key}"
    if question.kind != "CHOICES":
        return typed.get(name, "")
    return rules.SEPARATOR.join(option for row, option in enumerate(question.options) if typed.get(f"{name}.{row}"))


def _picked(typed: Mapping[str, str], question: Question) -> str | None:
    """The field's value; on the page of two answers the one chosen, None for the other person's."""
    match typed.get(f"pick.{question.key}"):
        case None:
            return _value(typed, question)
        case "mine":
            return typed.get(f"mine.{question.key}", "")
        case "both":
            return typed.get(f"both.{question.key}", "")
        case _:
            return None


def _revision(typed: Mapping[str, str], key: str) -> int:
    text = typed.get("revision", typed.get(f"r.{key}", ""))
    return digits.whole(text) or 0


def _editor(typed: Mapping[str, str]) -> UUID | None:
    try:
        return UUID(typed.get("editor", ""))
    except ValueError:
        return None
