"""Mandates recorded by the team, by program or by the page: one use case, overlaps refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid4

from asyncpg import ExclusionViolationError
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from kit.errors import LineError, Refused
from kit.postgres import Connection, Pool
from kit.web.request import CallerDep, RuntimeDep
from schemas.directory import MandateRecorded
from services.directory.routes.departments import full_name, known, shown
from services.directory.rules import mandates as rules
from services.directory.store import mandates, organisations, people

router = APIRouter(prefix="/api/v1/mandates", tags=["directory"])


class MandateBody(BaseModel):
    """A mandate's full state, `[from, to)`. With `handover`, the mandate under way without an end closes on the day this one begins."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    id: UUID | None = None
    department: str
    structure: UUID
    person: UUID
    interim: bool = False
    starts_on: Annotated[date, Field(alias="from")]
    ends_on: Annotated[date | None, Field(alias="to")] = None
    to_text: Annotated[str, Field(max_length=80)] | None = None
    supposed_end: date | None = None
    handover: bool = False


@router.post("", summary="Enregistrer un mandat de coordination", operation_id="record_mandate", status_code=201)
async def record_mandate(body: MandateBody, runtime: RuntimeDep, caller: CallerDep, response: Response) -> dict[str, Any]:
    """201 when something was recorded, 200 when it was so already; 409 when the days belong to another mandate."""
    caller.require("team", "operator")
    candidate, changed = await record(runtime.pool, body, by=caller.id)
    runtime.wake_relay()
    response.status_code = 201 if changed else 200
    person = (await people.named(runtime.pool, [candidate.person_id])).get(candidate.person_id)
    return {"id": candidate.mandate_id, "department": candidate.department, **shown(candidate, person, contact=True)}


async def record(pool: Pool, body: MandateBody, *, by: str) -> tuple[MandateRecorded, bool]:
    """Check against the department's other mandates under its lock, then store and announce. Raises Refused."""
    try:
        async with pool.acquire() as connection, connection.transaction():
            await mandates.lock(connection, body.department)
            candidate = await candidate_of(connection, body)
            found, closed = rules.succession(
                await mandates.of_department(connection, candidate.department), candidate, handover=body.handover
            )
            rules.check(found, candidate, names=await _names(connection, found))
            if closed is not None:
                await mandates.save(connection, closed, by=by)
            return candidate, await mandates.save(connection, candidate, by=by)
    except ExclusionViolationError:
        raise Refused(code="MANDATE_OVERLAP", title="Un autre mandat couvre déjà une partie de ces jours", status=409) from None


async def candidate_of(connection: Connection | Pool, body: MandateBody) -> MandateRecorded:
    """The mandate that the body describes. Raises Refused when structure or person is unknown."""
    errors: list[LineError] = []
    structure = await organisations.find(connection, body.structure)
    if structure is None:
        errors.append(
            LineError(column="structure", code="UNKNOWN", value=str(body.structure), message="Cette structure n’est pas dans l’annuaire.")
        )
    if await people.find(connection, body.person) is None:
        errors.append(
            LineError(column="person", code="UNKNOWN", value=str(body.person), message="Cette personne n’est pas dans l’annuaire.")
        )
    if errors or structure is None:
        raise Refused(errors, title="Ce mandat ne peut pas être enregistré")
    return MandateRecorded(
        mandate_id=body.id or uuid4(), department=known(body.department), structure_id=structure.organisation_id,
        structure_siret=structure.siret, structure_name=structure.name, person_id=body.person, interim=body.interim,
        starts_on=body.starts_on, ends_on=body.ends_on, ends_text=(body.to_text or "").strip() or None, supposed_end=body.supposed_end,
    )  # fmt: skip


async def _names(connection: Connection, found: list[MandateRecorded]) -> dict[UUID, str]:
    who = await people.named(connection, {mandate.person_id for mandate in found})
    return {key: full_name(person) or "" for key, person in who.items()}
