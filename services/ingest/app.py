"""ingest as a table of contents: what comes in by HTTP, by Kafka, and what is read at start."""

from __future__ import annotations

from pathlib import Path

from kit.service import Service
from kit.settings import Settings
from services.ingest import consumers
from services.ingest.routes import contracts, declarations
from services.ingest.settings import load_tokens


def create(settings: Settings) -> Service:
    return Service(
        name="ingest",
        settings=settings,
        migrations=Path(__file__).parent / "migrations",
        routers=[declarations.router, contracts.router],
        readers=consumers.readers(),
        on_start=[load_tokens],
    )
