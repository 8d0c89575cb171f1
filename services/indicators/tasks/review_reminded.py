"""Asks the coordinations again that have not answered, once for each deadline, three days before it."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta
from typing import Final

from kit import outbox
from kit.postgres import Connection
from kit.service import Runtime
from schemas.indicators import EditionReviewOpened
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.indicators.rules import reviews
from services.indicators.rules.editions import Edition
from services.indicators.rules.reviews import Review
from services.indicators.store import drafts, editions

_LOOKS_EVERY_S: Final = 600.0
NOTICE: Final = timedelta(days=3)
FROM: Final = time(8)


async def review_reminded(runtime: Runtime) -> None:
    """The worker's task. The row of the edition is locked: where several run, one does it."""
    while True:
        if await look(runtime):
            runtime.wake_relay()
        await asyncio.sleep(_LOOKS_EVERY_S)


async def look(runtime: Runtime) -> int:
    """Look once, from 8:00 in Paris. Returns how many editions were reminded of."""
    now = runtime.clock().astimezone(PARIS)
    if now.time() < FROM:
        return 0
    reminded = 0
    async with runtime.pool.acquire() as connection:
        for number in await editions.to_remind(connection, now.date(), now.date() + NOTICE):
            async with connection.transaction():
                reminded += await _remind(connection, number, runtime)
    return reminded


async def _remind(connection: Connection, number: str, runtime: Runtime) -> bool:
    edition = await editions.one(connection, number, lock=True)
    if edition is None or edition.deadline is None or not await editions.reminded(connection, number, edition.deadline):
        return False
    silent = await _silent(connection, edition)
    if silent:
        asked = EditionReviewOpened(
            edition=number, title=edition.plan.title, year=edition.plan.year, draft=edition.draft, departments=silent, deadline=edition.deadline,
            path=f"/pilotage/editions/{number}/relecture", reminder=True, occurred_at=runtime.clock(),
        )  # fmt: skip
        await outbox.add(connection, asked)
    return bool(silent)


async def _silent(connection: Connection, edition: Edition) -> tuple[str, ...]:
    """The coordinations whose turn it is."""
    draft = await drafts.one(connection, edition.number, edition.draft)
    comments = await editions.comments(connection, edition.number)
    known = {review.department: review for review in await editions.reviews(connection, edition.number)}
    return tuple(code for code in DEPARTMENTS if reviews.position(known.get(code, Review(code)), comments, draft) in reviews.TO_ANSWER)
