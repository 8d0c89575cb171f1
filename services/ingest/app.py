"""ingest as a table of contents: what comes in by Kafka, and what is read at start; what comes in by HTTP is in `face`."""

from __future__ import annotations

from pathlib import Path

from kit.service import Service
from kit.settings import Settings
from services.ingest import consumers, freshness, replaying
from services.ingest.decp.importing import forget_files, run_imports
from services.ingest.settings import load_spool, load_tokens
from services.ingest.store.drafts import forget_drafts
from services.ingest.store.reconciling import reconcile
from services.ingest.store.spool import forget_expired


def create(settings: Settings) -> Service:
    service = Service(
        name="ingest",
        settings=settings,
        migrations=Path(__file__).parent / "migrations",
        readers=consumers.readers(),
        worker_tasks=[run_imports, forget_files, forget_expired, forget_drafts, reconcile, replaying.replay_record, freshness.measure],
        on_start=[load_tokens, load_spool],
    )
    if settings.role != "worker":
        from services.ingest import face  # only here: see there

        face.show(service)
    return service
