"""The mails of notify, parsed back as a mail client does."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from schemas.meetings import Meeting, MeetingPlanned
from services.notify.rules import calendar, letters, meeting_letters
from services.notify.rules.calendar import Attendee
from services.notify.rules.envelope import Envelope, message

ID = UUID("01890000-0000-7000-8000-000000000001")
NOW = datetime(2028, 12, 1, 10, 0, 30, 5, tzinfo=UTC)
ZOE = Attendee("Zoé Fictive", "zoe@exemple.test")


def planned(**change: object) -> Meeting:
    values = {
        "meeting_id": ID,
        "revision": 0,
        "sequence": 0,
        "kind": "ATELIER",
        "title": "Recours aux ETT",
        "theme": "ETT",
        "department": "92",
        "starts_at": datetime(2029, 1, 30, 9, 30),
        "ends_at": datetime(2029, 1, 30, 12, 0),
        "place": "Nanterre",
    }
    return MeetingPlanned.model_validate({**values, **change})


def of(method: calendar.Method, meeting: Meeting, *, cancelled: bool = False) -> bytes:
    found = meeting_letters.entry(meeting, cancelled=cancelled)
    attendee = None if method == "PUBLISH" else ZOE
    return calendar.calendar(found, method, stamped=NOW, organizer="reseau@exemple.test", attendee=attendee)


def event(data: bytes) -> Any:
    return Calendar.from_ical(data).walk("VEVENT")[0]


def test_an_invitation_says_what_rfc_5546_asks_for() -> None:
    found, it = Calendar.from_ical(of("REQUEST", planned())), event(of("REQUEST", planned()))
    assert (found["method"], it["uid"], it["sequence"], it["status"]) == ("REQUEST", f"{ID}@macs", 0, "CONFIRMED")
    assert it["organizer"] == "mailto:reseau@exemple.test"
    assert not it["organizer"].params, "a bare address, else Gmail does not merge updates"
    assert it["attendee"] == "mailto:zoe@exemple.test"
    assert it["attendee"].params["rsvp"] == "TRUE"
    assert it["dtstamp"].dt == NOW.replace(microsecond=0)


def test_a_meeting_keeps_its_local_time_in_a_zone_with_two_rules() -> None:
    text = of("REQUEST", planned()).decode()
    assert "DTSTART;TZID=Europe/Paris:20290130T093000" in text
    zone = text[text.index("BEGIN:VTIMEZONE") : text.index("END:VTIMEZONE")]
    assert zone.count("RRULE:") == 2
    assert "RDATE" not in zone
    summer = of("REQUEST", planned(starts_at=datetime(2029, 7, 3, 9, 30), ends_at=datetime(2029, 7, 3, 12)))
    assert event(summer)["dtstart"].dt.astimezone(UTC) == datetime(2029, 7, 3, 7, 30, tzinfo=UTC)


def test_a_meeting_overseas_is_written_as_an_instant() -> None:
    text = of("REQUEST", planned(zone="Indian/Reunion")).decode()
    assert "DTSTART:20290130T053000Z" in text
    assert "VTIMEZONE" not in text


def test_lines_are_folded_at_75_octets_with_crlf() -> None:
    data = of("REQUEST", planned(title="Clauses d’insertion : " + "élargir l’accès à l’emploi " * 8))
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert "élargir l’accès à l’emploi " * 8 in str(Calendar.from_ical(data).walk("VEVENT")[0]["summary"]) + " »"


@pytest.mark.parametrize(("method", "cancelled", "status"), [("REQUEST", False, "CONFIRMED"), ("CANCEL", True, "CANCELLED")])
def test_request_request_cancel_share_one_uid(method: calendar.Method, cancelled: bool, status: str) -> None:
    found = Calendar.from_ical(of(method, planned(sequence=2), cancelled=cancelled))
    [it] = found.walk("VEVENT")
    assert (found["method"], it["uid"], it["sequence"], it["status"]) == (method, f"{ID}@macs", 2, status)


def test_a_copy_for_preparation_invites_nobody() -> None:
    found = Calendar.from_ical(of("PUBLISH", planned()))
    [it] = found.walk("VEVENT")
    assert found["method"] == "PUBLISH"
    assert "attendee" not in it
    with pytest.raises(ValueError, match="PUBLISH"):
        calendar.calendar(meeting_letters.entry(planned(), cancelled=False), "PUBLISH", stamped=NOW, organizer="a@b.test", attendee=ZOE)


def mail(*, with_calendar: bool = True, name: str = "Zoé Fictive", fictional: bool = True) -> EmailMessage:
    envelope = Envelope("reseau@exemple.test", "Réseau", "zoe@exemple.test", name, "<1@exemple.test>", NOW, str(ID))
    letter = letters.Letter(
        "Atelier « Recours aux ETT »\r\nBcc: x@y.test",
        "Bonjour Zoé,",
        ("<b>Bienvenue</b> & merci.",),
        actions=(("Je viens", "http://h/r?a=1&b=2"),),
    )
    data = message(envelope, letter, ("REQUEST", of("REQUEST", planned())) if with_calendar else None, fictional=fictional)
    assert b"\n" not in data.replace(b"\r\n", b"")
    found = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_the_calendar_lies_in_the_first_child() -> None:
    found = mail()
    assert found.get_content_type() == "multipart/mixed"
    [first, attachment] = list(found.iter_parts())
    assert first.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    part = list(first.iter_parts())[2]
    assert (part.get_param("method"), part.get_param("charset"), part.get_param("component")) == ("REQUEST", "UTF-8", "VEVENT")
    assert part["content-disposition"] is None
    assert part.get_content() == attachment.get_content().decode()
    assert (attachment.get_content_type(), attachment.get_filename()) == ("application/ics", "invitation.ics")


def test_headers_are_those_of_an_automatic_mail_and_cannot_be_smuggled_in() -> None:
    found = mail(name="Zoé\r\nBcc: x@y.test")
    assert found["auto-submitted"] == "auto-generated"
    assert found["message-id"] == "<1@exemple.test>"
    assert found["x-macs-about"] == str(ID)
    assert found["bcc"] is None
    assert found["list-unsubscribe"] is None
    assert found["mime-version"] == "1.0"
    assert found["to"].addresses[0].addr_spec == "zoe@exemple.test"


def test_text_and_html_say_the_same_and_say_when_it_is_fiction() -> None:
    text, page = (mail(with_calendar=False).get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    assert "Données fictives" in text.get_content()
    assert "Données fictives" in page.get_content()
    assert "&lt;b&gt;Bienvenue&lt;/b&gt; &amp; merci." in page.get_content()
    assert "[Je viens] http://h/r?a=1&b=2" in text.get_content()
    assert "Données fictives" not in str(mail(fictional=False))


@pytest.mark.parametrize(
    ("kind", "title", "said"),
    [
        ("ATELIER", "Recours aux ETT", "Atelier « Recours aux ETT »"),
        ("ATELIER", "Atelier « Recours aux ETT »", "Atelier « Recours aux ETT »"),
        ("ATELIER", "Autour de « Ma ville »", "Atelier : Autour de « Ma ville »"),
        ("OPENMAP", "Openmap ESS : les métiers du paysage", "Openmap ESS : les métiers du paysage"),
        ("UNKNOWN", "Rencontre", "Réunion « Rencontre »"),
    ],
)
def test_a_meeting_is_not_named_twice(kind: str, title: str, said: str) -> None:
    assert meeting_letters.name_of(planned(kind=kind, title=title)) == said
