"""Polls, diagnostics and actions: who is asked, who is reminded, who hears nothing more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from schemas.indicators import EditionAbandoned, EditionPublished, EditionReviewOpened
from schemas.meetings import (
    ActionDue,
    Addressee,
    DiagnosticRequested,
    DiagnosticReviewed,
    DiagnosticSubmitted,
    PollAnswered,
    PollClosed,
    PollOpened,
    PollOption,
    PollReminded,
)
from services.notify import schedule
from tests.integration.notify_house import House

DAY = PollOption(option_id=uuid4(), starts_at=datetime(2028, 11, 7, 9, 30), ends_at=datetime(2028, 11, 7, 12), place="Bobigny")
LATER = PollOption(option_id=uuid4(), starts_at=datetime(2028, 11, 14, 9, 30), ends_at=datetime(2028, 11, 14, 12))
COORDINATION = Addressee(department="93")
GUEST = Addressee(email="invitee@exemple.test", name="Camille Fictive", path="/sondages/1/secret")
POLL: dict[str, Any] = {
    "poll_id": uuid4(), "title": "Recours aux ETT", "answer_by": date(2028, 10, 27), "remind_on": date(2028, 10, 25), "page": "/sondages/1",
}  # fmt: skip
FORM: dict[str, Any] = {"diagnostic_id": uuid4(), "year": 2028, "department": "93", "version": 1, "page": "/diagnostics/2028/93"}


async def anne(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))


def opened(revision: int = 1, *, to: tuple[Addressee, ...] = (COORDINATION, GUEST), options: tuple[PollOption, ...] = (DAY,)) -> PollOpened:
    return PollOpened.model_validate({**POLL, "revision": revision, "recipients": to, "options": options})


async def subjects(house: House, to: str) -> list[str]:
    await house.send()
    return [str(mail["subject"]) for mail in house.post.mails(to)]


async def by_the_clock(house: House, moment: datetime) -> None:
    house.clock.now = moment
    async with house.pool.acquire() as connection, connection.transaction():
        await schedule.by_the_clock(connection, moment)


async def test_a_poll_is_opened_once_and_asked_again_when_its_dates_change(house: House) -> None:
    await anne(house)
    for _ in range(2):
        await house.tell(opened())
    assert await subjects(house, "anne@exemple.test") == ["Quelles dates vous conviennent ? Recours aux ETT"]
    body = house.post.mails("invitee@exemple.test")[0].get_body(("plain",))
    assert body is not None
    assert "http://gateway.test/sondages/1/secret" in body.get_content()
    assert "mardi 7 novembre 2028, de 9\u00a0h\u00a030 à 12\u00a0h, Bobigny" in body.get_content()
    await house.tell(opened(2, to=(COORDINATION, GUEST, Addressee(email="autre@exemple.test"))))
    assert len(await subjects(house, "autre@exemple.test")) == 1
    assert len(house.post.mails("anne@exemple.test")) == 1, "the same dates to the same people: nothing new"
    await house.tell(opened(3, options=(DAY, LATER)))
    assert len(await subjects(house, "anne@exemple.test")) == 2


async def test_the_reminder_reaches_only_who_has_not_answered(house: House) -> None:
    await anne(house)
    await house.tell(opened())
    await house.send()
    await house.tell(PollAnswered(poll_id=POLL["poll_id"], by=COORDINATION, answered_at=house.clock()))
    assert await house.rows("kind = 'POLL' and channel = 'inbox' and done_at is null") == []
    for hour in (7, 8):
        await by_the_clock(house, datetime(2028, 10, 25, hour, tzinfo=UTC))
    assert len(await subjects(house, "anne@exemple.test")) == 1
    assert await subjects(house, "invitee@exemple.test") == [
        "Quelles dates vous conviennent ? Recours aux ETT", "RAPPEL – Quelles dates vous conviennent ? Recours aux ETT",
    ]  # fmt: skip


async def test_the_organiser_asks_those_who_are_named_and_nothing_is_asked_after_the_end(house: House) -> None:
    await anne(house)
    await house.tell(opened())
    await house.send()
    reminded = PollReminded.model_validate({**POLL, "revision": 1, "recipients": (GUEST,), "options": (DAY,)})
    for _ in range(2):
        await house.tell(reminded)
    assert len(await subjects(house, "invitee@exemple.test")) == 2
    await house.tell(PollClosed.model_validate({**POLL, "revision": 2}))
    await by_the_clock(house, datetime(2028, 10, 25, 9, tzinfo=UTC))
    assert len(await subjects(house, "invitee@exemple.test")) == 2
    assert await house.rows("kind = 'POLL' and channel = 'inbox' and done_at is null") == []


async def test_a_letter_to_a_vacant_department_waits_for_its_coordination_but_not_beyond_its_use(house: House) -> None:
    await house.tell(opened(to=(COORDINATION,)))
    await house.send()
    [item] = await house.rows("channel = 'inbox'")
    assert (item["recipient_id"], item["title"][:15]) == ("team", "À transmettre :")
    house.clock.forward(days=4)
    await house.send()
    await anne(house)
    assert await subjects(house, "anne@exemple.test") == ["Quelles dates vous conviennent ? Recours aux ETT"]
    [item] = await house.rows("channel = 'inbox'")
    assert item["recipient_id"] != "team"
    assert not item["title"].startswith("À transmettre")


async def test_a_poll_that_ended_meanwhile_is_not_sent(house: House) -> None:
    await house.tell(opened(to=(COORDINATION,)))
    house.clock.now = datetime(2028, 10, 28, 9, tzinfo=UTC)
    await anne(house)
    assert await subjects(house, "anne@exemple.test") == []
    assert [row["reason"] for row in await house.rows("state = 'abandoned'")] == ["too late to be of use"]


async def test_a_diagnostic_is_asked_for_submitted_to_the_team_and_read(house: House) -> None:
    await anne(house)
    await house.tell(DiagnosticRequested.model_validate({**FORM, "revision": 1, "state": "TO_FILL", "answer_by": date(2028, 12, 4)}))
    await house.tell(DiagnosticRequested.model_validate({**FORM, "revision": 2, "state": "TO_FILL", "progress": 20}))
    await house.tell(DiagnosticRequested.model_validate({**FORM, "revision": 3, "state": "TO_FILL", "reminder": True}))
    name = "Fiche diagnostic 2028 : Seine-Saint-Denis (93)"
    assert await subjects(house, "anne@exemple.test") == [name, f"RAPPEL – {name}"]
    submitted = {**FORM, "revision": 4, "state": "SUBMITTED", "progress": 100, "submitted_at": house.clock()}
    await house.tell(DiagnosticSubmitted.model_validate(submitted))
    assert [(row["kind"], row["recipient_id"]) for row in await house.rows("channel = 'inbox' and done_at is null")] == [
        ("DIAGNOSTIC_SUBMITTED", "team")
    ]
    await house.tell(DiagnosticReviewed.model_validate({**FORM, "revision": 5, "state": "REVIEWED", "comment": "Merci."}))
    assert (await subjects(house, "anne@exemple.test"))[-1] == "Fiche diagnostic 2028 relue : Seine-Saint-Denis (93)"


async def test_an_action_that_is_late_stands_in_the_morning_digest_until_it_is_done(house: House) -> None:
    await anne(house)
    action: dict[str, Any] = {
        "action_id": uuid4(),
        "title": "Réunir les bailleurs",
        "due": date(2028, 10, 2),
        "department": "93",
        "page": "/actions/1",
    }
    await house.tell(ActionDue.model_validate({**action, "revision": 1, "state": "OPEN", "overdue": True}))
    [item] = await house.rows("kind = 'ACTION'")
    assert item["title"] == "Action en retard de 14\u00a0jours : Réunir les bailleurs"
    await by_the_clock(house, datetime(2028, 10, 17, 7, tzinfo=UTC))
    assert await subjects(house, "anne@exemple.test") == ["Seine-Saint-Denis (93) : 1 action à faire, mardi 17 octobre"]
    await house.tell(ActionDue.model_validate({**action, "revision": 2, "state": "DONE"}))
    assert await house.rows("kind = 'ACTION' and done_at is null") == []
    await by_the_clock(house, datetime(2028, 10, 18, 7, tzinfo=UTC))
    assert len(await subjects(house, "anne@exemple.test")) == 1


async def test_an_edition_to_be_read_is_asked_for_once_a_draft_and_done_when_published(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))

    def asked(draft: int, deadline: date) -> EditionReviewOpened:
        return EditionReviewOpened(
            edition="2028-1", title="Panorama 2027", year=2027, draft=draft, departments=("93", "94"), deadline=deadline,
            path="/pilotage/editions/2028-1/relecture",
        )  # fmt: skip

    for _ in range(2):
        await house.tell(asked(1, date(2028, 10, 30)))
    await house.send(2)
    [mail] = house.post.mails("anne@exemple.test")
    body = str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "fiche Seine-Saint-Denis (93)" in str(mail["subject"])
    assert "lundi 30 octobre 2028" in body
    assert "http://gateway.test/pilotage/editions/2028-1/relecture" in body
    items = await house.rows("kind = 'EDITION_REVIEW' and channel = 'inbox' and done_at is null")
    assert [(item["department"], item["recipient_id"] == "team") for item in items] == [("93", False), ("94", True)]
    await house.tell(asked(2, date(2028, 11, 6)))
    await house.send(2)
    assert len(house.post.mails("anne@exemple.test")) == 2
    assert len(await house.rows("kind = 'EDITION_REVIEW' and channel = 'inbox' and done_at is null")) == 2
    for _ in range(2):
        await house.tell(asked(2, date(2028, 11, 6)).model_copy(update={"reminder": True, "departments": ("93",)}))
    await house.send(2)
    [*_, reminder] = house.post.mails("anne@exemple.test")
    assert str(reminder["subject"]) == "Rappel – à relire : édition 2028-1, fiche Seine-Saint-Denis (93)"
    assert len(house.post.mails("anne@exemple.test")) == 3
    assert len(await house.rows("kind = 'EDITION_REVIEW' and channel = 'inbox' and done_at is null")) == 2, "no second item"
    await house.tell(EditionPublished(release="2028-1", figures_until=date(2027, 12, 31), cells=1, hidden=0, edition="2028-1"))
    assert not await house.rows("kind = 'EDITION_REVIEW' and channel = 'inbox' and done_at is null")


async def test_an_edition_that_is_given_up_is_done_with_and_told_once(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    asked = EditionReviewOpened(
        edition="2028-1", title="Panorama 2027", year=2027, draft=1, departments=("93", "94"), deadline=date(2028, 10, 30),
        path="/pilotage/editions/2028-1/relecture",
    )  # fmt: skip
    given_up = EditionAbandoned(
        edition="2028-1", title="Panorama 2027", year=2027, departments=("93", "94"), reason="L’année est fausse.",
        path="/pilotage/editions/2028-1/relecture",
    )  # fmt: skip
    await house.tell(asked)
    await house.send(2)
    for _ in range(2):
        await house.tell(given_up)
    await house.send(2)
    assert not await house.rows("kind = 'EDITION_REVIEW' and channel = 'inbox' and done_at is null")
    [_, last] = house.post.mails("anne@exemple.test")
    assert str(last["subject"]) == "Abandonnée : édition 2028-1, fiche Seine-Saint-Denis (93)"
    assert "L’année est fausse." in str(last.get_body(("plain",)).get_content())  # type: ignore[union-attr]
