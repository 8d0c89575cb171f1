"""A coordination changes hands: the calendar follows at once, one summary tells of everything else at 8:00, an interim is asked about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from schemas.directory import MandateRecorded
from schemas.meetings import ActionDue, Addressee, Diagnostic, DiagnosticProgressed, DiagnosticRequested, PollAnswered, PollOpened
from services.notify import schedule
from services.notify.dispatch import handovers
from tests.integration.notify_house import House, cancelled, counted, declared, planned
from tests.reading import plain

FIRST_DAY = date(2028, 11, 2)  # the clock stands on Monday 16 October 2028; the 2nd is a Thursday
MORNING = datetime(2028, 10, 19, 6, 0, tzinfo=UTC)  # 8:00 in Paris, fourteen days before


async def mandate(
    house: House, person: UUID, starts: date, *, structure: str = "PLIE fictif", siret: str = "21750001600019", **change: object
) -> UUID:
    values: dict[str, object] = {
        "mandate_id": uuid4(), "department": "93", "structure_id": uuid4(), "structure_siret": siret, "structure_name": structure,
        "person_id": person, "starts_on": starts,
    }  # fmt: skip
    message = MandateRecorded.model_validate({**values, **change})
    await house.tell(message)
    return message.mandate_id


async def anne_then_bruno(house: House) -> UUID:
    anne, other = await house.person("anne"), await house.person("bruno")
    hers = await mandate(house, anne, date(2028, 1, 1))
    await house.tell(planned())
    await house.send()
    await mandate(house, anne, date(2028, 1, 1), mandate_id=hers, ends_on=FIRST_DAY)
    return await mandate(house, other, FIRST_DAY)


async def morning(house: House) -> None:
    async with house.pool.acquire() as connection, connection.transaction():
        await schedule.by_the_clock(connection, house.clock())
    await house.send()


async def things_under_way(house: House) -> None:
    for title, due in (("Réunir les bailleurs", date(2028, 10, 2)), ("Publier la carte", date(2028, 12, 1))):
        await house.tell(ActionDue(action_id=uuid4(), revision=1, title=title, due=due, state="OPEN", department="93", page="/actions/1"))
    form: dict[str, object] = {
        "diagnostic_id": uuid4(), "year": 2028, "department": "93", "version": 1, "state": "TO_FILL", "page": "/diagnostics/2028/93",
    }  # fmt: skip
    stages: tuple[Diagnostic, ...] = (
        DiagnosticRequested.model_validate({**form, "revision": 1}),
        DiagnosticProgressed.model_validate({**form, "revision": 2, "progress": 60}),
    )
    for stage in stages:
        await house.tell(stage)
    poll = PollOpened(poll_id=uuid4(), revision=1, title="Atelier", answer_by=date(2028, 12, 1), page="/sondages/1")
    await house.tell(poll)
    await house.tell(PollAnswered(poll_id=poll.poll_id, by=Addressee(department="93"), answered_at=house.clock(), to_confirm=True))
    await house.tell(declared())
    await house.tell(counted())


async def test_the_calendar_moves_at_once_and_one_summary_follows_fourteen_days_before(house: House) -> None:
    await anne_then_bruno(house)
    await things_under_way(house)
    await house.send()
    uid = f"{planned().meeting_id}@macs"
    assert [event[:2] for event in house.post.events("bruno@exemple.test")] == [("REQUEST", uid)]
    house.clock.now = MORNING - timedelta(minutes=1)
    await morning(house)
    assert len(house.post.mails("bruno@exemple.test")) == 1, "not before 8:00"
    house.clock.now = MORNING
    for _ in range(3):
        await morning(house)
    [_, summary] = house.post.mails("bruno@exemple.test")
    assert str(summary["subject"]) == "Coordination du 93 : ce que vous reprenez au 2 novembre"
    body = summary.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\u00a0", " ")
    assert "Bonjour Bruno," in text
    assert (
        "Bienvenue. Vous reprenez : 1 atelier (7 novembre), 2 actions dont 1 en retard, 1 déclaration à examiner, la fiche diagnostic (remplie à 60 %)."
        in plain(text)
    )
    assert "Une réponse à des sondages donnée avant vous est à confirmer." in text
    assert "Anne garde un accès en lecture jusqu’au 1er décembre." in text
    assert "[Ouvrir le dossier] http://gateway.test/coordination/passation?departement=93" in text


async def test_an_announced_handover_recorded_twice_is_summed_up_once(house: House) -> None:
    bruno = await anne_then_bruno(house)
    [row] = await house.pool.fetch("select due_at from handovers")
    assert row["due_at"] == MORNING
    house.clock.now = MORNING
    await morning(house)
    found = await house.pool.fetchrow("select person_id from handovers where mandate_id = $1", bruno)
    assert found is not None
    await mandate(house, found["person_id"], FIRST_DAY, mandate_id=bruno, interim=True, ends_text="jusque début 2029")
    await morning(house)
    assert len([mail for mail in house.post.mails("bruno@exemple.test") if "reprenez" in str(mail["subject"])]) == 1


async def test_a_handover_recorded_after_its_first_day_is_summed_up_on_the_next_working_morning(house: House) -> None:
    anne, bruno = await house.person("anne"), await house.person("bruno")
    hers = await mandate(house, anne, date(2028, 1, 1))
    house.clock.now = datetime(2028, 10, 20, 14, 0, tzinfo=UTC)  # a Friday afternoon
    await mandate(house, anne, date(2028, 1, 1), mandate_id=hers, ends_on=date(2028, 10, 16))
    await mandate(house, bruno, date(2028, 10, 16))
    assert await house.pool.fetchval("select due_at from handovers") == datetime(2028, 10, 23, 6, 0, tzinfo=UTC), "Monday, 8:00 in Paris"


async def test_history_read_again_is_no_handover(house: House) -> None:
    anne, bruno = await house.person("anne"), await house.person("bruno")
    await mandate(house, anne, date(2026, 1, 1), ends_on=date(2027, 1, 1))
    await mandate(house, bruno, date(2027, 1, 1))
    assert await house.pool.fetchval("select count(*) from handovers") == 0


async def test_another_structure_with_the_same_person_asks_for_the_place_again(house: House) -> None:
    anne = await house.person("anne")
    hers = await mandate(house, anne, date(2028, 1, 1), structure="Maison fictive de l’emploi")
    await house.tell(planned(place="Maison fictive de l’emploi, Bobigny"))
    await mandate(house, anne, date(2028, 1, 1), mandate_id=hers, structure="Maison fictive de l’emploi", ends_on=FIRST_DAY)
    await mandate(house, anne, FIRST_DAY, structure="GIP fictif", siret="21930001600015")
    items = await house.rows("kind = 'PLACE_TO_CONFIRM'")
    assert sorted(row["recipient_id"] for row in items) == sorted([str(anne), "team"])
    house.clock.now = MORNING
    await morning(house)
    [summary] = [mail for mail in house.post.mails("anne@exemple.test") if "ce qui change" in str(mail["subject"])]
    body = summary.get_body(("plain",))
    assert body is not None
    assert "Lieu à reconfirmer, puisque la structure change : 7 novembre." in plain(body.get_content())
    assert "accès en lecture" not in body.get_content()


async def test_a_cancelled_meeting_is_not_taken_over(house: House) -> None:
    await anne_then_bruno(house)
    await house.tell(cancelled(1, date(2028, 11, 7)))
    house.clock.now = MORNING
    await morning(house)
    [summary] = [mail for mail in house.post.mails("bruno@exemple.test") if "reprenez" in str(mail["subject"])]
    body = summary.get_body(("plain",))
    assert body is not None
    assert "rien qui soit en cours" in body.get_content()


async def test_the_team_is_asked_thirty_days_before_an_interim_is_supposed_to_end_and_again_on_that_day(house: House) -> None:
    anne = await house.person("anne")
    await house.pool.execute(
        "insert into registry_people (person_id, first_name, name, email, roles, active) values ($1, 'Zoé', 'F', 'zoe@exemple.test', '{team}', true)",
        uuid4(),
    )
    await mandate(house, anne, date(2028, 1, 1), interim=True, ends_text="jusque début 2029", supposed_end=date(2029, 1, 15))
    asked = []
    for day in (date(2028, 12, 15), date(2028, 12, 18), date(2028, 12, 19), date(2029, 1, 15), date(2029, 1, 16)):
        house.clock.now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        await morning(house)
        asked.append(len(house.post.mails("zoe@exemple.test")))
    assert asked == [0, 1, 1, 2, 2]
    body = house.post.mails("zoe@exemple.test")[0].get_body(("plain",))
    assert body is not None
    assert "Retour" in body.get_content()
    assert [row["recipient_id"] for row in await house.rows("kind = 'INTERIM' and channel = 'inbox'")] == ["team", "team"]


@pytest.mark.parametrize(
    ("monday", "expected"),
    [
        (date(2028, 3, 27), datetime(2028, 3, 27, 6, 0, tzinfo=UTC)),  # summer time began on Sunday the 26th at 2:00
        (date(2028, 10, 30), datetime(2028, 10, 30, 7, 0, tzinfo=UTC)),  # winter time began on Sunday the 29th at 3:00
    ],
)
async def test_the_summary_leaves_at_eight_in_paris_also_after_the_change_of_the_clock(
    house: House, monday: date, expected: datetime
) -> None:
    anne, bruno = await house.person("anne"), await house.person("bruno")
    friday = datetime(monday.year, monday.month, monday.day, 15, tzinfo=UTC) - timedelta(days=3)
    house.clock.now = friday
    hers = await mandate(house, anne, date(2028, 1, 1))
    await mandate(house, anne, date(2028, 1, 1), mandate_id=hers, ends_on=monday)
    await mandate(house, bruno, monday)
    sent: list[datetime] = []
    while house.clock.now < friday + timedelta(days=4):
        await morning(house)
        found = [mail for mail in house.post.mails("bruno@exemple.test") if "reprenez" in str(mail["subject"])]
        if len(found) > len(sent):
            sent.append(house.clock.now)
        house.clock.now += timedelta(minutes=20)
    assert sent == [expected], "one summary, at 8:00 on the wall clock of Monday"
    [row] = await house.rows("kind = 'HANDOVER' and channel = 'inbox'")
    assert row["recipient_id"] == str(bruno)


async def test_nothing_is_written_on_a_day_off_or_before_eight(house: House) -> None:
    await anne_then_bruno(house)
    for moment in (datetime(2028, 10, 21, 9, tzinfo=UTC), datetime(2028, 10, 23, 5, 59, tzinfo=UTC)):  # Saturday; Monday before 8:00
        house.clock.now = moment
        await morning(house)
    assert await house.rows("kind = 'HANDOVER'") == []


async def test_a_successor_reads_from_fourteen_days_before_a_predecessor_for_thirty_days(house: House) -> None:
    await anne_then_bruno(house)
    rows = await house.pool.fetch("select person_id, first_name from registry_people")
    people = {row["first_name"]: row["person_id"] for row in rows}
    async with house.pool.acquire() as connection:

        async def reads(name: str, day: date) -> bool:
            return await handovers.may_read(connection, people[name], "93", day)

        assert [await reads("Bruno", FIRST_DAY - timedelta(days=days)) for days in (15, 14)] == [False, True]
        last = FIRST_DAY + timedelta(days=29)  # the first day without the mandate counts
        assert [await reads("Anne", day) for day in (last, last + timedelta(days=1))] == [True, False]
