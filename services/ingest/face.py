"""What comes in by HTTP. A worker does not import it: the pages hold 10 MB."""

from __future__ import annotations

from kit.service import Service
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


def show(service: Service) -> None:
    """Give the service its routes, and what they may be sent."""
    service.routers = [
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
    ]
    service.bodies_as_sent = ("/api/v1/declarations",)
    service.body_limits = {
        "/api/v1/imports": imports.BODY_LIMIT,
        "/declarer/import": upload.BODY_LIMIT,
        "/declarer/decp": decp.BODY_LIMIT,
        "/api/v1/declarations": LARGEST_STREAM,
    }
