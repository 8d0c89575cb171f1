"""A page on a telephone, as somebody with a key."""

from __future__ import annotations

from playwright.async_api import Browser, Page

from tests.fixtures.stack import Stack


async def opened(browser: Browser, stack: Stack, *, scripts: bool, who: str = "declarant") -> Page:
    context = await browser.new_context(
        locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": 320, "height": 900}, java_script_enabled=scripts,
        extra_http_headers={"Authorization": f"Bearer {stack.key(who)}"},
    )  # fmt: skip
    return await context.new_page()
