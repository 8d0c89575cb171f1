"""A counted filing in the inbox at once, in the morning's digest, or by mail at once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from schemas.declarations import DeclarationWithdrawn
from services.notify.dispatch import digests
from services.notify.store import inbox, preferences
from services.notify.store.inbox import Scope
from tests.integration.notify_house import STORY, House, corrected, counted, declared

TUESDAY_8 = datetime(2028, 10, 17, 6, 0, tzinfo=UTC)
HERS, TEAM = Scope(("93",)), Scope(team=True)


async def digest(house: House) -> int:
    async with house.pool.acquire() as connection, connection.transaction():
        written = await digests.due(connection, house.clock())
    await house.send()
    return written


async def test_an_item_appears_when_both_halves_are_known_in_whatever_order(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    await house.tell(declared("D-2028-000001"))
    assert await inbox.items(house.pool, HERS) == []
    await house.tell(counted("D-2028-000001"))
    await house.tell(counted("D-2028-000002"))
    await house.tell(declared("D-2028-000002"))
    found = await inbox.items(house.pool, HERS)
    assert [row["about"] for row in found] == ["D-2028-000002", "D-2028-000001"]
    assert found[1]["title"] == "Déclaration D-2028-000001 comptée : 159,18 h, 3\u00a0lignes"
    assert {row["traceparent"] for row in await house.rows()} == {STORY}
    sent = await house.announced("MessageSent")
    assert [json.loads(row["value"])["channel"] for row in sent] == ["inbox", "inbox"]
    assert {row["traceparent"] for row in sent} == {STORY}
    assert house.post.taken == []


async def test_redelivery_of_either_half_makes_no_second_item(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    for message in (declared(), counted(), counted(), declared(), counted()):
        await house.tell(message)
    assert len(await house.rows()) == 1
    assert len(await house.announced("MessageSent")) == 1


async def test_the_digest_leaves_at_eight_and_says_what_was_counted_once(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    for number in ("D-2028-000001", "D-2028-000002"):
        await house.tell(declared(number))
        await house.tell(counted(number))
    house.clock.now = TUESDAY_8.replace(hour=5, minute=59)
    assert await digest(house) == 0
    house.clock.now = TUESDAY_8
    assert await digest(house) == 1
    assert await digest(house) == 0
    [mail] = house.post.mails()
    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["subject"] == "Seine-Saint-Denis (93) : 2 déclarations, mardi 17 octobre"
    assert body.get_content().count("comptée") == 2
    assert mail["x-macs-about"] == "D-2028-000001, D-2028-000002"
    assert "List-Unsubscribe=One-Click" in mail["list-unsubscribe-post"]
    told = [json.loads(row["value"]) for row in await house.announced("MessageSent")]
    assert sorted(m["about"] for m in told if m["channel"] == "mail") == ["D-2028-000001", "D-2028-000002"]


async def test_nothing_is_sent_when_nothing_happened_and_late_ones_wait_for_the_next_morning(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    house.clock.now = TUESDAY_8
    assert await digest(house) == 0
    house.clock.forward(minutes=5)
    await house.tell(declared())
    await house.tell(counted(at=house.clock()))
    assert await digest(house) == 0
    house.clock.forward(days=1)
    assert await digest(house) == 1


async def test_friday_evening_waits_for_monday(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    house.clock.now = datetime(2028, 10, 20, 16, tzinfo=UTC)
    await house.tell(declared())
    await house.tell(counted(at=house.clock()))
    for day, written in ((21, 0), (22, 0), (23, 1)):
        house.clock.now = datetime(2028, 10, day, 6, 0, tzinfo=UTC)
        assert await digest(house) == written


async def test_a_large_correction_is_mailed_at_once_and_left_out_of_the_digest(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    for message in (corrected("D-2028-000001", 2, 125_050), counted("D-2028-000001", 2, 1_250_500, 125_050)):
        await house.tell(message)
    await house.send()
    [mail] = house.post.mails("anne@exemple.test")
    assert mail["subject"] == "Déclaration D-2028-000001 corrigée : écart de −11 254,50 h (93)"
    house.clock.now = TUESDAY_8
    assert await digest(house) == 0


async def test_a_small_correction_waits_for_the_digest(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    await house.tell(corrected("D-2028-000001", 2, 105_000))
    await house.tell(counted("D-2028-000001", 2, 100_000, 105_000))
    await house.send()
    assert house.post.taken == []
    house.clock.now = TUESDAY_8
    assert await digest(house) == 1


async def test_a_withdrawal_is_an_item_of_its_own(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    for message in (
        declared(),
        counted(),
        declared(revision=2, centihours=0, kind=DeclarationWithdrawn),
        counted(revision=2, before=15_918, after=0),
    ):
        await house.tell(message)
    assert [row["kind"] for row in await inbox.items(house.pool, HERS)] == ["FILING_WITHDRAWN", "FILING_COUNTED"]


async def test_without_a_coordination_the_team_has_it_until_a_mandate_is_recorded(house: House) -> None:
    await house.tell(declared())
    await house.tell(counted())
    assert await inbox.items(house.pool, HERS) == []
    [item] = await inbox.items(house.pool, TEAM)
    assert item["about"] == "D-2028-000456"
    assert item["title"].startswith("À transmettre : Déclaration D-2028-000456 comptée")
    await house.mandate(await house.person("anne"), date(2028, 10, 1))
    assert await inbox.items(house.pool, TEAM) == []
    [item] = await inbox.items(house.pool, HERS)
    assert (item["recipient_name"], item["title"][:11]) == ("Anne Fictive", "Déclaration")
    assert len(await house.announced("MessageSent")) == 2, "to the team, then to the coordination"
    house.clock.now = TUESDAY_8
    assert await digest(house) == 1


async def test_who_wants_each_filing_at_once_gets_it_and_who_wants_none_gets_none(house: House) -> None:
    anne = await house.person("anne")
    await house.mandate(anne, date(2028, 1, 1))
    async with house.pool.acquire() as connection:
        await preferences.choose(connection, str(anne), "FILINGS", "immediate")
    await house.tell(declared("D-2028-000001"))
    await house.tell(counted("D-2028-000001"))
    await house.send()
    assert [str(mail["x-macs-about"]) for mail in house.post.mails()] == ["D-2028-000001"]
    async with house.pool.acquire() as connection:
        await preferences.choose(connection, str(anne), "FILINGS", "never")
    await house.tell(declared("D-2028-000002"))
    await house.tell(counted("D-2028-000002"))
    house.clock.now = TUESDAY_8
    assert await digest(house) == 0
    assert len(house.post.taken) == 1
    assert len(await inbox.items(house.pool, HERS)) == 2


async def test_items_are_paged_newest_first_and_done_ones_can_be_opened_again(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    for number in range(5):
        await house.tell(declared(f"D-2028-00000{number}"))
        await house.tell(counted(f"D-2028-00000{number}"))
        house.clock.forward(seconds=1)
    first = await inbox.items(house.pool, HERS, limit=2)
    rest = await inbox.items(house.pool, HERS, after=first[-1]["delivery_id"], limit=10)
    assert [row["about"][-1] for row in [*first, *rest]] == ["4", "3", "2", "1", "0"]
    item = first[0]["delivery_id"]
    assert await inbox.mark(house.pool, TEAM, item, done=True, by="x", now=house.clock()) is None, "not in that inbox"
    assert await inbox.mark(house.pool, HERS, item, done=True, by="x", now=house.clock()) is not None
    assert (await inbox.counts(house.pool, HERS, house.clock().date()))["open"] == 4
    assert await inbox.mark(house.pool, HERS, item, done=False, by="x", now=house.clock()) is not None
    assert (await inbox.counts(house.pool, HERS, house.clock().date()))["open"] == 5
