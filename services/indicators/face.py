"""What the service shows by HTTP, and what it keeps ready for that. A worker does not import it: pages, replica and solver hold 43 MB."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends

from kit.service import Service
from kit.web.parameters import only_known
from services.indicators.pages.routers import ROUTERS
from services.indicators.panorama import source
from services.indicators.replica import task as replica
from services.indicators.routes import editions, parameters, pilotage, public, replays
from services.indicators.tasks import charts_warmed, data_sets_made, documents_composed

ROUTER: Final = APIRouter(dependencies=[Depends(only_known)])
"""Everything that is shown: an address that asks what nobody reads is refused, not answered without it."""
for _router in (public.router, pilotage.router, parameters.router, replays.router, editions.router, *ROUTERS):
    ROUTER.include_router(_router)


def show(service: Service) -> None:
    """Give the service its routes, with the tasks and the pools behind them."""
    service.routers = [ROUTER]
    service.web_tasks = [replica.follow, charts_warmed.charts_warmed, documents_composed.documents_composed, data_sets_made.data_sets_made]
    service.on_start = [replica.open_replica, public.open_public, source.open_drafts]
    service.on_stop = [replica.close_replica, public.close_public, source.close_drafts]
