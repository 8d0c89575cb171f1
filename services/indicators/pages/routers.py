"""All pages, in the order in which an address is looked for."""

from __future__ import annotations

from typing import Final

from services.indicators.pages import (
    compare,
    corrigendum,
    crawlers,
    department,
    editions,
    editions_desk,
    editions_review,
    embed,
    home,
    indicator,
    method,
    open_data,
    pilotage,
    places,
    revisions,
    studies,
    themes,
)

ROUTERS: Final = (
    home.router, department.router, indicator.router, themes.router, revisions.router, places.router, method.router, open_data.router, embed.router, compare.router,
    pilotage.router, editions.router, editions_desk.router, editions_review.router, corrigendum.router, studies.router, crawlers.router,
)  # fmt: skip
