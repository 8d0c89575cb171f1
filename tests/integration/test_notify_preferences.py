"""How often, in which hours, and who reads instead: what preferences do to mails and to the inbox."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID

from kit.identity import Caller
from services.notify import schedule
from services.notify.access import scope_of
from services.notify.rules.subjects import Quiet
from services.notify.store import inbox, preferences
from services.notify.store.preferences import Absence
from tests.integration.notify_house import House, corrected, counted, declared, planned


async def coordinator(house: House, **chosen: str) -> UUID:
    anne = await house.person("anne")
    await house.mandate(anne, date(2028, 1, 1))
    async with house.pool.acquire() as connection:
        for subject, frequency in chosen.items():
            await preferences.choose(connection, str(anne), subject, frequency)  # type: ignore[arg-type]  # by name
    return anne


async def filing(house: House, number: str) -> None:
    await house.tell(declared(number))
    await house.tell(counted(number))
    await house.send()


async def morning(house: House, day: int) -> None:
    house.clock.now = datetime(2028, 10, day, 6, 1, tzinfo=UTC)
    async with house.pool.acquire() as connection, connection.transaction():
        await schedule.by_the_clock(connection, house.clock())
    await house.send()


async def test_weekly_comes_on_the_first_working_day_of_the_week(house: House) -> None:
    await coordinator(house, FILINGS="weekly")
    for day in (17, 18, 19, 20):
        await filing(house, f"D-2028-0000{day}")
        await morning(house, day)
    assert house.post.taken == []
    await morning(house, 23)
    [mail] = house.post.mails("anne@exemple.test")
    assert "4 déclarations" in str(mail["subject"])


async def test_a_large_correction_comes_daily_while_filings_come_weekly(house: House) -> None:
    await coordinator(house, FILINGS="weekly", CORRECTIONS="daily")
    await filing(house, "D-2028-000001")
    await house.tell(corrected("D-2028-000001", 2, 1_000_000))
    await house.tell(counted("D-2028-000001", 2, before=15_918, after=1_000_000))
    await house.send()
    assert house.post.taken == []
    await morning(house, 17)
    [mail] = house.post.mails("anne@exemple.test")
    assert "1 déclaration," in str(mail["subject"])


async def test_in_hours_of_quiet_nothing_leaves_but_what_an_agenda_depends_on(house: House) -> None:
    anne = await coordinator(house, FILINGS="immediate")
    async with house.pool.acquire() as connection:
        await preferences.set_quiet(connection, str(anne), Quiet(time(19), time(7, 30), weekends=True))
    house.clock.now = datetime(2028, 10, 20, 18, 0, tzinfo=UTC)  # Friday evening, eight o'clock in Paris
    await filing(house, "D-2028-000001")
    await house.tell(planned())
    await house.send()
    assert [event[0] for event in house.post.events("anne@exemple.test")] == ["REQUEST"]
    house.clock.now = datetime(2028, 10, 22, 12, 0, tzinfo=UTC)
    await house.send()
    assert len(house.post.taken) == 1, "Sunday"
    house.clock.now = datetime(2028, 10, 23, 5, 31, tzinfo=UTC)
    await house.send()
    assert len(house.post.taken) == 2, "Monday at half past seven"


def test_quiet_over_midnight_ends_in_the_morning() -> None:
    quiet = Quiet(time(20), time(7, 30))
    assert quiet.until(datetime(2028, 10, 16, 17, 59, tzinfo=UTC)) is None
    assert quiet.until(datetime(2028, 10, 16, 18, 0, tzinfo=UTC)) == datetime(2028, 10, 17, 5, 30, tzinfo=UTC)
    assert quiet.until(datetime(2028, 10, 17, 5, 29, tzinfo=UTC)) == datetime(2028, 10, 17, 5, 30, tzinfo=UTC)
    assert quiet.until(datetime(2028, 10, 17, 5, 30, tzinfo=UTC)) is None
    assert Quiet(time(12), time(14)).until(datetime(2028, 10, 17, 11, 0, tzinfo=UTC)) == datetime(2028, 10, 17, 12, 0, tzinfo=UTC)
    assert Quiet().until(datetime(2028, 10, 17, tzinfo=UTC)) is None


async def test_a_delegate_reads_and_is_written_to_during_an_absence(house: House) -> None:
    anne, bruno = await coordinator(house), await house.person("bruno")
    async with house.pool.acquire() as connection:
        await preferences.set_absence(connection, str(anne), Absence(str(bruno), date(2028, 10, 17), date(2028, 10, 20)))
    await filing(house, "D-2028-000001")
    bruno_calls = Caller("session", str(bruno), roles=frozenset({"coordinator"}), departments=frozenset({"94"}), person=bruno)
    assert (await scope_of(house.runtime(), bruno_calls)).departments == ("94",), "the absence has not begun"
    await morning(house, 17)
    assert house.post.mails("anne@exemple.test") == []
    [mail] = house.post.mails("bruno@exemple.test")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Vous recevez ce courriel à la place de Anne Fictive, en absence jusqu’au vendredi 20 octobre 2028." in body.get_content()
    scope = await scope_of(house.runtime(), bruno_calls)
    assert scope.departments == ("93", "94")
    assert [row["about"] for row in await inbox.items(house.pool, scope)] == ["D-2028-000001"]
    await house.tell(planned())
    await house.send()
    assert [event[0] for event in house.post.events("anne@exemple.test")] == ["REQUEST"], "a calendar is one person's"
    await filing(house, "D-2028-000002")
    await morning(house, 23)
    assert len(house.post.mails("anne@exemple.test")) == 2, "back again"


async def test_later_and_followed(house: House) -> None:
    await coordinator(house)
    await filing(house, "D-2028-000001")
    mine = inbox.Scope(("93",))
    [item] = await inbox.items(house.pool, mine)
    await inbox.put_off(house.pool, mine, item["delivery_id"], date(2028, 10, 23))
    await inbox.follow(house.pool, mine, item["delivery_id"], followed=True)
    assert await inbox.counts(house.pool, mine, date(2028, 10, 22)) == {"open": 0, "later": 1, "followed": 1}
    assert await inbox.counts(house.pool, mine, date(2028, 10, 23)) == {"open": 1, "later": 0, "followed": 1}
    assert await inbox.put_off(house.pool, inbox.Scope(("94",)), item["delivery_id"], date(2028, 10, 23)) is None


async def test_a_refused_address_is_shown_to_the_coordination_unless_it_is_its_own(house: House) -> None:
    await coordinator(house)
    house.post.orders = ["550"]
    await house.tell(planned())
    await house.send()
    assert [row["recipient_id"] for row in await house.rows("kind = 'MAIL_REFUSED'")] == ["team"]
    await house.tell(planned(1, invited=({"email": "x@exemple.test", "name": "Camille Fictive"},)))
    house.post.orders = ["550"] * 2
    await house.send(rounds=2)
    titles = [(row["recipient_name"], row["title"]) for row in await house.rows("kind = 'MAIL_REFUSED' and title like '%Camille%'")]
    wanted = "Courriel refusé, adresse à corriger : Camille Fictive (x@exemple.test), Seine-Saint-Denis (93)"
    assert titles == [("", wanted), ("Anne Fictive", wanted)]
