"""How the service is put together: what it reads and does by itself; what it shows is in `face`."""

from __future__ import annotations

from pathlib import Path

from kit import registry
from kit.service import Service, utc_now
from kit.settings import Settings
from services.indicators.consumers import contracts, declarations, hours, meetings, replay
from services.indicators.settings import Pace
from services.indicators.tasks import (
    changes_trimmed,
    facts_switched,
    figures_moved,
    review_reminded,
    silence_noticed,
)

HERE = Path(__file__).parent


def create(settings: Settings) -> Service:
    """The service without I/O."""
    pace = Pace()
    service = Service(
        name="indicators",
        settings=settings,
        migrations=HERE / "migrations",
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
    )
    if settings.role != "worker":
        from services.indicators import face  # only here: see there

        face.show(service)
    return service
