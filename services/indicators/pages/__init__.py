"""The observatory's pages: public ones from published tables only, and « Pilotage » for those entitled."""

from __future__ import annotations

from services.indicators.pages import department, embed, home, indicator, method, pilotage

ROUTERS = (home.router, department.router, indicator.router, method.router, embed.router, pilotage.router)
