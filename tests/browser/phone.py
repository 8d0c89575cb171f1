"""A page on a telephone, as somebody with a key."""

from __future__ import annotations

from playwright.async_api import Browser, Page

from tests.fixtures.browser import profile_of
from tests.fixtures.stack import Stack


async def opened(browser: Browser, stack: Stack, *, scripts: bool, who: str = "declarant") -> Page:
    return await (await profile_of(browser, width=320, scripts=scripts, key=stack.key(who))).new_page()
