"""The team records a mandate: first what it would change (overlap, days without anybody), then saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web.forms import by_field, fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.directory import MandateRecorded
from schemas.vocabulary.network import STRUCTURES
from schemas.vocabulary.places import DEPARTMENTS
from services.directory.routes.departments import full_name, today
from services.directory.routes.mandates import MandateBody, candidate_of, record
from services.directory.rules import mandates as rules
from services.directory.store import mandates, organisations, people

router = APIRouter(include_in_schema=False)
_DATES: Final = {"from": "Début", "to": "Fin", "supposed_end": "Fin supposée"}


@router.get("/annuaire/mandats/nouveau")
async def form(request: Request, runtime: RuntimeDep, caller: CallerDep, departement: str = "") -> Response:
    caller.require("team", "operator")
    typed = {"department": departement if departement in DEPARTMENTS else "", "handover": "oui"}
    return await _form(request, runtime, typed)


@router.get("/annuaire/mandats/{mandate}")
async def existing(request: Request, runtime: RuntimeDep, caller: CallerDep, mandate: UUID) -> Response:
    """A recorded mandate, to end it, to prolong an interim, to correct a date."""
    caller.require("team", "operator")
    found = await mandates.find(runtime.pool, mandate)
    if found is None:
        raise Problem(404, "UNKNOWN_MANDATE", "Ce mandat n’existe pas")
    return await _form(request, runtime, typed_of(found))


@router.post("/annuaire/mandats/nouveau")
async def save(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """« Vérifier » shows what the mandate would change; « Enregistrer » saves what was shown. A refusal keeps what was typed."""
    return await _checked_or_saved(request, runtime, caller, None)


@router.post("/annuaire/mandats/{mandate}")
async def change(request: Request, runtime: RuntimeDep, caller: CallerDep, mandate: UUID) -> Response:
    """The same for a mandate that is recorded already."""
    return await _checked_or_saved(request, runtime, caller, mandate)


async def _checked_or_saved(request: Request, runtime: Runtime, caller: Caller, mandate: UUID | None) -> Response:
    caller.require("team", "operator")
    typed = await fields(request)
    try:
        body = body_of(typed, mandate)
        if typed.get("step") != "save":
            return await _form(request, runtime, typed, **await _preview(runtime, body))
        await record(runtime.pool, body, by=caller.id)
    except Refused as refused:
        errors = refused.errors or [LineError(code=refused.code, message=refused.title)]
        return await _form(request, runtime, typed, errors=errors, status_code=refused.status)
    runtime.wake_relay()
    return RedirectResponse(f"/annuaire/{body.department}#historique", 303)


def body_of(typed: Mapping[str, str], mandate: UUID | None = None) -> MandateBody:
    """The mandate that was typed. Raises Refused with every problem at once."""
    errors: list[LineError] = []
    if typed.get("department") not in DEPARTMENTS:
        errors.append(LineError(column="department", code="REQUIRED", message="Choisissez un département."))
    chosen = {
        name: _id(typed.get(name, ""), name, label, errors) for name, label in (("structure", "la structure"), ("person", "la personne"))
    }
    days = {name: _day(typed.get(name, ""), name, label, errors) for name, label in _DATES.items()}
    if days["from"] is None and not any(error.column == "from" for error in errors):
        errors.append(LineError(column="from", code="REQUIRED", message="Indiquez le premier jour du mandat."))
    if days["to"] is not None:
        days["to"] = date.fromordinal(days["to"].toordinal() + 1)  # shown inclusive, kept half-open
    if errors or chosen["structure"] is None or chosen["person"] is None or days["from"] is None:
        raise Refused(errors, title="Ce mandat ne peut pas être enregistré")
    return MandateBody.model_validate(
        {
            **chosen, **days, "id": mandate, "department": typed["department"], "interim": typed.get("interim") == "oui",
            "handover": typed.get("handover") == "oui", "to_text": typed.get("to_text") or None,
        }
    )  # fmt: skip


def typed_of(mandate: MandateRecorded) -> dict[str, str]:
    """A recorded mandate as the form's fields; its last day is inclusive there."""
    return {
        "department": mandate.department, "structure": str(mandate.structure_id), "person": str(mandate.person_id),
        "from": mandate.starts_on.isoformat(), "to": rules.last_day(mandate.ends_on).isoformat() if mandate.ends_on else "",
        "interim": "oui" if mandate.interim else "", "to_text": mandate.ends_text or "",
        "supposed_end": mandate.supposed_end.isoformat() if mandate.supposed_end else "",
    }  # fmt: skip


async def _preview(runtime: Runtime, body: MandateBody) -> dict[str, Any]:
    """What recording it would change, and what stands against it. Raises Refused."""
    candidate = await candidate_of(runtime.pool, body)
    recorded = await mandates.of_department(runtime.pool, candidate.department)
    found, closed = rules.succession(recorded, candidate, handover=body.handover)
    who = await people.named(runtime.pool, {mandate.person_id for mandate in [*found, candidate]})
    names = {key: full_name(person) or "" for key, person in who.items()}
    rules.check(found, candidate, names=names)
    gaps = [rules.gap_sentence(gap) for gap in rules.gaps(found, candidate)]
    return {"candidate": candidate, "closed": closed, "names": names, "gaps": [gap for gap in gaps if gap]}


async def _form(
    request: Request,
    runtime: Runtime,
    typed: dict[str, str],
    *,
    errors: list[LineError] | None = None,
    status_code: int = 200,
    candidate: MandateRecorded | None = None,
    **preview: Any,
) -> Response:
    structures = await organisations.search(runtime.pool, "", kinds=list(STRUCTURES), limit=500)
    coordinators = await people.search(runtime.pool, "", role="coordinator", limit=500)
    return page(
        request, "mandat.html", status_code=status_code, typed=typed, errors=by_field(errors or []), candidate=candidate,
        departments=[("", "Choisir"), *((code, f"{code} {name}") for code, name in DEPARTMENTS.items())],
        structures=[("", "Choisir"), *((str(s.organisation_id), s.name) for s in structures)],
        coordinators=[("", "Choisir"), *((str(p.person_id), f"{full_name(p)} ({p.email})") for p in coordinators)],
        today=today(runtime), editing=not request.url.path.endswith("/nouveau"),
        last_day=rules.last_day(candidate.ends_on) if candidate and candidate.ends_on else None, **{"closed": None, "names": {}, "gaps": [], **preview},
    )  # fmt: skip


def _id(text: str, column: str, label: str, errors: list[LineError]) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        errors.append(LineError(column=column, code="REQUIRED", message=f"Choisissez {label}."))
        return None


def _day(text: str, column: str, label: str, errors: list[LineError]) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
        if found.year not in rules.YEARS:
            raise ValueError(text)
        return found
    except ValueError:
        errors.append(LineError(column=column, code="V20", value=text[:40], message=f"{label} : écrivez la date ainsi : 2019-01-31."))
        return None
