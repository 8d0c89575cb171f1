"""Makes the workbooks of a new release before anybody asks for them: of the largest, the first reader waited for seconds."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from kit.problems import Problem
from kit.service import Runtime
from services.indicators.pages import open_data
from services.indicators.release import newest, store
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.routes.questions import indicator_of

LOOKS_EVERY_S: Final = 5.0
FORM: Final = "xlsx"


async def data_sets_made(runtime: Runtime) -> None:
    made: Published | None = None
    while True:
        release = await newest.newest(runtime, public_pool(runtime))
        if release is not None and release != made:
            await make(runtime, release)
            made = release
        await asyncio.sleep(LOOKS_EVERY_S)


async def make(runtime: Runtime, release: Published) -> None:
    """Every workbook of the release onto this process's shelf, one after the other."""
    for name in await store.splits(public_pool(runtime), release.release):
        with contextlib.suppress(Problem):  # an indicator that the release has no figure of
            await open_data.kept(runtime, release, indicator_of(name), FORM)
