"""What keeps somebody from reading a page: what axe finds, of any weight, and what sticks out sideways."""

from __future__ import annotations

from typing import Final

from axe_core_python.base import AXE_SCRIPT
from playwright.async_api import Page

_UNFOLD: Final = "all => all.forEach(one => one.open = true)"
_LOOK: Final = """async () => {
    const found = await axe.run(document, {resultTypes: ['violations']});
    return found.violations.map(rule => `${rule.id}: ${rule.nodes[0].html.slice(0, 160)}`);
}"""
"""Only violations are worked out and handed over: with what passes, a page of a large table takes five times as long."""
_OUT: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def obstacles(page: Page) -> list[str]:
    """One sentence each, with everything unfolded; empty for a page without any."""
    await page.locator("details").evaluate_all(_UNFOLD)
    if await page.evaluate("typeof axe === 'undefined'"):
        await page.evaluate(AXE_SCRIPT)
    return [*await page.evaluate(_LOOK), *await sticking_out(page)]


async def sticking_out(page: Page) -> list[str]:
    """The page, where it is wider than its window."""
    out = await page.evaluate(_OUT)
    return [f"{page.url} sticks out by {out} px"] if out > 0 else []
