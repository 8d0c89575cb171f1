"""Organisations and people, recorded by the team: sending the same state again changes nothing."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid4

from asyncpg import ForeignKeyViolationError, UniqueViolationError
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web.request import CallerDep, RuntimeDep
from schemas.directory import OrganisationRecorded, PersonRecorded
from schemas.message import Code, Department, Siret
from services.directory.rules import accounts, entities
from services.directory.store import organisations, people

router = APIRouter(prefix="/api/v1", tags=["directory"])
WRITERS = ("team", "operator")


class OrganisationBody(BaseModel):
    """An organisation's full state. Without `id`, the SIRET finds the one recorded, or a new id is made."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    siret: Siret
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Code
    department: Department | None = None


class PersonBody(BaseModel):
    """A person's full state. Without `id`, the address finds the one recorded, or a new id is made."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    first_name: Annotated[str, Field(max_length=100)] = ""
    name: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[str, Field(max_length=254)]
    phone: Annotated[str, Field(max_length=40)] | None = None
    organisation: UUID | None = None
    roles: tuple[str, ...] = ()
    active: bool = True


@router.post("/organisations", summary="Enregistrer une organisation", operation_id="record_organisation", status_code=201)
async def record_organisation(body: OrganisationBody, runtime: RuntimeDep, caller: CallerDep, response: Response) -> dict[str, Any]:
    """201 when something was recorded, 200 when it was so already."""
    caller.require(*WRITERS)
    try:
        async with runtime.pool.acquire() as connection, connection.transaction():
            existing = await organisations.id_of_siret(connection, body.siret)
            if existing is not None and body.id not in {None, existing}:
                raise _taken("siret", body.siret, "Ce SIRET est déjà celui d’une autre organisation.")
            message = OrganisationRecorded(
                organisation_id=body.id or existing or uuid4(),
                siret=body.siret,
                name=body.name.strip(),
                kind=body.kind,
                department=body.department,
            )
            entities.organisation(message)
            changed = await organisations.save(connection, message, by=caller.id)
    except UniqueViolationError:
        raise _taken("siret", body.siret, "Ce SIRET vient d’être donné à une autre organisation.") from None
    runtime.wake_relay()
    response.status_code = 201 if changed else 200
    return _organisation(message)


@router.get("/organisations", summary="Chercher une organisation", operation_id="list_organisations")
async def list_organisations(
    runtime: RuntimeDep, caller: CallerDep, q: Annotated[str, Query(max_length=100)] = "", kind: str | None = None
) -> dict[str, Any]:
    caller.require(*WRITERS, "coordinator")
    found = await organisations.search(runtime.pool, q, kinds=[kind] if kind else [])
    return {"items": [_organisation(organisation) for organisation in found]}


@router.post("/people", summary="Enregistrer une personne et son compte", operation_id="record_person", status_code=201)
async def record_person(body: PersonBody, runtime: RuntimeDep, caller: CallerDep, response: Response) -> dict[str, Any]:
    """201 when something was recorded, 200 when it was so already. Taking a role away ends the person's sessions."""
    caller.require(*WRITERS)
    email = accounts.address(body.email)
    try:
        async with runtime.pool.acquire() as connection, connection.transaction():
            existing = await people.of_address(connection, email)
            if existing is not None and body.id not in {None, existing.person_id}:
                raise _taken("email", email, "Cette adresse est déjà celle d’une autre personne.")
            before = await people.find(connection, body.id) if body.id else existing
            accounts.may_grant(caller.roles, set(body.roles) ^ set(before.roles if before else ()))
            message = PersonRecorded(
                person_id=before.person_id if before else body.id or uuid4(), first_name=body.first_name.strip(), name=body.name.strip(),
                email=email, phone=body.phone, organisation_id=body.organisation, roles=body.roles, active=body.active,
            )  # fmt: skip
            entities.person(message)
            changed = await people.save(connection, message, by=caller.id)
    except ForeignKeyViolationError:
        raise Refused(
            [LineError(column="organisation", code="UNKNOWN", value=str(body.organisation), message="Organisation inconnue.")]
        ) from None
    except UniqueViolationError:
        raise _taken("email", email, "Cette adresse vient d’être donnée à une autre personne.") from None
    runtime.wake_relay()
    response.status_code = 201 if changed else 200
    return _person(message)


@router.get("/people", summary="Chercher une personne", operation_id="list_people")
async def list_people(
    runtime: RuntimeDep, caller: CallerDep, q: Annotated[str, Query(max_length=100)] = "", role: str | None = None
) -> dict[str, Any]:
    caller.require(*WRITERS)
    return {"items": [_person(person) for person in await people.search(runtime.pool, q, role=role)]}


def _organisation(message: OrganisationRecorded) -> dict[str, Any]:
    return {
        "id": message.organisation_id,
        "siret": message.siret,
        "name": message.name,
        "kind": message.kind,
        "department": message.department,
    }


def _person(message: PersonRecorded) -> dict[str, Any]:
    return {
        "id": message.person_id, "first_name": message.first_name, "name": message.name, "email": message.email, "phone": message.phone,
        "organisation": message.organisation_id, "roles": message.roles, "active": message.active,
    }  # fmt: skip


def _taken(column: str, value: str, message: str) -> Problem:
    return Problem(
        409, "TAKEN", "Cette valeur est déjà prise", message, errors=[LineError(column=column, code="TAKEN", value=value, message=message)]
    )
