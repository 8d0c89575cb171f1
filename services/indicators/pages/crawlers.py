"""« /robots.txt » and « /sitemap.xml » : which pages search engines should know, each by its one address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kit.web.render import NAVIGATION
from kit.web.request import RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue import themes
from services.indicators.catalogue.territories import territories
from services.indicators.pages.request import newest
from services.indicators.release import revisions, store
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.store import editions
from services.indicators.store.editions import Issued
from services.indicators.views import forms
from services.indicators.views.shelf import Kept, answer

router = APIRouter(include_in_schema=False)
NOT_FOR_ENGINES: Final = (
    "/boite-locale", "/calendriers", "/connexion", "/coordination", "/declarer", "/deconnexion", "/desabonnement", "/diagnostic",
    "/exploitation", "/gouvernance", "/integrer/", "/lettre-de-rentree", "/pilotage", "/preferences", "/recherche", "/sondages",
    "/webhooks", "/api/v1/pilotage",
)  # fmt: skip
"""Pages of one person or of work, and answers to a question."""
LISTS: Final = (
    "/", "/indicateurs", "/departements", "/territoires", "/themes", "/comparer", "/editions", "/etudes", "/donnees", "/revisions", "/methode",
    "/integrer",
)  # fmt: skip
SECONDS: Final = 60


@router.get("/robots.txt")
async def robots(request: Request, runtime: RuntimeDep) -> Response:
    """Fictional figures are for no search engine at all."""
    site = runtime.settings.gateway.rstrip("/")
    closed = ("/",) if runtime.settings.fictional else NOT_FOR_ENGINES
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "", f"Sitemap: {site}/sitemap.xml", ""]
    kept = Kept("\n".join(lines).encode(), "text/plain; charset=utf-8")
    return answer(request, kept, kept.etag)


@router.get("/sitemap.xml")
async def sitemap(request: Request, runtime: RuntimeDep) -> Response:
    """Sitemaps 0.9. A page's day is that of the figures that it shows."""
    pool, release = public_pool(runtime), await newest(runtime)

    async def made() -> Kept:
        printed = await store.splits(pool, release.release) if release else {}
        found = _addresses(release, list(printed), await revisions.releases(pool), await editions.issued(pool))
        body = _written(runtime.settings.gateway.rstrip("/"), found)
        return Kept(body.encode(), "application/xml", (), forms.shelf_of(runtime).clock() + SECONDS)

    key = f"sitemap|{release.release}|{release.published_at}" if release else "sitemap"
    return answer(request, *await forms.shelf_of(runtime).get(key, made))


def _addresses(
    release: Published | None, printed: list[str], past: list[Published], issued: list[Issued]
) -> Iterator[tuple[str, datetime | None]]:
    """(path, when what it shows last changed), each once."""
    day = release.published_at if release else None
    yield from ((path, day) for path in LISTS)
    yield from ((place.href, None) for place in NAVIGATION if not place.roles and place.href not in LISTS)
    yield from ((f"/departements/{code}", day) for code in DEPARTMENTS)
    yield from ((f"/territoires/{siren}", day) for siren in territories())
    yield from ((f"/themes/{theme.slug}", day) for theme in themes.ALL)
    for indicator in printed:
        yield f"/indicateurs/{indicator}", day
        yield f"/donnees/{indicator}", day
    yield from ((f"/revisions/{one.release}", one.published_at) for one in past)
    for edition in issued:
        yield f"/editions/{edition.edition}", edition.published_at
        yield from ((f"/editions/{edition.edition}/etudes/{theme.slug}", edition.published_at) for theme in themes.ALL)


def _written(site: str, found: Iterator[tuple[str, datetime | None]]) -> str:
    lines = [f"<url><loc>{escape(site + path)}</loc>{_day(day)}</url>" for path, day in found]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return head + "\n".join(lines) + "\n</urlset>\n"


def _day(day: datetime | None) -> str:
    return f"<lastmod>{day.isoformat(timespec='seconds')}</lastmod>" if day else ""
