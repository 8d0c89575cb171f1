"""How the service is put together: what it reads, what it does by itself, and the faces it shows."""

from __future__ import annotations

from pathlib import Path

from kit import registry
from kit.service import Service, utc_now
from kit.settings import Settings
from services.indicators import pages
from services.indicators.consumers import contracts, declarations, hours, meetings, replay
from services.indicators.panorama import source
from services.indicators.replica import task as replica
from services.indicators.routes import editions, parameters, pilotage, public, replays
from services.indicators.settings import Pace
from services.indicators.tasks import (
    changes_trimmed,
    data_sets_made,
    documents_composed,
    facts_switched,
    figures_moved,
    review_reminded,
    silence_noticed,
)
from services.indicators.views import forms

HERE = Path(__file__).parent


def create(settings: Settings) -> Service:
    """The service without I/O."""
    pace = Pace()
    return Service(
        name="indicators",
        settings=settings,
        migrations=HERE / "migrations",
        routers=[public.router, pilotage.router, parameters.router, replays.router, editions.router, *pages.ROUTERS],
        readers=[
            registry.reader("indicators"),
            contracts.reader("indicators"),
            declarations.reader("indicators", utc_now),
            hours.reader("indicators", utc_now),
            meetings.reader("indicators"),
            replay.reader("indicators", utc_now),
        ],
        worker_tasks=[
            figures_moved.task(pace),
            changes_trimmed.task(pace),
            facts_switched.facts_switched,
            silence_noticed.silence_noticed,
            review_reminded.review_reminded,
        ],
        web_tasks=[replica.follow, forms.warm_renderer, documents_composed.documents_composed, data_sets_made.data_sets_made],
        on_start=[replica.open_replica, public.open_public, source.open_drafts],
        on_stop=[replica.close_replica, public.close_public, source.close_drafts],
    )
