"""Several invited to one meeting, and seats with hours of their own, on a real database and over real SMTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from icalendar import Calendar

from schemas.meetings import Addressee, RegistrationConfirmed, Session
from tests.integration.notify_house import House, cancelled, moved, planned
from tests.reading import plain

DAY, WEEK_LATER = date(2028, 11, 7), date(2028, 11, 14)
UID = f"{planned().meeting_id}@macs"
GUEST = Addressee(email="invitee@exemple.test", name="Camille Fictive", organisation="Association fictive", required=False)


async def network(house: House) -> dict[str, Any]:
    """Anne coordinates 93, Bruno 94, Carla is a member of a committee."""
    people = {name: await house.person(name) for name in ("anne", "bruno", "carla")}
    await house.mandate(people["anne"], date(2028, 1, 1))
    await house.mandate(people["bruno"], date(2028, 1, 1), department="94")
    return people


async def test_each_invited_gets_one_request_with_itself_alone_as_attendee(house: House) -> None:
    people = await network(house)
    invited = (Addressee(department="94"), Addressee(person_id=people["carla"]), Addressee(person_id=people["anne"]), GUEST)
    for _ in range(2):
        await house.tell(planned(invited=invited))
        await house.send(rounds=2)
    assert len(house.post.taken) == 4, "one mail a person, redelivery changes nothing"
    for name in ("anne", "bruno", "carla", "invitee"):
        [mail] = house.post.mails(f"{name}@exemple.test")
        event = event_in(mail)
        assert (event["uid"], str(event["attendee"])) == (UID, f"mailto:{name}@exemple.test")
        assert event["attendee"].params["ROLE"] == ("OPT-PARTICIPANT" if name == "invitee" else "REQ-PARTICIPANT")
    assert "au titre de votre structure, Association fictive" in text_of(house, "invitee")
    assert "coordinatrice ou coordinateur : Val-de-Marne (94)" in plain(text_of(house, "bruno"))
    assert "à cette réunion du réseau" in text_of(house, "carla")
    items = await house.rows("channel = 'inbox'")
    assert sorted((row["recipient_name"].split()[0], row["department"]) for row in items) == [
        ("Anne", "93"),
        ("Bruno", "94"),
        ("Carla", None),
    ]


async def test_removed_hears_a_cancel_added_later_a_request_and_the_others_nothing(house: House) -> None:
    people = await network(house)
    first = planned(invited=(Addressee(department="94"), GUEST))
    await house.tell(first)
    await house.send(rounds=2)
    await house.tell(moved(1, DAY, first, sequence=0, invited=(Addressee(department="94"), Addressee(person_id=people["carla"]))).model_copy(
        update={"reason": None}
    ))  # fmt: skip
    await house.send(rounds=2)
    assert [event[0] for event in house.post.events("anne@exemple.test")] == ["REQUEST"]
    assert [event[0] for event in house.post.events("bruno@exemple.test")] == ["REQUEST"]
    assert [event[0] for event in house.post.events("invitee@exemple.test")] == ["REQUEST", "CANCEL"]
    assert [event[0] for event in house.post.events("carla@exemple.test")] == ["REQUEST"]
    assert "la liste des personnes invitées a changé" in text_of(house, "invitee")
    await house.tell(moved(2, WEEK_LATER, first, invited=(Addressee(department="94"), Addressee(person_id=people["carla"]))))
    await house.tell(cancelled(3, WEEK_LATER))
    await house.send(rounds=3)
    for name, methods in {"anne": 2, "bruno": 2, "carla": 2, "invitee": 2}.items():
        events = house.post.events(f"{name}@exemple.test")
        assert (len(events), events[-1][0]) == (methods, "CANCEL"), (name, events)


async def test_a_mandate_of_an_invited_department_that_changes_hands_moves_its_invitation_only(house: House) -> None:
    people = await network(house)
    await house.tell(planned(invited=(Addressee(department="94"), GUEST)))
    await house.send(rounds=2)
    dora = await house.person("dora")
    [mandate] = await house.pool.fetch("select mandate_id from registry_mandates where department = '94'")
    await house.mandate(people["bruno"], date(2028, 1, 1), date(2028, 11, 1), department="94", id_=mandate["mandate_id"])
    await house.mandate(dora, date(2028, 11, 1), department="94")
    await house.send(rounds=2)
    assert [event[0] for event in house.post.events("bruno@exemple.test")] == ["REQUEST", "CANCEL"]
    assert house.post.events("dora@exemple.test") == [("REQUEST", UID, 0, "2028-11-07")]
    assert len(house.post.mails("anne@exemple.test")) == len(house.post.mails("invitee@exemple.test")) == 1
    assert "La coordination est confiée à une autre personne" in text_of(house, "bruno")


async def test_an_invited_department_without_coordination_is_the_teams_until_a_mandate_is_recorded(house: House) -> None:
    await network(house)
    await house.tell(planned(invited=(Addressee(department="77"),)))
    [item] = await house.rows("kind = 'MEETING_UNASSIGNED'")
    assert (item["department"], item["done_at"]) == ("77", None)
    await house.mandate(await house.person("eve"), date(2028, 1, 1), department="77")
    await house.send(rounds=2)
    assert [event[0] for event in house.post.events("eve@exemple.test")] == ["REQUEST"]
    assert [row["done_by"] for row in await house.rows("kind = 'MEETING_UNASSIGNED'")] == ["mandate"]


async def test_a_date_to_retain_is_tentative_and_its_programme_an_invitation(house: House) -> None:
    await network(house)
    first = planned(invited=(GUEST,), save_the_date=True)
    await house.tell(first)
    await house.send()
    [mail] = house.post.mails("invitee@exemple.test")
    assert str(mail["subject"]).startswith("Date à retenir – Atelier « Recours aux ETT »")
    event = event_in(mail)
    assert (str(event["status"]), event["attendee"].params["RSVP"]) == ("TENTATIVE", "FALSE")
    assert "Aucune réponse n’est attendue" in text_of(house, "invitee")
    assert "/coordination/reponse/" not in text_of(house, "invitee")
    session = Session.model_validate({"session_id": uuid4(), "name": "Visite", "kind": "VISITE", "capacity": 25})
    await house.tell(moved(1, DAY, first, invited=(GUEST,), sessions=(session,), page="/openmap/4"))
    await house.send()
    mail = house.post.mails("invitee@exemple.test")[-1]
    assert str(mail["subject"]) == "Atelier « Recours aux ETT » – Bobigny, mardi 7 novembre, 9 h 30"
    assert str(event_in(mail)["status"]) == "CONFIRMED"
    assert "La date que vous avez retenue est confirmée" in text_of(house, "invitee")
    assert "[Programme et inscription] http://gateway.test/openmap/4" in text_of(house, "invitee")


async def test_a_seat_has_the_hours_of_its_session_and_moves_with_it_alone(house: House) -> None:
    await network(house)
    visit = Session.model_validate({
        "session_id": uuid4(), "name": "Visite de chantier", "kind": "VISITE", "capacity": 25, "starts_at": datetime(2028, 11, 7, 14),
        "ends_at": datetime(2028, 11, 7, 15, 30), "place": "Sortie de la gare de Pantin", "travel_minutes": 20,
    })  # fmt: skip
    plenary = Session.model_validate({"session_id": uuid4(), "name": "Plénière", "kind": "PLENIERE"})
    first = planned(sessions=(visit, plenary))
    await house.tell(first)
    for session, name in ((visit, "p1"), (plenary, "p2")):
        await house.tell(RegistrationConfirmed(
            meeting_id=first.meeting_id, session_id=session.session_id, registration_id=uuid4(), revision=0, name="Personne Fictive",
            email=f"{name}@exemple.test", organisation="Commune", role="BUYER", manage_path="/agenda/inscription/secret",
        ))  # fmt: skip
    await house.send(rounds=2)
    event = event_in(house.post.mails("p1@exemple.test")[0])
    assert (f"{event['dtstart'].dt:%H:%M}", f"{event['dtend'].dt:%H:%M}", str(event["location"])) == (
        "14:00",
        "15:30",
        "Sortie de la gare de Pantin",
    )
    assert f"{event_in(house.post.mails('p2@exemple.test')[0])['dtstart'].dt:%H:%M}" == "09:30"
    later = visit.model_copy(update={"starts_at": datetime(2028, 11, 7, 14, 30), "ends_at": datetime(2028, 11, 7, 16)})
    await house.tell(moved(1, DAY, first, sequence=0, sessions=(later, plenary)))
    await house.send(rounds=2)
    again = event_in(house.post.mails("p1@exemple.test")[1])
    assert (again["uid"], int(again["sequence"]), f"{again['dtstart'].dt:%H:%M}") == (event["uid"], 1, "14:30")
    said = text_of(house, "p1")
    assert "Avant : mardi 7 novembre 2028, de 14 h à 15 h 30" in plain(said)
    assert "comptez 20\u00a0minutes" in said
    assert len(house.post.mails("p2@exemple.test")) == 1, "nothing changed for the plenary"


def event_in(mail: Any) -> Any:
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_content()).walk("VEVENT")[0]


def text_of(house: House, name: str) -> str:
    body = house.post.mails(f"{name}@exemple.test")[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content())
