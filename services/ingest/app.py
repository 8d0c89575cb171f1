"""ingest as a table of contents: what comes in by HTTP, by Kafka, and what is read at start."""

from __future__ import annotations

from pathlib import Path

from kit.service import Service
from kit.settings import Settings
from services.ingest import consumers, replaying
from services.ingest.decp.importing import run_imports
from services.ingest.pages import (
    corrections,
    decp,
    due,
    export,
    form,
    import_differences,
    import_review,
    listing,
    on_behalf,
    prolonging,
    questions,
    rapprochement,
    receipts,
    reconciling,
    report,
    seen_by,
    to_complete,
    upload,
)
from services.ingest.routes import contracts, declarations, imports, nothing, persons, replays
from services.ingest.routes.bodies import LARGEST_STREAM
from services.ingest.settings import load_spool, load_tokens
from services.ingest.store.drafts import forget_drafts
from services.ingest.store.reconciling import reconcile
from services.ingest.store.spool import forget_expired


def create(settings: Settings) -> Service:
    return Service(
        name="ingest",
        settings=settings,
        migrations=Path(__file__).parent / "migrations",
        routers=[
            nothing.router,  # before the routes of a number
            declarations.router,
            contracts.router,
            imports.router,
            persons.router,
            replays.router,
            listing.router,
            due.router,
            export.router,
            decp.router,
            reconciling.router,
            to_complete.router,
            prolonging.router,
            reconciling.api,
            *form.routers,
            seen_by.router,
            on_behalf.router,
            rapprochement.router,
            report.router,
            upload.router,
            import_differences.router,
            import_review.router,
            corrections.router,
            questions.router,
            receipts.router,
        ],
        readers=consumers.readers(),
        worker_tasks=[run_imports, forget_expired, forget_drafts, reconcile, replaying.replay_record],
        on_start=[load_tokens, load_spool],
        body_limits={
            "/api/v1/imports": imports.BODY_LIMIT,
            "/declarer/import": upload.BODY_LIMIT,
            "/declarer/decp": decp.BODY_LIMIT,
            "/api/v1/declarations": LARGEST_STREAM,
        },
    )
