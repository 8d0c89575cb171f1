"""Contracts by HTTP: declare one with its clause, find those that one may declare for."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field, StringConstraints, field_validator

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.invisible import visible
from kit.postgres import Connection
from kit.preconditions import etag
from kit.problems import Problem
from kit.web.request import RuntimeDep
from schemas.contracts import Clause, StaffTransfer
from schemas.message import Department, Siret
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.parts import Declared
from services.ingest.registering import check_taken_over, register
from services.ingest.routes.answers import ContractAnswer, ContractList
from services.ingest.rules.contract_texts import LONGEST_NUMBER, LONGEST_OBJECT, check_texts
from services.ingest.rules.contracts import check_commitment, check_contract
from services.ingest.store.contracts import Recorded
from services.ingest.store.filings import committed
from services.ingest.store.search import Question, search
from services.ingest.throttle import Throttled

router = APIRouter(prefix="/api/v1/contracts", tags=["contracts"], dependencies=[Throttled])


MOST: Final = 999_999_999
"""Nine digits, as the form reads: more hours or people than any contract has."""
Count = Annotated[int, Field(ge=0, le=MOST)]


Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NUMBER)]


class StaffTransferBody(StaffTransfer):
    idcc: str | None = Field(default=None, max_length=10)
    headcount: Count | None = None
    monthly_hours: Count | None = None


class ClauseBody(Clause):
    revision: Count = 0
    hours_committed: Count | None = None
    hours_all_workers: Count | None = None
    operation: str | None = Field(default=None, max_length=500)
    staff_transfer: StaffTransferBody | None = None


class ContractBody(Declared):
    """A contract as its buyer declares it. (buyer SIRET, number) names it; the same again changes nothing."""

    number: Number
    object: str | None = Field(default=None, max_length=LONGEST_OBJECT)
    buyer_name: str | None = Field(default=None, max_length=500)
    commune: str | None = Field(default=None, max_length=200)
    buyer_siret: Siret | None = None
    clause: ClauseBody | None = None

    @field_validator("number", "object", "buyer_name", "commune", mode="before")
    @classmethod
    def _visible(cls, value: Any) -> Any:
        return visible(value) if isinstance(value, str) else value

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": "2026-045", "object": "École Joliot-Curie, gros œuvre", "department": "93", "starts_on": "2026-01-05",
                    "ends_on": "2027-06-30",
                    "clause": {"mechanisms": ["CONDITION_EXECUTION"], "hours_committed": 1200, "programme": "AUCUN", "sector": "BATIMENT"},
                }
            ]
        }
    )  # fmt: skip


@router.post(
    "", status_code=201, responses={201: {"model": ContractAnswer}, 200: {"model": ContractAnswer, "description": "Already known"}}
)
async def declare(runtime: RuntimeDep, caller: CallerDep, body: ContractBody) -> Response:
    """Declare a contract with its clause: for the own organisation, for any buyer as the team."""
    siret = _buyer(caller, body)
    remarks = _remarks(body)

    async def work(connection: Connection) -> Recorded:
        said = Declared.model_validate(body.model_dump(exclude={"buyer_siret"}))
        return await register(connection, siret, said, by=caller.id, at=runtime.clock())

    recorded = await committed(runtime.pool, work)
    runtime.wake_relay()
    contract = recorded.contract
    if contract.clause and contract.procurement and contract.procurement.amount:
        remarks += check_commitment(contract.clause.hours_committed, Decimal(contract.procurement.amount))
    if contract.clause:
        remarks += check_taken_over(contract.clause, contract.procurement)
    content = {
        "uid": contract.uid,
        "revision": contract.revision,
        "number": contract.number,
        "outcome": recorded.outcome,
        "remarks": remarks,
    }
    return JSONResponse(jsonable_encoder(content), 201 if recorded.outcome == "new" else 200, headers=etag(contract.revision))


@router.get("", responses={200: {"model": ContractList}})
async def found(
    runtime: RuntimeDep,
    caller: CallerDep,
    q: Annotated[str, Query(max_length=200)] = "",
    department: Department | None = None,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Contracts that the caller may declare for (the team sees all), by number, words of the object or operation, and department."""
    caller.require("declarant", "facilitator", "team", "operator")
    declarant = None if caller.has("team", "operator") else declarant_of(caller)
    async with runtime.pool.acquire() as connection:
        items, following = await search(connection, Question(declarant, q, department, cursor, limit))
    return JSONResponse(jsonable_encoder({"items": items, "next": following}), headers={"Cache-Control": "private, no-store"})


def _remarks(body: ContractBody) -> list[LineError]:
    """What is to be looked at in the clause. Raises Refused for what cannot be: texts (V19), the clause (V03, V04, V18)."""
    found = check_texts({"number": body.number, "object": (body.object or "").strip()}, required=("number",))
    if clause := body.clause:
        found += check_contract(mechanisms=clause.mechanisms, reserved_to=clause.reserved_to, hours_committed=clause.hours_committed)
    blocking = [error for error in found if error.severity == "blocking"]
    if blocking:
        raise Refused(blocking, code="CONTRACT", title="Le marché est à corriger", detail=blocking[0].message)
    return found


def _buyer(caller: Caller, body: ContractBody) -> str:
    """The buyer's SIRET. Raises a 403 problem for a contract of somebody else, 422 when nobody is named."""
    if caller.has("team"):
        siret = body.buyer_siret or caller.siret
    else:
        declarant = declarant_of(caller)
        siret = body.buyer_siret or declarant.siret
        if siret != declarant.siret:
            raise Problem(403, "FOREIGN_BUYER", "Ce marché n’est pas celui de votre organisation", "Indiquez votre propre SIRET, ou aucun.")
    if siret is None:
        raise Problem(422, "BUYER", "L’acheteur manque", "Indiquez buyer_siret.")
    return siret
