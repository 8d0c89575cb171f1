"""The interface of an edition's ten-minute meetings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from kit.web.request import CallerDep, RuntimeDep
from services.events import editing, encounters
from services.events.pages.openmap.encounters import begins
from services.events.routes.meetings import local
from services.events.store import editions
from services.events.store.encounters import KeptTimetable

router = APIRouter(prefix="/api/v1/openmap", tags=["openmap"])


class MatchesBody(BaseModel):
    """How many meetings may take place at the same time."""

    model_config = ConfigDict(extra="ignore")

    tables: int = Field(ge=1, le=400, examples=[30])


@router.post("/{edition_id}/matches", status_code=201, summary="Planifier les rencontres de dix minutes")
async def match(edition_id: UUID, body: MatchesBody, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    kept = await editions.get(runtime.pool, edition_id)
    editing.organiser(caller, kept)
    return answer(await encounters.arrange(runtime, caller, kept, body.tables))


def answer(made: KeptTimetable) -> dict[str, Any]:
    """A timetable in the API's words: participants' ids, local times, tables from 1. `optimal`: no timetable has more points."""
    return {
        "revision": made.revision,
        "slots": made.slots,
        "tables": made.tables,
        "value": made.value,
        "bound": made.bound,
        "optimal": made.value == made.bound,
        "seconds": round(made.seconds, 3),
        "meetings": [
            {"starts_at": local(begins(made.starts_at, m.slot)), "table": m.table + 1, "seeker": m.seeker, "structure": m.structure}
            for m in made.meetings
        ],
    }
