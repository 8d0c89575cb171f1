"""How the service is put together: what it reads, what it does by itself, and the faces it shows."""

from __future__ import annotations

from pathlib import Path

from kit import registry
from kit.service import Service, utc_now
from kit.settings import Settings
from services.indicators import pages
from services.indicators.consumers import contracts, declarations, hours, meetings
from services.indicators.replica import task as replica
from services.indicators.routes import parameters, pilotage, public
from services.indicators.settings import Pace
from services.indicators.tasks import changes_trimmed, figures_moved
from services.indicators.views import forms

HERE = Path(__file__).parent


def create(settings: Settings) -> Service:
    """The service without I/O."""
    pace = Pace()
    return Service(
        name="indicators",
        settings=settings,
        migrations=HERE / "migrations",
        routers=[public.router, pilotage.router, parameters.router, *pages.ROUTERS],
        readers=[
            registry.reader("indicators"),
            contracts.reader("indicators"),
            declarations.reader("indicators", utc_now),
            hours.reader("indicators", utc_now),
            meetings.reader("indicators"),
        ],
        worker_tasks=[figures_moved.task(pace), changes_trimmed.task(pace)],
        web_tasks=[replica.follow, forms.warm_renderer],
        on_start=[replica.open_replica, public.open_public],
        on_stop=[replica.close_replica, public.close_public],
    )
