"""ingest as a table of contents: what comes in by HTTP, by Kafka, and what is read at start."""

from __future__ import annotations

from pathlib import Path

from kit.service import Service
from kit.settings import Settings
from services.ingest import consumers
from services.ingest.decp.importing import run_imports
from services.ingest.pages import form, listing, receipts, upload
from services.ingest.routes import contracts, declarations, imports
from services.ingest.settings import load_tokens


def create(settings: Settings) -> Service:
    return Service(
        name="ingest",
        settings=settings,
        migrations=Path(__file__).parent / "migrations",
        routers=[
            declarations.router,
            contracts.router,
            imports.router,
            listing.router,
            form.router,
            upload.router,
            receipts.router,
        ],
        readers=consumers.readers(),
        worker_tasks=[run_imports],
        on_start=[load_tokens],
        body_limits={"/api/v1/imports": imports.BODY_LIMIT, "/declarer/import": upload.BODY_LIMIT},
    )
