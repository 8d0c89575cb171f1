"""How far a rebuilding of the figures is, and what it found."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from kit.web.request import CallerDep, RuntimeDep

router = APIRouter(prefix="/api/v1/pilotage/replays", tags=["pilotage"])


@router.get("/{replay}")
async def one(runtime: RuntimeDep, caller: CallerDep, replay: UUID) -> JSONResponse:
    """`state`: waiting, running, switched or superseded; with `switched` what the comparison found."""
    caller.require("team", "operator")
    row = await runtime.pool.fetchrow("select state, rebuilt, announced, outcome from replays where replay_id = $1", replay)
    found = {"state": "waiting", "rebuilt": 0, "announced": None, "outcome": None} if row is None else dict(row)
    return JSONResponse({"replay": str(replay), **found}, headers={"Cache-Control": "private, no-store"})
