"""A service of a few lines, to be run as a process of its own: `python -m tests.integration.kit_service ROLE`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import cast

from fastapi import APIRouter

from kit.service import Runtime, Service, main
from kit.settings import Role, Settings
from kit.web.request import CallerDep, RuntimeDep

router = APIRouter()


@router.get("/api/v1/hello")
async def hello(runtime: RuntimeDep, caller: CallerDep) -> dict[str, object]:
    return {"started": runtime.state["started"], "caller": caller.kind}


async def on_start(runtime: Runtime) -> None:
    runtime.state["started"] = await runtime.pool.fetchval("select 1")


async def fails_once(runtime: Runtime) -> None:
    """A long task: its error does not end the process."""
    runtime.state["attempts"] = runtime.state.get("attempts", 0) + 1
    if runtime.state["attempts"] == 1:
        raise RuntimeError("first attempt")
    await asyncio.Event().wait()


def create(settings: Settings) -> Service:
    return Service("kit", settings, Path("nowhere/migrations"), routers=[router], worker_tasks=[fails_once], on_start=[on_start])


if __name__ == "__main__":
    role = cast("Role", sys.argv[1])
    main(create(Settings.read(service="kit", role=role)), role)
