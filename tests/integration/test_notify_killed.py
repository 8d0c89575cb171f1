"""kill -9 while mails leave: each is handed over at least once, copies are known, nothing goes out for a meeting cancelled meanwhile."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kit.postgres import open_pool
from tests.fixtures.databases import MakeDatabase
from tests.integration.notify_house import Clock, House, Post, cancelled, event_of, planned
from tests.waiting import eventually

MEETINGS, KILLS = 18, 3
DAY = date(2035, 11, 7)
ROOT = Path(__file__).resolve().parents[2]


def meeting_id(number: int) -> UUID:
    return UUID(int=(0x0189 << 112) | (7 << 76) | (2 << 62) | number)


async def process(dsn: str, post: Post) -> asyncio.subprocess.Process:
    words = ("-m", "tests.integration.notify_sender", dsn, post.address, "2")
    return await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL)


@pytest.mark.timeout(300)
async def test_every_mail_arrives_and_every_copy_is_known(database: MakeDatabase, seed: int) -> None:
    found = await database("notify")
    pool = await open_pool(found.rows, size=4, application_name="test")
    house = House(pool, Post(), Clock(datetime.now(UTC)))
    server = await house.post.open()
    chance = random.Random(seed)
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    await house.mandate(await house.person("bruno"), date(2020, 1, 1), date(2028, 1, 1))
    for number in range(MEETINGS):
        await house.tell(planned(day=DAY, meeting_id=meeting_id(number)))
    off = set(range(0, MEETINGS, 3))
    for kill in range(KILLS + 1):
        house.post.orders = ["slow"] * MEETINGS
        running = await process(found.rows, house.post)
        before = len(house.post.taken)
        if kill < KILLS:
            await eventually(lambda seen=before: len(house.post.taken) > seen + 1, 60)  # type: ignore[misc]  # this round's count
            await asyncio.sleep(chance.random() * 0.6)
            running.kill()
            await running.wait()
        if kill == 0:
            for number in off:
                await house.tell(cancelled(1, DAY).model_copy(update={"meeting_id": meeting_id(number)}))

    async def settled() -> Any:
        return not await house.rows("channel = 'mail' and state in ('waiting', 'sending', 'unknown')")

    await eventually(settled, 90)
    running.terminate()
    await running.wait()
    await _check(house, off)
    server.close()
    await pool.close()


async def _check(house: House, off: set[int]) -> None:
    copies: dict[str, int] = defaultdict(int)
    heard: dict[str, list[str]] = defaultdict(list)
    for mail in house.post.mails("anne@exemple.test"):
        copies[str(mail["message-id"])] += 1
        if copies[str(mail["message-id"])] == 1:
            heard[str(mail["x-macs-about"])].append(event_of(mail)[0])
    for row in await house.rows("channel = 'mail' and message_id is not null and recipient_name like 'Anne%'"):
        assert copies[row["message_id"]] <= row["copies"], "every copy that arrived is counted"
    for number in range(MEETINGS):
        methods = heard[str(meeting_id(number))]
        if number in off:
            assert methods in ([], ["REQUEST", "CANCEL"], ["CANCEL"]), methods
        else:
            assert methods == ["REQUEST"]
