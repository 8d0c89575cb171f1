"""The working face: live figures for those entitled, and the order to publish."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from kit.problems import Problem
from kit.web.parameters import reads
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue.answers import answer
from services.indicators.release.publish import NotPublished, publish
from services.indicators.replica import positions
from services.indicators.replica.positions import Partition
from services.indicators.replica.task import replica_of
from services.indicators.routes.questions import DOCUMENTED, question_of
from services.indicators.routes.scope import check, scope_of

router = APIRouter(prefix="/api/v1/pilotage", tags=["pilotage"])
PRIVATE: Final = {"Cache-Control": "private, no-store"}
PATIENCE_S: Final = 0.5


@router.get("/indicators/{indicator}", openapi_extra=DOCUMENTED)
@reads(None)
async def figures(
    indicator: str, request: Request, runtime: RuntimeDep, caller: CallerDep, macs_position: Annotated[str | None, Header()] = None
) -> JSONResponse:
    """Figures as they are now, of what the caller may see. With `Macs-Position`: at least as new as that, else `late: true`."""
    scope = scope_of(caller)
    question = question_of(indicator, request, runtime)
    await check(runtime.pool, caller, scope, question)
    replica = await replica_of(runtime)
    late = macs_position is not None and not await replica.wait_for(_position(macs_position), PATIENCE_S)
    found, position = await replica.figures(lambda once: answer(once, question, scope))
    body: dict[str, Any] = {**found.body(), "position": positions.write(position)}
    if late:
        body["late"] = True
    return JSONResponse(body, headers={**PRIVATE, "Macs-Position": positions.write(position)})


@router.post("/releases", status_code=201)
async def publish_release(runtime: RuntimeDep, caller: CallerDep) -> JSONResponse:
    """Write the next release from the figures of this moment; the public face shows it from then on."""
    caller.require("team", "operator")
    try:
        made = await publish(runtime)
    except NotPublished as refused:
        extra = {"details": list(refused.details)}
        raise Problem(409, "NOT_PUBLISHED", "Rien n’a été publié", refused.reason, extra=extra) from None
    found = made.published
    body = {
        "release": found.release,
        "published_at": found.published_at.isoformat(),
        "figures_until": found.figures_until.isoformat(),
        "cells": found.cells,
        "hidden": found.hidden,
        "periods": found.periods,
        "not_ready": found.not_ready,
        "repeated": made.repeated,
        "attacked": made.attacked,
        "recovered": 0,
        "seconds": made.seconds,
    }
    return JSONResponse(body, 201, headers=PRIVATE)


def _position(text: str) -> dict[Partition, int]:
    try:
        return positions.read(text)
    except ValueError as error:
        raise Problem(422, "POSITION", "L’en-tête Macs-Position n’est pas lisible", str(error)) from None
