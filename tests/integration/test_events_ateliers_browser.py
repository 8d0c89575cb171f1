"""The pages of ateliers in a real browser: on a telephone, by a screen reader, on paper; without a script of their own."""

from __future__ import annotations

import mimetypes
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route

from demo.planning.instances import read
from services.events.planning import process
from services.events.store import plans
from tests.browser.obstacles import obstacles, sticking_out
from tests.fixtures.databases import MakeDatabase
from tests.integration.events_house import house

STATIC = Path(__file__).parents[2] / "kit" / "web" / "static"
pytestmark = pytest.mark.browser


@pytest.mark.timeout(300)
async def test_a_plan_reads_everywhere_and_prints_on_paper(database: MakeDatabase, browser: Browser) -> None:
    question = read("semestre-24")
    answer = process.answer(process.Task(question, seconds=90))
    assert answer.outcome is not None
    assert answer.outcome.status == "optimal"
    async with house((await database("events")).rows) as events, events.client() as client:
        async with events.pool.acquire() as connection, connection.transaction():
            kept = await plans.create(connection, "Ateliers du 1er semestre 2027", "ATELIER", question, answer, by="t", now=events.clock())
        context = await browser.new_context(locale="fr-FR", java_script_enabled=True)
        page = await context.new_page()

        async def serve(route: Route) -> None:
            path = route.request.url.removeprefix("http://events.test")
            if path.startswith("/static/"):
                file = STATIC / path[8:].split("?")[0]
                await route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "font/woff2")
                return
            found = await client.get(path)
            await route.fulfill(status=found.status_code, body=found.content, content_type=found.headers["content-type"])

        await page.route("**/*", serve)
        where = f"/ateliers/plans/{kept.plan_id}"
        for path in ("/ateliers", "/ateliers/nouveau", where, f"{where}?vue=mois", f"{where}?vue=tableau"):
            await page.set_viewport_size({"width": 1280, "height": 900})
            await page.goto(f"http://events.test{path}")
            assert await page.locator("h1").count() == 1
            assert await obstacles(page) == [], path
            await page.set_viewport_size({"width": 320, "height": 800})
            assert await sticking_out(page) == []
        await page.goto(f"http://events.test{where}")
        await page.emulate_media(media="print")
        assert await page.locator("text=Épingler et recalculer").is_visible() is False
        assert await page.locator(".plan-item").count() == 24
        await context.close()
