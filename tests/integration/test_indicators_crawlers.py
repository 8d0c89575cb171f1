"""The public face as search engines and shared links meet it: what may be read, the one address of each page, what is said of it."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from xml.etree import ElementTree as ET

import pytest

from kit.web.render import NAVIGATION
from services.indicators.pages.crawlers import NOT_FOR_ENGINES
from tests.fixtures.databases import MakeDatabase
from tests.integration.printed_house import House, face, one_release

SITE = "http://127.0.0.1:8080"
LOCATION = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
ELSEWHERE = {place.href for place in NAVIGATION if not place.roles} - {"/"}
"""Public pages of other services."""


@pytest.fixture
async def house(database: MakeDatabase) -> AsyncIterator[House]:
    async with face(database, one_release) as found:
        yield found


def _of(page: str, pattern: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(pattern, page)]


async def test_every_address_of_the_map_is_a_page_that_calls_it_its_own(house: House) -> None:
    told = ET.fromstring((await house.client.get("/sitemap.xml")).content)
    addresses = [str(found.text) for found in told.iter(LOCATION)]
    assert len(addresses) == len(set(addresses)) > 50
    assert all(address.startswith(f"{SITE}/") for address in addresses)
    descriptions = []
    for address in addresses:
        path = address.removeprefix(SITE)
        assert not path.startswith(NOT_FOR_ENGINES), path
        if path in ELSEWHERE:
            continue
        answer = await house.client.get(path)
        assert answer.status_code == 200, path
        assert (await house.client.head(path)).status_code == 200, path
        assert _of(answer.text, r'<link rel="canonical" href="([^"]+)"') == [address], path
        [said] = _of(answer.text, r'<meta name="description" content="([^"]+)"')
        assert 40 < len(said) < 600, (path, said)
        assert "<" not in said, path
        assert _of(answer.text, r'<meta property="og:url" content="([^"]+)"') == [address], path
        descriptions.append(said)
    assert len(set(descriptions)) == len(descriptions), "each page says its own"


async def test_another_table_has_an_address_of_its_own_and_a_picture(house: House) -> None:
    shown = (await house.client.get("/indicateurs/I01?by=department&utm_source=courriel&period=2025")).text
    [address] = _of(shown, r'<link rel="canonical" href="([^"]+)"')
    assert "utm" not in address
    again = (await house.client.get(address.removeprefix(SITE))).text
    assert _of(again, r'<link rel="canonical" href="([^"]+)"') == [address]
    [picture] = _of(again, r'<meta property="og:image" content="([^"]+)"')
    assert (await house.client.get(picture.removeprefix(SITE))).headers["content-type"] == "image/png"


async def test_fictional_figures_are_for_no_search_engine(house: House) -> None:
    assert "Disallow: /\n" in (await house.client.get("/robots.txt")).text
    assert '<meta name="robots" content="noindex">' in (await house.client.get("/")).text


async def test_real_figures_are_but_no_page_of_work_or_of_one_person(house: House) -> None:
    house.runtime.settings = house.runtime.settings.model_copy(update={"fictional": False})
    told = (await house.client.get("/robots.txt")).text.splitlines()
    assert "Disallow: /" not in told
    for path in ("/pilotage", "/declarer", "/coordination", "/connexion", "/recherche"):
        assert f"Disallow: {path}" in told
    assert f"Sitemap: {SITE}/sitemap.xml" in told
    assert not any(path.startswith(line.removeprefix("Disallow: ")) for path in ("/indicateurs/I01", "/donnees/I01.csv", "/editions/2026-1", "/integrer", "/api/v1/indicators/I01") for line in told if line.startswith("Disallow"))  # fmt: skip


async def test_a_page_that_is_not_there_helps_to_search_and_is_not_kept(house: House) -> None:
    answer = await house.client.get("/departements/98", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert 'action="/recherche"' in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "canonical" not in answer.text


async def test_before_the_first_release_the_map_has_no_figures(database: MakeDatabase) -> None:
    async with face(database) as empty:
        told = (await empty.client.get("/sitemap.xml")).text
        assert "/departements/93<" in told
        assert "/indicateurs/I01<" not in told
