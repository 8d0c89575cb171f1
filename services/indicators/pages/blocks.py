"""Tables that a page declares: each is there when the release prints it, and absent when it does not."""

from __future__ import annotations

from kit.problems import Problem
from kit.service import Runtime
from schemas.zones import PARIS
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.themes import Block
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.views import forms
from services.indicators.views.asking import asked
from services.indicators.views.view import View


async def view_of_block(runtime: Runtime, release: Published, block: Block, periods: tuple[str, ...]) -> View | None:
    """The block's table for these periods; None where this release does not print it (an earlier one may have fewer tables)."""
    today = runtime.clock().astimezone(PARIS).date()
    found = asked(BY_ID[block.indicator], block.pairs(periods), release, today, page=False)
    try:
        return await forms.view_of(runtime, public_pool(runtime), release, found)
    except Problem as problem:
        if problem.code != "NOT_PUBLISHED":
            raise
        return None
