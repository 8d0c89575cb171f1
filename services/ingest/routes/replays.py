"""The order to announce the record again."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from kit.problems import Problem
from kit.web.request import CallerDep, RuntimeDep
from services.ingest import replaying

router = APIRouter(prefix="/api/v1/replays", tags=["operation"])


@router.post("", status_code=202)
async def order(runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """Announce every line again on `hours-replay`; the figures are rebuilt beside those in use, compared, and take their place."""
    caller.require("team", "operator")
    async with runtime.pool.acquire() as connection, connection.transaction():
        replay = await replaying.order(connection, caller.id, runtime.clock())
    runtime.wake_relay()
    return JSONResponse({"replay": str(replay)}, 202, headers={"Location": f"/api/v1/pilotage/replays/{replay}"})


@router.get("/{replay}")
async def one(runtime: RuntimeDep, caller: CallerDep, replay: UUID) -> JSONResponse:
    """How many lines were announced so far, and whether that is all."""
    caller.require("team", "operator")
    row = await runtime.pool.fetchrow("select count, ended_at from replays where replay_id = $1", replay)
    if row is None:
        raise Problem(404, "UNKNOWN_REPLAY", "Cette reconstruction n’existe pas")
    return JSONResponse({"replay": str(replay), "count": row["count"], "ended": row["ended_at"] is not None})
