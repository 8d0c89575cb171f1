"""Invitations by the mandate of the day, on a real database and over real SMTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from schemas.meetings import RegistrationCancelled, RegistrationConfirmed, RegistrationPromoted, RegistrationWaitlisted, Session
from services.notify.sending.sender import Sender
from services.notify.store import retention
from tests.integration.notify_house import House, cancelled, event_of, moved, planned
from tests.waiting import eventually

DAY, WEEK_LATER = date(2028, 11, 7), date(2028, 11, 14)
UID = f"{planned().meeting_id}@macs"


async def two_holders(house: House, handover: date = date(2028, 11, 1)) -> None:
    """Anne until the handover, Bruno from that day on."""
    anne, bruno = await house.person("anne"), await house.person("bruno")
    await house.mandate(anne, date(2028, 1, 1), handover)
    await house.mandate(bruno, handover)


async def test_request_request_cancel_go_to_the_mandate_of_the_day(house: House) -> None:
    await two_holders(house)
    first = planned()
    for message in (first, moved(1, WEEK_LATER, first), cancelled(2, WEEK_LATER)):
        await house.tell(message)
        await house.send()
    assert house.post.events("bruno@exemple.test") == [
        ("REQUEST", UID, 0, "2028-11-07"), ("REQUEST", UID, 1, "2028-11-14"), ("CANCEL", UID, 2, "2028-11-14"),
    ]  # fmt: skip
    assert [event_of(mail)[0] for mail in house.post.mails("anne@exemple.test")] == ["PUBLISH", "PUBLISH", "PUBLISH"], (
        "copies, no invitation"
    )
    subjects = [str(mail["subject"]) for mail in house.post.mails("bruno@exemple.test")]
    assert subjects == [
        "Atelier « Recours aux ETT » – Bobigny, mardi 7 novembre, 9 h 30",
        "CHANGEMENT – Atelier « Recours aux ETT » : 7 novembre → 14 novembre",
        "ANNULÉ – Atelier « Recours aux ETT » du 14 novembre",
    ]


async def test_redelivery_changes_nothing(house: House) -> None:
    await two_holders(house)
    for _ in range(3):
        await house.tell(planned())
        await house.send()
    assert len(house.post.taken) == 2
    assert len(await house.rows("channel = 'inbox'")) == 1


async def test_a_move_to_a_day_of_the_other_takes_it_from_the_former(house: House) -> None:
    await two_holders(house, date(2028, 11, 10))
    await house.tell(planned())
    await house.send()
    await house.tell(moved(1, WEEK_LATER, planned()))
    await house.send()
    assert house.post.events("anne@exemple.test") == [("REQUEST", UID, 0, "2028-11-07"), ("CANCEL", UID, 1, "2028-11-14")]
    assert house.post.events("bruno@exemple.test") == [("REQUEST", UID, 1, "2028-11-14")]
    body = house.post.mails("anne@exemple.test")[1].get_body(("plain",))
    assert body is not None
    assert "une autre personne assure la coordination" in body.get_content()
    assert "Données fictives" in body.get_content()


async def test_a_mandate_recorded_later_moves_the_invitation(house: House) -> None:
    anne, bruno = await house.person("anne"), await house.person("bruno")
    hers = await house.mandate(anne, date(2028, 1, 1))
    await house.tell(planned())
    await house.send()
    await house.mandate(anne, date(2028, 1, 1), date(2028, 11, 1), id_=hers)
    await house.mandate(bruno, date(2028, 11, 1))
    await house.send()
    assert [event[0] for event in house.post.events("anne@exemple.test")] == ["REQUEST", "CANCEL"]
    assert house.post.events("bruno@exemple.test") == [("REQUEST", UID, 0, "2028-11-07")]
    [row] = await house.rows("recipient_id = $1 and channel = 'mail'", str(bruno))
    assert row["mandate_id"] is not None


async def test_a_vacancy_goes_to_the_team_until_a_mandate_is_recorded(house: House) -> None:
    await house.tell(planned())
    await house.send()
    [item] = await house.rows()
    assert (item["kind"], item["recipient_id"], item["done_at"]) == ("MEETING_UNASSIGNED", "team", None)
    await house.mandate(await house.person("bruno"), date(2028, 11, 1))
    await house.send()
    assert house.post.events("bruno@exemple.test") == [("REQUEST", UID, 0, "2028-11-07")]
    assert [row["done_by"] for row in await house.rows("kind = 'MEETING_UNASSIGNED'")] == ["mandate"]


async def test_nothing_is_sent_for_a_meeting_cancelled_meanwhile(house: House) -> None:
    await two_holders(house)
    await house.tell(planned())
    await house.tell(cancelled(1, DAY))
    await house.send()
    assert house.post.taken == []
    assert {row["state"] for row in await house.rows("channel = 'mail'")} == {"abandoned"}
    assert len(await house.announced("MessageAbandoned")) == 2


async def test_an_address_that_comes_after_the_mandate_is_waited_for(house: House) -> None:
    late = uuid4()
    await house.mandate(late, date(2028, 1, 1))
    await house.tell(planned())
    await house.send()
    assert house.post.taken == []
    await house.pool.execute(
        "insert into registry_people (person_id, first_name, name, email, roles, active) values ($1, 'Léa', 'F', 'lea@exemple.test', '{}', true)",
        late,
    )
    house.clock.forward(seconds=6)
    await house.send()
    assert house.post.events("lea@exemple.test") == [("REQUEST", UID, 0, "2028-11-07")]


async def test_a_copy_after_an_unknown_outcome_keeps_its_message_id_and_is_counted(house: House) -> None:
    await two_holders(house, date(2028, 1, 2))
    house.post.orders = ["vanish", "ok"]
    await house.tell(planned())
    await house.send()
    [row] = await house.rows("channel = 'mail'")
    assert (row["state"], row["copies"]) == ("unknown", 1)
    house.clock.forward(seconds=10)
    await house.send()
    [row] = await house.rows("channel = 'mail'")
    assert (row["state"], row["copies"]) == ("sent", 2)
    assert len(house.post.taken) == 2
    assert house.post.taken[0] == house.post.taken[1], "the same to the byte"
    assert {str(mail["message-id"]) for mail in house.post.mails()} == {row["message_id"]}


async def test_a_process_killed_between_the_server_and_the_commit_sends_a_copy(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_holders(house, date(2028, 1, 2))
    await house.tell(planned())

    async def killed(*_: object) -> None:
        return None

    with monkeypatch.context() as dying:
        dying.setattr("services.notify.sending.sender.Sender._settle", killed)
        await house.send()
    assert [row["state"] for row in await house.rows("channel = 'mail'")] == ["sending"]
    await house.send()
    assert len(house.post.taken) == 1, "the lease still stands"
    house.clock.forward(seconds=31)
    await house.send()
    assert len(house.post.taken) == 2
    assert len({str(mail["message-id"]) for mail in house.post.mails()}) == 1
    [row] = await house.rows("channel = 'mail'")
    assert (row["state"], row["copies"]) == ("sent", 2)


async def test_a_cancellation_waits_for_the_invitation_under_way_and_follows_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_holders(house, date(2028, 1, 2))
    await house.tell(planned())

    async def killed(*_: object) -> None:
        return None

    with monkeypatch.context() as dying:
        dying.setattr("services.notify.sending.sender.Sender._settle", killed)
        await house.send()
    await house.tell(cancelled(1, DAY))
    await house.send()
    assert len(house.post.taken) == 1, "its outcome is not known yet"
    house.clock.forward(seconds=31)
    await house.send(rounds=2)
    assert [event[0] for event in house.post.events("bruno@exemple.test")] == ["REQUEST", "CANCEL"], "no copy of what is cancelled"


async def test_a_temporary_refusal_is_tried_again_and_a_final_one_told_to_the_team(house: House) -> None:
    await two_holders(house, date(2028, 1, 2))
    house.post.orders = ["451", "550"]
    await house.tell(planned())
    await house.send()
    [row] = await house.rows("channel = 'mail'")
    assert (row["state"], row["copies"], row["attempts"]) == ("waiting", 0, 1)
    house.clock.forward(seconds=6)
    await house.send()
    [row] = await house.rows("channel = 'mail'")
    assert (row["state"], row["copies"]) == ("bounced", 0)
    assert len(await house.announced("MessageBounced")) == 1
    assert [item["recipient_id"] for item in await house.rows("kind = 'MAIL_REFUSED'")] == ["team"]


async def test_a_server_that_hangs_is_left_after_its_limit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notify.sending.client.STEP_S", 0.3)
    await two_holders(house, date(2028, 1, 2))
    house.post.orders = ["hang"]
    await house.tell(planned())
    await house.send()
    assert [row["state"] for row in await house.rows("channel = 'mail'")] == ["unknown"]


async def test_mail_and_inbox_are_announced_in_the_story_that_caused_them(house: House) -> None:
    await two_holders(house, date(2028, 1, 2))
    await house.tell(planned())
    await house.send()
    sent = await house.announced("MessageSent")
    assert len(sent) == 2
    assert sent[0]["traceparent"][3:35] == "0af7651916cd43dd8448eb211c80319c"


REGISTRANT = {
    "meeting_id": planned().meeting_id, "session_id": uuid4(), "registration_id": uuid4(), "name": "Personne Fictive", "organisation": "Commune",
    "email": "p1@exemple.test", "role": "BUYER", "manage_path": "/agenda/inscription/secret",
}  # fmt: skip


async def test_a_registrant_hears_of_each_state_once(house: House) -> None:
    session = Session.model_validate({"session_id": REGISTRANT["session_id"], "name": "Atelier", "kind": "ATELIER", "capacity": 2})
    await house.tell(planned(sessions=(session,)))
    states = [
        RegistrationWaitlisted.model_validate({**REGISTRANT, "revision": 0, "position": 3}),
        RegistrationPromoted.model_validate({**REGISTRANT, "revision": 1, "offered_until": datetime(2028, 10, 17, 12, tzinfo=UTC)}),
        RegistrationConfirmed.model_validate({**REGISTRANT, "revision": 2}),
        RegistrationCancelled.model_validate({**REGISTRANT, "revision": 3, "reason": "empêchement"}),
    ]
    for state in states:
        for _ in range(2):
            await house.tell(state)
            await house.send()
    mails = house.post.mails("p1@exemple.test")
    assert [str(mail["subject"]).split(" – ")[0] for mail in mails] == [
        "Liste d’attente, position 3", "Une place s’est libérée", "Inscription confirmée", "Inscription annulée",
    ]  # fmt: skip
    body = mails[1].get_body(("plain",))
    assert body is not None
    assert "mardi 17 octobre 2028 à 14\u00a0h" in body.get_content()
    assert "http://gateway.test/agenda/inscription/secret" in body.get_content()
    uid = f"{REGISTRANT['registration_id']}@macs"
    assert [event_of(mail)[:2] for mail in mails[2:]] == [("REQUEST", uid), ("CANCEL", uid)]


async def test_a_cancelled_meeting_reaches_who_is_registered_and_only_once(house: House) -> None:
    await house.tell(planned())
    await house.tell(RegistrationConfirmed.model_validate({**REGISTRANT, "revision": 0}))
    await house.send()
    await house.tell(cancelled(1, DAY))
    await house.tell(RegistrationCancelled.model_validate({**REGISTRANT, "revision": 1, "reason": "réunion annulée"}))
    await house.send()
    assert [event[0] for event in house.post.events("p1@exemple.test")] == ["REQUEST", "CANCEL"]


async def test_one_mail_that_cannot_be_written_holds_up_nobody(house: House) -> None:
    broken = RegistrationConfirmed.model_validate({**REGISTRANT, "revision": 0, "registration_id": uuid4(), "email": "not an address"})
    for message in (planned(), broken, RegistrationConfirmed.model_validate({**REGISTRANT, "revision": 0})):
        await house.tell(message)
    await house.send()
    assert [event[0] for event in house.post.events("p1@exemple.test")] == ["REQUEST"]
    [row] = await house.rows("state = 'abandoned'")
    assert row["reason"].startswith("unusable address")


async def test_contact_data_of_registrants_is_forgotten(house: House) -> None:
    await house.tell(planned())
    await house.tell(RegistrationConfirmed.model_validate({**REGISTRANT, "revision": 0}))
    await house.send()
    async with house.pool.acquire() as connection:
        await retention.forget_old(connection, house.clock() + timedelta(days=300))
    assert await house.pool.fetchval("select count(*) from registrations") == 0
    [row] = await house.rows("kind = 'REGISTRATION_CONFIRMED'")
    assert (row["address"], row["raw"], row["recipient_name"]) == (None, None, "")


async def test_a_planned_stop_lets_a_conversation_end(house: House) -> None:
    await two_holders(house, date(2028, 1, 2))
    house.post.orders = ["slow"]
    await house.tell(planned())
    runtime = house.runtime()
    sending = asyncio.create_task(Sender(runtime, runtime.state["mail_wake"]).run())
    await eventually(lambda: house.post.taken)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    [row] = await house.rows("channel = 'mail'")
    assert (row["state"], row["copies"]) == ("sent", 1)
