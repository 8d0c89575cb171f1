"""What public pages have in common: the newest release, the year in the address, the rules that are printed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from kit.problems import Problem
from kit.service import Runtime
from kit.web import filters
from services.indicators.release import newest as releases
from services.indicators.release.disclosure import NOT_NIL, RULES
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.views.view import last_day, since, standing

MASKED: Final = (
    "Ce chiffre n’est pas publié. Il porte sur trop peu de personnes ou d’entreprises, ou il permettrait de retrouver un autre chiffre "
    f"protégé. Il est compris dans le total régional publié et, {NOT_NIL}."
)


async def newest(runtime: Runtime) -> Published | None:
    return await releases.newest(runtime, public_pool(runtime))


def year_of(release: Published, asked: str | None) -> str:
    """The year asked for, else the last complete one. Raises a 404 problem for a year that is not published."""
    if asked is None:
        whole = [year for year in release.years if int(year) < release.figures_until.year or release.figures_until.month == 1]
        return (whole or list(release.years) or [""])[-1]
    if asked not in release.years:
        raise Problem(
            404, "NOT_PUBLISHED", f"L’année {asked[:20]} n’est pas publiée", f"Années publiées : {', '.join(release.years) or 'aucune'}."
        )
    return asked


def period_of(release: Published, asked: str | None, year: str | None = None) -> str:
    """The period asked for (2025, 2025-Q3), the year of an older address, else the last complete year. Raises a 404 problem."""
    if asked is None:
        return year_of(release, year)
    if asked not in release.periods or "-S" in asked:
        offered = f"Années publiées : {', '.join(release.years) or 'aucune'}, et leurs trimestres (écrits 2025-Q3)."
        raise Problem(404, "NOT_PUBLISHED", f"La période {asked[:20]} n’est pas publiée", offered)
    return asked


def about(release: Published, year: str | None = None) -> dict[str, Any]:
    """What a page says of where its figures come from and how they are protected."""
    covered = release.figures_until - timedelta(days=1)
    running = year == str(covered.year) and covered.month < 12
    return {
        "release": release,
        "year": year,
        "standing": standing(release, *([year] if year else ())),
        "last_day": last_day(release),
        "partial": "Année en cours" if running else f"Heures {since(release)}" if year and release.is_part(year) else "",
        "rules": RULES,
        "largest_percent": int(RULES.largest_share * 100),
        "masked": MASKED,
        "fte_hours": filters.number(release.full_time(year or release.periods[-1]), 0),
    }
