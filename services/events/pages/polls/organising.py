"""« Sondages » for the organiser: ask, read the answers as a heat table, remind, take a proposed date up, choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import MEETINGS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access, polling
from services.events.organising import today
from services.events.pages.polls import answering
from services.events.rules import polls as rules
from services.events.rules.polls import Option, Question, Recipient
from services.events.store import plans, polls
from services.events.store.polls import KeptPoll

router = APIRouter(include_in_schema=False)
ROWS: Final = 6
"""Dates that a new form has room for; « Ajouter des lignes » gives six more."""
ASKED: Final = [("", "non consulté"), ("yes", "consulté"), ("required", "présence requise")]


@router.get("/sondages")
async def overview(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team", "coordinator")
    found = await polls.listed(
        runtime.pool, departments=None if caller.has("team") else sorted(caller.departments), asked=caller.person,
        asked_for=sorted(caller.own),
    )  # fmt: skip
    day = today(runtime)
    stated = [{**each, "now": rules.state_of(each["state"], each["answer_by"], day)} for each in found]
    return page(
        request, "events/polls/list.html", waiting=[p for p in stated if p["waiting"] and p["now"] == "open"],
        polls=[p for p in stated if p["organised"]], departments=DEPARTMENTS,
    )  # fmt: skip


@router.get("/sondages/nouveau")
async def new(request: Request, runtime: RuntimeDep, caller: CallerDep, plan: UUID | None = None) -> Response:
    access.planning(caller)
    first = {"kind": "ATELIER"} if caller.has("team") else {"kind": "ATELIER", "department": next(iter(sorted(caller.own)), "")}
    if plan is not None:
        first = _of_plan(await plans.get(runtime.pool, plan))
    return await _form(request, runtime, first, None, ())


@router.post("/sondages/nouveau")
async def create(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team", "coordinator")
    typed = await forms.fields(request)
    if typed.get("more"):
        return await _form(request, runtime, typed, None, ())
    try:
        kept = await polling.create(runtime, caller, read(typed))
    except Refused as refused:
        return await _form(request, runtime, typed, None, refused.errors)
    return RedirectResponse(kept.page, 303)


@router.get("/sondages/{poll_id}")
async def see(request: Request, poll_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The organiser's view, with the own answer where the organiser is asked too; for everybody else who is asked, the form to answer."""
    caller.require()
    kept = await polls.get(runtime.pool, poll_id)
    return await answering.poll_page(request, runtime, caller, kept)


