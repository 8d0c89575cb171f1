"""A file between its upload and its sending: found again by its organisation, sent once however often the button is pressed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from tests.integration.import_house import HEADER, upload, where
from tests.integration.ingest_house import House
from tests.reading import words
from tests.tables_of_hours import csv
from tests.waiting import eventually

PAGE = {"Accept": "text/html"}
LINES = (HEADER, ("2026-001", "2026-03", "A", "X", "7"), ("2026-001", "2026-03", "B", "X", "8"))


async def filings(here: House) -> int:
    return int(await here.pool.fetchval("select count(*) from filings"))


async def test_a_waiting_file_is_shown_until_it_is_sent_or_its_day_is_over(here: House) -> None:
    await here.contract()
    async with here.client() as client, here.client("company") as other:
        place = where(await upload(client, csv(*LINES), "heures de mars.csv"))
        for page in ("/declarer/import", "/declarer"):
            assert f'href="{place}"' in (await client.get(page)).text
            assert place not in (await other.get(page)).text
        assert "gardé jusqu’au" in words(await client.get("/declarer/import"))
        await client.post(place, data={"action": "send"})
        assert place not in (await client.get("/declarer/import")).text
        late = where(await upload(client, csv(*LINES, ("2026-001", "2026-03", "C", "X", "9"))))
        here.clock.now += timedelta(hours=24, seconds=1)
        assert late not in (await client.get("/declarer")).text
        gone = await client.get(late, headers=PAGE)
        assert (gone.status_code, 'href="/declarer/import"' in gone.text, "effacé sans être envoyé" in gone.text) == (404, True, True)


async def test_a_file_that_is_chosen_again_goes_on_where_it_was(here: House) -> None:
    """To ask for the page once more, after « Vérifier », is to send the file once more: it waited twice, the second time without its answers."""
    await here.contract()
    data = csv(HEADER, ("2026-001", "2026-03", "A", "X", "7"), ("2026-001", "2026-03", "B", "X", "-8"))
    async with here.client() as client:
        place = where(await upload(client, data, "heures.csv"))
        await client.post(place, data={"action": "apply", "fix:3:hours": "8"})
        again = await upload(client, data, "heures.csv")
        assert where(again) == place
        assert "Rien de bloquant" in again.text, "the corrected cell is kept"
        assert where(await upload(client, data, "autre nom.csv")) != place
        assert where(await upload(client, csv(*LINES), "heures.csv")) != place
        sent = await upload(client, data, "heures.csv", action="send")
        assert sent.status_code == 303
        assert place not in (await client.get("/declarer")).text, "it waits no more"
        assert (await client.get(place, headers=PAGE)).headers["location"] == sent.headers["location"]


async def test_pressing_twice_and_coming_back_lead_to_the_one_receipt(here: House) -> None:
    await here.contract()
    async with here.client() as client:
        place = where(await upload(client, csv(*LINES)))
        answers = await asyncio.gather(*(client.post(place, data={"action": "send"}, headers=PAGE) for _ in range(3)))
        receipts = {answer.headers.get("location") for answer in answers if answer.status_code == 303}
        assert len(receipts) == 1
        [receipt] = receipts
        for later in (await client.get(place, headers=PAGE), await client.post(place, data={"action": "send"}, headers=PAGE)):
            assert (later.status_code, later.headers["location"]) == (303, receipt)
    assert await filings(here) == 1
    left = await here.pool.fetchrow("select name, sealed, answers from spooled_files")
    assert left is not None
    assert tuple(left) == ("", b"", None), "nothing of the file is left"


async def test_two_clicks_that_check_and_send_make_one_filing(here: House) -> None:
    """Both have read the file and found it new; the second finds, when it is its turn, what the first has made."""
    await here.contract()
    async with here.client() as client, here.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("lock table filings in exclusive mode")  # reading goes on, making a filing waits
            both = [asyncio.create_task(upload(client, csv(*LINES), action="send")) for _ in range(2)]

            async def both_wait() -> Any:
                waiting = await here.pool.fetch("select pid from pg_locks where not granted")
                return waiting[1:]

            await eventually(both_wait, 20)
        answers = await asyncio.gather(*both)
    assert len({answer.headers.get("location") for answer in answers}) == 1, [answer.status_code for answer in answers]
    assert await filings(here) == 1
