"""Reminders before a meeting, and letters after it, by the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from schemas.meetings import AttendanceRecorded, OutcomesAsked, RegistrationConfirmed
from services.notify import schedule
from services.notify.store import preferences
from tests.integration.notify_house import House, event_of, planned
from tests.reading import plain

DAY = date(2028, 11, 7)  # a Tuesday
MEETING = planned()
UID = f"{MEETING.meeting_id}@macs"


async def morning(house: House, day: date) -> None:
    """Eight o'clock in Paris, winter or summer."""
    house.clock.now = datetime(day.year, day.month, day.day, 8, 1, tzinfo=UTC)
    async with house.pool.acquire() as connection, connection.transaction():
        await schedule.by_the_clock(connection, house.clock())
    await house.send(rounds=2)


async def coordinator(house: House) -> UUID:
    anne = await house.person("anne")
    await house.mandate(anne, date(2028, 1, 1))
    await house.tell(MEETING)
    await house.send()
    return anne


def seat(address: str, registration: UUID | None = None) -> RegistrationConfirmed:
    return RegistrationConfirmed(
        meeting_id=MEETING.meeting_id, session_id=uuid4(), registration_id=registration or uuid4(), revision=0, name="Personne Fictive",
        email=address, organisation="Commune", role="BUYER", manage_path="/agenda/inscription/secret",
    )  # fmt: skip


async def test_a_week_and_a_day_before_a_line_in_the_digest(house: House) -> None:
    await coordinator(house)
    for day in (date(2028, 10, 30), date(2028, 10, 31), date(2028, 11, 2), date(2028, 11, 6), date(2028, 11, 7)):
        await morning(house, day)
    mails = house.post.mails("anne@exemple.test")
    assert [str(mail["subject"]) for mail in mails[1:]] == [
        "Seine-Saint-Denis (93) : 1 réunion à venir, mardi 31 octobre", "Seine-Saint-Denis (93) : 1 réunion à venir, lundi 6 novembre",
    ]  # fmt: skip
    body = mails[2].get_body(("plain",))
    assert body is not None
    assert "Demain à 9 h 30 : Atelier « Recours aux ETT », Bobigny" in plain(body.get_content())
    assert str(MEETING.meeting_id) not in str(mails[2]["x-macs-about"]), "about the meeting the holder has mails with a calendar part only"
    items = await house.rows("kind = 'MEETING_REMINDER' and channel = 'inbox'")
    assert [row["done_by"] for row in items] == ["later", None]


async def test_who_prefers_it_gets_the_invitation_again_with_the_same_sequence(house: House) -> None:
    anne = await coordinator(house)
    async with house.pool.acquire() as connection:
        await preferences.choose(connection, str(anne), "REMINDERS", "immediate")
    await morning(house, date(2028, 11, 6))
    await morning(house, date(2028, 11, 6))
    assert house.post.events("anne@exemple.test") == [("REQUEST", UID, 0, "2028-11-07")] * 2
    assert str(house.post.mails("anne@exemple.test")[1]["subject"]).startswith("RAPPEL – Atelier")


async def test_a_meeting_planned_the_day_before_needs_no_reminder(house: House) -> None:
    house.clock.now = datetime(2028, 11, 6, 7, tzinfo=UTC)
    await coordinator(house)
    await house.tell(seat("p1@exemple.test"))
    await house.send()
    await morning(house, date(2028, 11, 6))
    assert await house.rows("kind like '%REMINDER'") == []


async def test_a_registrant_is_reminded_with_the_same_entry(house: House) -> None:
    await coordinator(house)
    mine = uuid4()
    await house.tell(seat("p1@exemple.test", mine))
    await house.send()
    await morning(house, date(2028, 10, 31))
    await morning(house, date(2028, 11, 6))
    await morning(house, date(2028, 11, 6))
    mails = house.post.mails("p1@exemple.test")
    assert [str(mail["subject"]).split(" – ")[0] for mail in mails] == ["Inscription confirmée", "RAPPEL", "RAPPEL"]
    assert {event_of(mail)[:3] for mail in mails} == {("REQUEST", f"{mine}@macs", 0)}


async def test_thanks_to_who_came_and_a_word_to_who_did_not_once_a_person(house: House) -> None:
    await coordinator(house)
    seats = {name: [uuid4(), uuid4()] for name in ("p1", "p2")}
    for name, ids in seats.items():
        for id_ in ids:
            await house.tell(seat(f"{name}@exemple.test", id_))
    ticks = {seats["p1"][0]: False, seats["p1"][1]: True, seats["p2"][0]: False}
    house.clock.now = datetime(2028, 11, 7, 9, tzinfo=UTC)
    await house.send(rounds=2)
    for id_, came in ticks.items():
        await house.tell(AttendanceRecorded(
            meeting_id=MEETING.meeting_id, session_id=uuid4(), registration_id=id_, revision=1, present=came, recorded_at=house.clock(),
            survey_page="/openmap/suite/secret" if came else None, material_page="/openmap/4/compte-rendu",
        ))  # fmt: skip
    await house.tell(AttendanceRecorded(
        meeting_id=MEETING.meeting_id, session_id=uuid4(), registration_id=uuid4(), revision=1, present=True, recorded_at=house.clock(),
        name="Venu Sans Inscription", email="p3@exemple.test",
    ))  # fmt: skip
    await morning(house, DAY)
    assert await house.rows("kind in ('REGISTRATION_THANKS', 'REGISTRATION_MISSED')") == [], "people still come through the door"
    await morning(house, date(2028, 11, 8))
    await morning(house, date(2028, 11, 9))
    told = {
        name: [str(mail["subject"]).split(" – ")[0] for mail in house.post.mails(f"{name}@exemple.test")][-1] for name in ("p1", "p2", "p3")
    }
    assert told == {"p1": "Merci d’être venu(e)", "p2": "Vous nous avez manqué", "p3": "Merci d’être venu(e)"}
    assert len(await house.rows("kind in ('REGISTRATION_THANKS', 'REGISTRATION_MISSED')")) == 3
    text = house.post.mails("p1@exemple.test")[-1].get_body(("plain",))
    assert text is not None
    assert "[Donner mon avis (2 minutes)] http://gateway.test/openmap/suite/secret" in text.get_content()
    assert text.get_content().count("Bonjour Personne Fictive,") == 1
    await house.tell(AttendanceRecorded(
        meeting_id=MEETING.meeting_id, session_id=uuid4(), registration_id=seats["p2"][0], revision=2, present=True, recorded_at=house.clock(),
    ))  # fmt: skip
    await morning(house, date(2028, 11, 10))
    assert str(house.post.mails("p2@exemple.test")[-1]["subject"]).startswith("Merci d’être venu(e)"), "a tick corrected later"


async def test_half_a_year_later_what_came_of_it_is_asked_once(house: House) -> None:
    person = uuid4()
    for _ in range(2):
        await house.tell(OutcomesAsked(
            meeting_id=MEETING.meeting_id, participant_id=person, title="Openmap 4", day=date(2028, 5, 1), name="Personne Fictive",
            email="p1@exemple.test", page="/openmap/participant/secret/suites",
        ))  # fmt: skip
    await house.send(rounds=2)
    (mail,) = house.post.mails("p1@exemple.test")
    assert mail["subject"] == "Qu’en est-il sorti ? Openmap 4"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Bonjour Personne Fictive," in text.get_content()
    assert "[Dire ce qui en est sorti (1 minute)] http://gateway.test/openmap/participant/secret/suites" in text.get_content()
    assert "Vous étiez à Openmap 4, le 1er mai 2028." in text.get_content()