@router.get("/sondages/{poll_id}/modifier")
async def edit(request: Request, poll_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await polls.get(runtime.pool, poll_id)
    access.acting(caller, kept.question.department)
    return await _form(request, runtime, written(kept), kept, ())


@router.post("/sondages/{poll_id}/modifier")
async def change(request: Request, poll_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await polls.get(runtime.pool, poll_id)
    access.organiser(caller, kept.question.department)
    typed = await forms.fields(request)
    if typed.get("more"):
        return await _form(request, runtime, typed, kept, ())
    try:
        await polling.change(runtime, caller, poll_id, _revision(typed), read(typed))
    except Refused as refused:
        return await _form(request, runtime, typed, kept, refused.errors)
    return RedirectResponse(kept.page, 303)


@router.post("/sondages/{poll_id}/relancer")
async def remind(poll_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    await polling.remind(runtime, caller, poll_id)
    return RedirectResponse(f"/sondages/{poll_id}", 303)


@router.post("/sondages/{poll_id}/propositions/{proposal_id}")
async def settle(request: Request, poll_id: UUID, proposal_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    typed = await forms.fields(request)
    try:
        await polling.settle(runtime, caller, poll_id, proposal_id, add=typed.get("add") == "oui")
    except Refused as refused:
        return await answering.poll_page(request, runtime, caller, await polls.get(runtime.pool, poll_id), errors=refused.errors)
    return RedirectResponse(f"/sondages/{poll_id}", 303)


@router.post("/sondages/{poll_id}/choisir")
async def choose(request: Request, poll_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """A required « non » comes back as a warning on the page, with the box that says one knows."""
    typed = await forms.fields(request)
    try:
        chosen = UUID(typed["option"]) if typed.get("option") else None
    except ValueError:
        raise Problem(404, "UNKNOWN_OPTION", "Cette date n’est pas dans le sondage") from None
    try:
        kept = await polling.close(runtime, caller, poll_id, chosen, place=typed.get("place"), despite_no=bool(typed.get("despite_no")))
    except Refused as refused:
        return await answering.poll_page(
            request, runtime, caller, await polls.get(runtime.pool, poll_id), typed=typed, errors=refused.errors
        )
    except Problem as problem:
        if problem.code != "REQUIRED_NO":
            raise
        kept = await polls.get(runtime.pool, poll_id)
        return await answering.poll_page(request, runtime, caller, kept, typed=typed, warning=problem)
    return RedirectResponse(f"/agenda/{kept.meeting_id}" if kept.meeting_id else kept.page, 303)


def read(typed: Mapping[str, str]) -> Question:
    """The poll that a person typed. Raises Refused with every line that cannot be read."""
    errors: list[LineError] = []
    answer_by, remind_on = _day(typed, "answer_by", errors), _day(typed, "remind_on", errors, optional=True)
    options = tuple(o for row in range(rows_of(typed)) if (o := _option(typed, row, errors)) is not None)
    recipients = (*_asked(typed), *(_outside(cells, number, errors) for number, cells in _lines(typed.get("outside", ""))))
    if errors or answer_by is None:
        raise Refused(errors, code="POLL_REFUSED", title="Le sondage ne peut pas être enregistré tel quel")
    return Question(
        typed.get("title", ""), typed.get("kind", ""), options, recipients, answer_by, typed.get("department") or None,
        typed.get("theme") or None, typed.get("place") or None, remind_on, typed.get("words") or None, typed.get("contact") or None,
    )  # fmt: skip


def rows_of(typed: Mapping[str, str]) -> int:
    """Rows of dates in the form: what it had, six more when asked for, as many as a poll may have at most."""
    text = typed.get("rows", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else ROWS
    return min(rules.MOST_OPTIONS, count + (ROWS if typed.get("more") else 0))


def _option(typed: Mapping[str, str], row: int, errors: list[LineError]) -> Option | None:
    day, begins, ends, place = (typed.get(f"lines.{row}.{name}", "") for name in ("day", "from", "to", "place"))
    if not (day or begins or ends):
        return None
    try:
        times = [datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=None) for hour in (begins, ends)]
        option_id = UUID(typed[f"lines.{row}.id"]) if typed.get(f"lines.{row}.id") else None
    except ValueError:
        message = "Indiquez le jour, le début et la fin."
        errors.append(LineError(line=row, column="day", code="DATE", value=day[:40], message=message, example="2027-01-29, 09:30, 12:00"))
        return None
    return Option(times[0], times[1], place or None, option_id)


def _asked(typed: Mapping[str, str]) -> list[Recipient]:
    found = [
        Recipient(department=code, required=typed[f"department.{code}"] == "required")
        for code in DEPARTMENTS if typed.get(f"department.{code}") in {"yes", "required"}
    ]  # fmt: skip
    for name, value in typed.items():
        if name.startswith("person.") and value in {"yes", "required"}:
            try:
                found.append(Recipient(person_id=UUID(name.removeprefix("person.")), required=value == "required"))
            except ValueError:
                continue  # no name of a field of this form
    return found


def _lines(text: str) -> list[tuple[int, list[str]]]:
    rows = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    return [(number, [cell.strip() for cell in line.split(";")]) for number, line in rows]


def _outside(cells: list[str], number: int, errors: list[LineError]) -> Recipient:
    email, name, organisation, required = (*cells, "", "", "", "")[:4]
    if len(cells) > 4 or required.lower() not in {"", "requis", "requise"}:
        text = f"Ligne {number} : adresse ; nom ; structure ; « requis » si sa présence l’est."
        errors.append(LineError(column="outside", code="OUTSIDE", value="; ".join(cells)[:200], message=text, example="c.fictive@exemple.fr ; Camille Fictive ; Association fictive ; requis"))  # fmt: skip
    return Recipient(email=email, name=name or None, organisation=organisation or None, required=bool(required))


def _day(typed: Mapping[str, str], name: str, errors: list[LineError], *, optional: bool = False) -> date | None:
    text = typed.get(name, "")
    if optional and not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors.append(LineError(column=name, code="DATE", value=text[:40], message="Indiquez le jour.", example="2027-01-15"))
        return None


def written(kept: KeptPoll) -> dict[str, str]:
    """A poll as the fields of its form."""
    question = kept.question
    found = {
        "title": question.title, "kind": question.kind, "theme": question.theme or "", "department": question.department or "",
        "place": question.place or "", "words": question.words or "", "contact": question.contact or "",
        "answer_by": question.answer_by.isoformat(), "remind_on": question.remind_on.isoformat() if question.remind_on else "",
        "rows": str(min(rules.MOST_OPTIONS, max(ROWS, len(question.options) + 2))),
    }  # fmt: skip
    found |= _option_fields(question.options)
    outside = []
    for who in question.recipients:
        state = "required" if who.required else "yes"
        if who.department:
            found[f"department.{who.department}"] = state
        elif who.person_id:
            found[f"person.{who.person_id}"] = state
        else:
            outside.append(" ; ".join([who.email or "", who.name or "", who.organisation or "", *(["requis"] if who.required else [])]))
    return found | {"outside": "\n".join(outside)}


def _option_fields(options: Sequence[Option]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row, option in enumerate(options):
        found |= {
            f"lines.{row}.id": str(option.option_id or ""), f"lines.{row}.day": f"{option.starts_at:%Y-%m-%d}",
            f"lines.{row}.from": f"{option.starts_at:%H:%M}", f"lines.{row}.to": f"{option.ends_at:%H:%M}",
            f"lines.{row}.place": option.place or "",
        }  # fmt: skip
    return found


def _of_plan(kept: plans.KeptPlan) -> dict[str, str]:
    """A poll on the half-days of a plan: all its coordinations are asked, what they say is taken into account by the next calculation."""
    from services.events.rules.plans import HOURS

    slots = sorted({p.slot for p in kept.placements}, key=lambda s: (s.day, s.half != "MORNING"))[: rules.MOST_OPTIONS]
    options = [Option(datetime.combine(s.day, HOURS[s.half][0]), datetime.combine(s.day, HOURS[s.half][1])) for s in slots]
    found = {
        "title": f"Disponibilités : {kept.title}"[: rules.LONGEST],
        "kind": kept.kind,
        "rows": str(min(rules.MOST_OPTIONS, len(options) + 2)),
    }
    found |= {f"department.{code}": "yes" for code in sorted({a.department for a in kept.question.ateliers if a.department})}
    return found | _option_fields(options)


async def _form(
    request: Request, runtime: RuntimeDep, typed: Mapping[str, str], kept: KeptPoll | None, errors: Sequence[LineError]
) -> Response:
    team = await polls.people(runtime.pool, ["team", "facilitator"])
    asked = {name.removeprefix("person.") for name, value in typed.items() if name.startswith("person.") and value}
    people = [p for p in team if p["name"]] + await _others(runtime, asked - {str(p["person_id"]) for p in team})
    return page(
        request, "events/polls/form.html", status_code=422 if errors else 200, typed=typed, kept=kept, errors=forms.by_field(_beside(errors, typed)),
        rows=range(rows_of(typed)), people=people, people_asked=asked, departments=DEPARTMENTS, asked=ASKED, kinds=forms.choices(MEETINGS, blank=None),
        themes=forms.choices(THEMES, blank="Sans thème"), areas=forms.choices(DEPARTMENTS, blank="Toute la région"),
    )  # fmt: skip


_FIELDS: Final = {"options.starts_at": "day", "options.ends_at": "to", "options.place": "place"}


def _beside(errors: Sequence[LineError], typed: Mapping[str, str]) -> list[LineError]:
    """What the rules found, under the fields of this form: they count dates and people, the form has empty rows between them."""
    used = [row for row in range(rows_of(typed)) if any(typed.get(f"lines.{row}.{name}") for name in ("day", "from", "to"))]
    found = []
    for error in errors:
        column = error.column or ""
        if column in _FIELDS and error.line is not None and error.line <= len(used):
            found.append(error.model_copy(update={"line": used[error.line - 1], "column": _FIELDS[column]}))
        elif column.startswith("recipients."):
            found.append(error.model_copy(update={"line": None, "column": "outside"}))
        else:
            found.append(error if column == "day" else error.model_copy(update={"line": None}))
    return found


async def _others(runtime: RuntimeDep, ids: set[str]) -> list[dict[str, object]]:
    """People of the directory that are asked and are in neither the team nor among the facilitators."""
    rows = await runtime.pool.fetch(
        "select person_id, first_name || ' ' || name as name from registry_people where person_id::text = any($1::text[]) order by name",
        sorted(ids),
    )
    return [dict(row) for row in rows]


def _revision(typed: Mapping[str, str]) -> int:
    text = typed.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
