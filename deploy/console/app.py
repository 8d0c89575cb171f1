"""The console put together: it reads directory's own database to know its callers, the others to know how they are."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.console.databases import Databases
from deploy.console.history import History
from deploy.console.pages import router
from deploy.local.folder import RunFolder
from kit.service import Runtime, Service
from kit.settings import Settings

HERE = Path(__file__).parent


def create(settings: Settings, data: Path) -> Service:
    """Without I/O but for files of passwords. `data` is the run's folder; the databases' addresses are in `MACS_DATABASE_<SERVICE>`."""
    databases = Databases.read(os.environ)
    history = History()

    async def open_them(runtime: Runtime) -> None:
        await databases.open()
        runtime.state.update(databases=databases, history=history, folder=RunFolder(data))

    async def look(runtime: Runtime) -> None:
        await history.keep(runtime.state["folder"], databases)

    async def close_them(runtime: Runtime) -> None:
        del runtime
        await databases.close()

    return Service(
        "console",
        settings.model_copy(update={"database": databases.dsns.get("directory", "")}),
        HERE / "migrations",
        routers=[router],
        web_tasks=[look],
        on_start=[open_them],
        on_stop=[close_them],
        has_directory=True,
    )
