"""Who coordinates which department on which day: one answer or an explicit vacancy, for everybody."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter

from kit.errors import LineError
from kit.problems import Problem
from kit.service import Runtime
from kit.web.request import CallerDep, RuntimeDep
from schemas.directory import MandateRecorded, PersonRecorded
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.directory.rules import mandates as rules
from services.directory.store import mandates, people

router = APIRouter(prefix="/api/v1/departments", tags=["directory"])


@router.get("/{code}/coordination", summary="Qui suit ce département ce jour-là", operation_id="coordination_on")
async def coordination(code: str, runtime: RuntimeDep, caller: CallerDep, on: str | None = None) -> dict[str, Any]:
    """`vacancy: true` when nobody does. The mail address is for signed-in callers."""
    department, day = known(code), day_of(on, runtime)
    found = await mandates.of_department(runtime.pool, department)
    mandate = rules.holder(found, day)
    if mandate is None:
        around = rules.vacancy(found, day)
        nobody = {"structure": None, "person": None, "interim": False, "from": around.starts_on, "to": around.ends_on}
        return {"department": department, "on": day, "vacancy": True, **nobody}
    person = (await people.named(runtime.pool, [mandate.person_id])).get(mandate.person_id)
    return {"department": department, "on": day, "vacancy": False, **shown(mandate, person, contact=caller.signed_in)}


@router.get("/{code}/mandates", summary="Les mandats d’un département dans le temps", operation_id="mandates_of_department")
async def mandates_of(code: str, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    """Mandates only: a vacancy is the absence of a row. `to` is exclusive."""
    found = await mandates.of_department(runtime.pool, known(code))
    who = await people.named(runtime.pool, {mandate.person_id for mandate in found})
    return {"items": [{"id": m.mandate_id, **shown(m, who.get(m.person_id), contact=caller.signed_in)} for m in found]}


def shown(mandate: MandateRecorded, person: PersonRecorded | None, *, contact: bool) -> dict[str, Any]:
    """A mandate as the API says it."""
    who: dict[str, Any] = {"id": mandate.person_id, "name": full_name(person)}
    if contact:
        who["email"] = person.email if person else None
    return {
        "structure": {"siret": mandate.structure_siret, "name": mandate.structure_name},
        "person": who,
        "interim": mandate.interim,
        "from": mandate.starts_on,
        "to": mandate.ends_on,
        "to_text": mandate.ends_text,
        "supposed_end": mandate.supposed_end,
    }


def full_name(person: PersonRecorded | None) -> str | None:
    return f"{person.first_name} {person.name}".strip() if person else None


def known(code: str) -> str:
    """Raises a 404 problem for anything but the eight departments."""
    if code not in DEPARTMENTS:
        raise Problem(404, "UNKNOWN_DEPARTMENT", "Département inconnu", f"La région compte huit départements : {', '.join(DEPARTMENTS)}.")
    return code


def today(runtime: Runtime) -> date:
    """The day it is in Paris: mandates begin and end at Paris midnight."""
    return runtime.clock().astimezone(PARIS).date()


def day_of(written: str | None, runtime: Runtime) -> date:
    """Raises a 422 problem for what is not a date."""
    if not written:
        return today(runtime)
    try:
        if len(written) != 10:
            raise ValueError(written)
        return date.fromisoformat(written)
    except ValueError:
        error = LineError(column="on", code="V20", value=written[:40], message="Écrivez la date ainsi : 2019-01-31.", example="2019-01-31")
        raise Problem(422, "BAD_DATE", "Cette date n’est pas lisible", errors=[error]) from None
