"""« Rien à déclarer » by HTTP, and what is expected in a quarter."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from kit.errors import LineError, Refused
from kit.postgres import Connection
from kit.problems import Problem
from kit.web.request import RuntimeDep
from schemas.periods import Period
from schemas.zones import PARIS
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.rules.coverage import Coverage, last_quarter, quarter_of
from services.ingest.rules.times import NoDate, period_of
from services.ingest.store.coverage import coverage, say_nothing
from services.ingest.store.filings import committed
from services.ingest.throttle import Throttled

router = APIRouter(prefix="/api/v1/declarations", tags=["declarations"], dependencies=[Throttled])


class NothingBody(BaseModel):
    """Contracts by uid, and the quarter (`2019-Q1`) in which they had no hours."""

    period: str = Field(max_length=20)
    contracts: list[UUID] = Field(min_length=1, max_length=500)


@router.post("/nothing", status_code=202)
async def nothing(runtime: RuntimeDep, caller: CallerDep, body: NothingBody) -> Response:
    """Say that contracts had no hours in a quarter. Saying it again changes nothing; hours declared later speak louder."""
    declarant = declarant_of(caller)
    quarter = quarter_in(body.period)

    async def work(connection: Connection) -> dict[str, Any]:
        known = await coverage(connection, declarant, quarter)
        mine = {contract["uid"]: contract for contract in (*known.with_hours, *known.without, *known.unknown)}
        if foreign := [uid for uid in body.contracts if uid not in mine]:
            raise Problem(
                422, "CONTRACT", "Un marché n’est pas attendu de vous dans ce trimestre",
                f"{foreign[0]} : il n’est pas le vôtre, n’a pas de clause déclarée, ou n’était pas en cours.",
            )  # fmt: skip
        if declared := [contract["number"] for contract in known.with_hours if contract["uid"] in body.contracts]:
            raise Problem(
                409,
                "HOURS_DECLARED",
                "Des heures sont déjà déclarées",
                f"Marché {declared[0]} : corrigez ou retirez d’abord sa déclaration.",
            )
        number = await say_nothing(connection, declarant, quarter, [mine[uid] for uid in body.contracts], caller.id, runtime.clock())
        return {"number": number, "period": str(quarter), "contracts": body.contracts}

    answer = await committed(runtime.pool, work)
    runtime.wake_relay()
    return JSONResponse(jsonable_encoder(answer), 202)


@router.get("/expected")
async def expected(runtime: RuntimeDep, caller: CallerDep, period: Annotated[str | None, Query(max_length=20)] = None) -> Response:
    """The contracts expected of the caller in a quarter (the last one that is over), by what is known of them."""
    declarant = declarant_of(caller)
    quarter = quarter_in(period) if period else last_quarter(runtime.clock().astimezone(PARIS).date())
    async with runtime.pool.acquire() as connection:
        found = await coverage(connection, declarant, quarter)
    return JSONResponse(jsonable_encoder(_shown(found)), headers={"Cache-Control": "private, no-store"})


def quarter_in(text: str) -> Period:
    """The quarter that was written. Raises Refused."""
    try:
        return quarter_of(period_of(text.strip()))
    except (NoDate, ValueError) as error:
        message = f"« {text[:40]} » : {error}."
        raise Refused(
            [LineError(column="period", code="PERIOD", value=text[:40], message=message, example="2019-Q1")], code="PERIOD"
        ) from None


def _shown(found: Coverage) -> dict[str, Any]:
    return {
        "period": str(found.quarter),
        "expected": found.expected,
        "with_hours": found.with_hours,
        "nothing": found.without,
        "unknown": found.unknown,
    }
