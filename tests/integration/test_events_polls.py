"""Polls over HTTP on a real PostgreSQL: ask, answer with and without an account, remind, choose, hand over; what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from kit import registry
from schemas.directory import MandateRecorded, PersonRecorded
from services.events.store import ballots
from tests.fixtures.databases import MakeDatabase
from tests.integration.events_house import House, house
from tests.reading import plain

POLLS = "/api/v1/polls"
QUESTION: dict[str, Any] = {
    "title": "Atelier « Recours aux ETT »",
    "kind": "ATELIER",
    "department": "93",
    "place": "Bobigny, salle 2",
    "answer_by": "2027-01-20",
    "options": [
        {"starts_at": "2027-01-29T09:30", "ends_at": "2027-01-29T12:00"},
        {"starts_at": "2027-02-02T14:00", "ends_at": "2027-02-02T16:30", "place": "Créteil"},
    ],
    "recipients": [
        {"department": "93", "required": True},
        {"department": "77"},
        {"email": "c.fictive@exemple.fr", "name": "Camille Fictive", "organisation": "Association fictive", "required": True},
    ],
}
PERSON = uuid4()


@pytest.fixture
async def events(database: MakeDatabase) -> AsyncIterator[House]:
    async with house((await database("events")).rows) as made:
        async with made.pool.acquire() as connection:
            await registry.record(connection, mandate("93", PERSON))
        yield made


def mandate(department: str, person: Any, **changes: Any) -> MandateRecorded:
    return MandateRecorded(
        mandate_id=changes.pop("mandate_id", uuid4()), department=department, structure_id=uuid4(), structure_siret="12345678200010",
        structure_name="Structure fictive", person_id=person, interim=False, starts_on=changes.pop("starts_on", date(2026, 1, 1)), **changes,
    )  # fmt: skip


async def opened(events: House, **changes: Any) -> dict[str, Any]:
    async with events.client() as client:
        made = await client.post(POLLS, json={**QUESTION, **changes})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def answers(poll: dict[str, Any], *said: str) -> dict[str, Any]:
    return {"answers": {option["id"]: one for option, one in zip(poll["options"], said, strict=True)}}


async def link_of(events: House) -> str:
    """The page of the address outside, from what notify is told."""
    told = [m for m in await events.announced() if m["type"] == "PollOpened"][-1]
    found: str = next(who["path"] for who in told["recipients"] if who["email"])
    return found


async def test_dates_are_asked_answered_and_one_becomes_the_meeting_to_which_everybody_is_invited(events: House) -> None:
    poll = await opened(events)
    assert (poll["state"], poll["remind_on"], poll["revision"]) == ("open", "2027-01-17", 1)
    where, first = f"{POLLS}/{poll['id']}", poll["options"][0]["id"]
    async with events.client("coordinator93") as client:
        said = await client.put(f"{where}/answer", json=answers(poll, "YES", "NO"))
        assert said.status_code == 200, said.text
    async with events.client("coordinator77") as client:
        said = (await client.put(f"{where}/answer", json={**answers(poll, "IF_NEEDED", "YES"), "comment": "plutôt le matin"})).json()
        assert [(o["yes"], o["if_needed"], o["no"], o["silent"]) for o in said["options"]] == [(1, 1, 0, 1), (1, 0, 1, 1)]
        assert [who["department"] for who in said["recipients"]] == ["77"], "what the others said is nobody's business"
        assert "exemple.fr" not in str(said)
        assert (await client.post(f"{where}/close", json={"option": first})).status_code == 403
    async with events.client(None) as client:
        page = await client.get(await link_of(events))
        assert page.status_code == 200
        assert "Camille Fictive" in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        form = {f"answers.{option['id']}": "YES" for option in poll["options"]}
        assert (await client.post(await link_of(events), data=form)).status_code == 303
        assert "C’est enregistré" in (await client.get((await link_of(events)) + "?enregistre")).text
    async with events.client() as client:
        closed = (await client.post(f"{where}/close", json={"option": first})).json()
        again = (await client.post(f"{where}/close", json={"option": first})).json()
        assert (closed["state"], closed["chosen"], again["meeting"]) == ("closed", first, closed["meeting"])
        other = await client.post(f"{where}/close", json={"option": poll["options"][1]["id"]})
        assert (other.status_code, other.json()["code"]) == (409, "CLOSED")
        meeting = (await client.get(f"/api/v1/meetings/{closed['meeting']}")).json()
        assert (meeting["starts_at"], meeting["place"], meeting["title"]) == ("2027-01-29T09:30", "Bobigny, salle 2", QUESTION["title"])
    told = await events.announced()
    assert [m["type"] for m in told] == ["PollOpened", *["PollAnswered"] * 3, "MeetingPlanned", "PollClosed"]
    assert [(who["department"], who["email"], who["required"]) for who in told[4]["invited"]] == [
        ("77", None, False),
        (None, "c.fictive@exemple.fr", True),
    ]
    assert (told[5]["chosen"], told[5]["meeting_id"], told[5]["revision"]) == (first, closed["meeting"], 2)
    assert "YES" not in str(told[1]), "what was answered is not announced"


async def test_a_required_no_is_a_warning_that_the_organiser_has_to_read(events: House) -> None:
    poll = await opened(events)
    where, second = f"{POLLS}/{poll['id']}", poll["options"][1]["id"]
    async with events.client("coordinator93") as client:
        await client.put(f"{where}/answer", json=answers(poll, "YES", "NO"))
    async with events.client() as client:
        warned = await client.post(f"{where}/close", json={"option": second})
        assert (warned.status_code, warned.json()["code"]) == (409, "REQUIRED_NO")
        assert "Coordination du 93" in warned.json()["detail"]
        page = await client.post(f"/sondages/{poll['id']}/choisir", data={"option": second})
        assert page.status_code == 409
        assert "Je sais qu’une personne dont la présence est requise a répondu non" in page.text
        assert not [m for m in await events.announced() if m["type"] == "MeetingPlanned"]
        done = await client.post(f"/sondages/{poll['id']}/choisir", data={"option": second, "despite_no": "oui"})
        assert done.status_code == 303
        assert done.headers["location"].startswith("/agenda/")
        assert (await client.get(f"/sondages/{poll['id']}")).status_code == 200


async def test_only_those_who_have_not_answered_are_reminded_and_once_a_day(events: House) -> None:
    poll = await opened(events)
    where = f"{POLLS}/{poll['id']}"
    async with events.client("coordinator77") as client:
        await client.put(f"{where}/answer", json=answers(poll, "YES", "YES"))
        assert (await client.post(f"{where}/remind")).status_code == 403
    async with events.client() as client:
        reminded = (await client.post(f"{where}/remind")).json()["reminded"]
        assert [(who["department"], who["email"]) for who in reminded] == [("93", None), (None, "c.fictive@exemple.fr")]
        again = await client.post(f"{where}/remind")
        assert (again.status_code, again.json()["code"]) == (409, "REMINDED")
    last = (await events.announced())[-1]
    assert last["type"] == "PollReminded"
    assert [who["department"] or who["email"] for who in last["recipients"]] == ["93", "c.fictive@exemple.fr"]
    assert last["recipients"][1]["path"] == await link_of(events)


async def test_after_the_deadline_answers_are_closed_and_a_later_one_opens_them_again(events: House) -> None:
    poll = await opened(events)
    where = f"{POLLS}/{poll['id']}"
    events.clock.now = datetime(2027, 1, 20, 22, 59, tzinfo=UTC)  # a minute before midnight in Paris
    async with events.client("coordinator93") as client:
        assert (await client.put(f"{where}/answer", json=answers(poll, "YES", "YES"))).status_code == 200
        events.clock.now = datetime(2027, 1, 20, 23, 0, tzinfo=UTC)
        late = await client.put(f"{where}/answer", json=answers(poll, "NO", "NO"))
        assert (late.status_code, late.json()["code"]) == (409, "LOCKED")
    async with events.client(None) as client:
        shown = await client.get(await link_of(events))
        assert "Les réponses sont closes" in shown.text
        assert (await client.post(await link_of(events), data={})).status_code == 409
    async with events.client() as client:
        assert (await client.post(f"{where}/remind")).status_code == 409
        changed = await client.put(where, json={**QUESTION, "options": _kept(poll), "answer_by": "2027-01-25"}, headers={"If-Match": '"1"'})
        assert (changed.status_code, changed.json()["state"]) == (200, "open")
        assert changed.json()["options"][0]["yes"] == 1, "answers to dates that stay are kept"


def _kept(poll: dict[str, Any]) -> list[dict[str, Any]]:
    return [{key: option[key] for key in ("id", "starts_at", "ends_at")} for option in poll["options"]]


async def test_another_date_is_proposed_taken_up_and_asked_of_everybody(events: House) -> None:
    poll = await opened(events)
    where = f"{POLLS}/{poll['id']}"
    wanted = {"starts_at": "2027-02-04T09:00", "ends_at": "2027-02-04T11:00"}
    async with events.client("coordinator93") as client:
        await client.put(f"{where}/answer", json=answers(poll, "YES", "YES"))
    async with events.client("coordinator77") as client:
        proposed = await client.post(f"{where}/proposals", json=wanted)
        assert (proposed.status_code, len(proposed.json()["proposals"])) == (201, 1)
        assert (await client.post(f"{where}/proposals", json=wanted)).json()["proposals"] == proposed.json()["proposals"], "twice is once"
        past = await client.post(f"{where}/proposals", json={"starts_at": "2026-02-04T09:00", "ends_at": "2026-02-04T11:00"})
        assert past.json()["errors"][0]["code"] == "IN_THE_PAST"
        gap = await client.post(f"{where}/proposals", json={"starts_at": "2027-03-28T02:30", "ends_at": "2027-03-28T11:00"})
        assert gap.json()["errors"][0]["code"] == "NO_SUCH_TIME"
        there = await client.post(f"{where}/proposals", json={key: poll["options"][0][key] for key in ("starts_at", "ends_at")})
        assert there.json()["errors"][0]["code"] == "TWICE"
    proposal = proposed.json()["proposals"][0]["id"]
    async with events.client() as client:
        added = (await client.post(f"{where}/proposals/{proposal}/add")).json()
        assert [option["starts_at"] for option in added["options"]][-1] == "2027-02-04T09:00:00"
        assert (await client.post(f"{where}/proposals/{proposal}/add")).json()["revision"] == added["revision"]
        assert (added["options"][0]["yes"], added["options"][-1]["silent"]) == (1, 3)
        silent = (await client.post(f"{where}/remind")).json()["reminded"]
        assert len(silent) == 3, "who has not answered for the new date is asked again"
    opened_again = [m for m in await events.announced() if m["type"] == "PollOpened"]
    assert [(m["revision"], len(m["options"])) for m in opened_again] == [(1, 2), (2, 3)]


async def test_answers_are_inherited_to_be_confirmed_when_the_mandate_changes_hands(events: House) -> None:
    poll = await opened(events)
    where, successor = f"{POLLS}/{poll['id']}", uuid4()
    async with events.client("coordinator93") as client:
        await client.put(f"{where}/answer", json=answers(poll, "YES", "NO"))

    async def recorded(*mandates: MandateRecorded) -> int:
        async with events.pool.acquire() as connection, connection.transaction():
            for each in mandates:
                await registry.record(connection, each)
            return await ballots.inherit(connection, "93", events.clock())

    assert await recorded() == 0, "the same mandate changes nothing"
    old = await events.pool.fetchval("select mandate_id from registry_mandates where department = '93'")
    ends = mandate("93", PERSON, mandate_id=old, ends_on=date(2027, 2, 1))
    follows = mandate("93", successor, starts_on=date(2027, 2, 1))
    assert await recorded(ends, follows) == 1
    assert await recorded(ends, follows) == 0, "a second delivery changes nothing"
    told = (await events.announced())[-1]
    assert (told["type"], told["by"]["department"], told["to_confirm"]) == ("PollAnswered", "93", True)
    async with events.client("coordinator93") as client:
        seen = (await client.get(where)).json()
        mine = next(who for who in seen["recipients"] if who["department"] == "93")
        assert (mine["to_confirm"], mine["answers"][poll["options"][1]["id"]]) == (True, "NO")
        path = f"/sondages/{poll['id']}/reponses/{mine['id']}"
        assert "Confirmez-les ou changez-les" in (await client.get(path)).text
        assert "à confirmer" in (await client.get(f"/sondages/{poll['id']}")).text
        assert (await client.post(f"{path}/confirmer")).status_code == 303
        seen = (await client.get(where)).json()
        assert not next(who for who in seen["recipients"] if who["department"] == "93")["to_confirm"]


async def test_a_known_address_is_the_person_of_the_directory_and_only_that_person_answers(events: House) -> None:
    person = PersonRecorded(
        person_id=uuid4(),
        first_name="Sam",
        name="Exemple",
        email="Sam.Exemple@exemple.fr",
        organisation_id=None,
        roles=("team",),
        active=True,
    )
    async with events.pool.acquire() as connection:
        await registry.record(connection, person)
    poll = await opened(events, recipients=[{"email": "sam.exemple@exemple.fr", "required": True}, {"department": "77"}])
    assert poll["recipients"][0]["person_id"] == str(person.person_id)
    async with events.client("coordinator77") as client:
        stranger = await client.put(
            f"{POLLS}/{poll['id']}/answer", json={**answers(poll, "YES", "YES"), "recipient": poll["recipients"][0]["id"]}
        )
        assert stranger.status_code == 403
        assert (await client.get(f"/sondages/{poll['id']}/reponses/{poll['recipients'][0]['id']}")).status_code == 403
    async with events.client() as client:
        unknown = await client.post(POLLS, json={**QUESTION, "recipients": [{"person_id": str(uuid4())}]})
        assert unknown.json()["errors"][0]["code"] == "UNKNOWN_PERSON"


async def test_what_is_hostile_or_stale_is_refused_with_its_reason(events: House) -> None:
    poll = await opened(events)
    where, link = f"{POLLS}/{poll['id']}", await link_of(events)
    async with events.client(None) as client:
        assert (await client.get(link[:-1] + ("A" if link[-1] != "A" else "B"))).status_code == 404
        assert (await client.get(f"/sondages/{poll['id']}")).status_code == 401
        assert (await client.post(POLLS, json=QUESTION)).status_code == 401
        bad = await client.post(link, data={f"answers.{poll['options'][0]['id']}": "YES", "comment": "<script>alert(1)</script>"})
        assert bad.status_code == 422
        assert "<script>alert" not in bad.text
        assert "Répondez aussi pour cette date" in bad.text
        both = {f"answers.{option['id']}": "YES" for option in poll["options"]}
        assert (await client.post(link, data={**both, "comment": "<script>alert(1)</script>"})).status_code == 303
    async with events.client("declarant") as client:
        assert (await client.get(where)).status_code == 403
        assert (await client.get("/sondages")).status_code == 403
    async with events.client("coordinator77") as client:
        assert (await client.post(POLLS, json=QUESTION)).status_code == 403, "another department's"
        assert (await client.put(where, json=QUESTION, headers={"If-Match": '"1"'})).status_code == 403
    async with events.client() as client:
        shown = (await client.get(f"/sondages/{poll['id']}")).text
        assert "&lt;script&gt;" in shown
        assert "<script>alert" not in shown
        assert (await client.put(where, json=QUESTION)).status_code == 428
        assert (await client.put(where, json=QUESTION, headers={"If-Match": '"7"'})).status_code == 412
        other = [{**QUESTION["options"][0], "id": str(uuid4())}]
        foreign = await client.put(where, json={**QUESTION, "options": other}, headers={"If-Match": '"1"'})
        assert foreign.json()["errors"][0]["code"] == "UNKNOWN_OPTION"
        wrong = await client.post(
            POLLS, json={**QUESTION, "title": "", "answer_by": "2027-03-01", "recipients": [{"email": "pas une adresse"}]}
        )
        assert {error["code"] for error in wrong.json()["errors"]} == {"TITLE", "TOO_LATE", "MAIL"}
        assert (await client.get(f"{POLLS}/{uuid4()}")).status_code == 404
        keyed = [(await client.post(POLLS, json=QUESTION, headers={"Idempotency-Key": "k1"})).json()["id"] for _ in range(2)]
        assert keyed[0] == keyed[1]
        ended = await client.post(f"{where}/close", json={})
        assert (ended.json()["state"], ended.json()["meeting"]) == ("closed", None)
    async with events.client("coordinator93") as client:
        late = await client.put(f"{where}/answer", json=answers(poll, "YES", "YES"))
        assert (late.status_code, late.json()["code"]) == (409, "CLOSED")


async def test_the_form_opens_changes_and_shows_what_is_wrong_beside_its_field(events: House) -> None:
    typed = {
        "title": "Collège des acheteurs", "kind": "COLLEGE", "place": "Paris", "answer_by": "2027-01-20", "rows": "6",
        "lines.0.day": "2027-01-29", "lines.0.from": "09:30", "lines.0.to": "12:00",
        "lines.2.day": "2027-02-02", "lines.2.from": "16:00", "lines.2.to": "14:00",
        "department.93": "required", "department.94": "yes", "outside": "c.fictive@exemple.fr ; Camille Fictive ; Association fictive ; requis",
    }  # fmt: skip
    async with events.client() as client:
        wrong = await client.post("/sondages/nouveau", data=typed)
        assert wrong.status_code == 422
        assert 'id="lines-2-to-erreur"' in wrong.text, "the error stands beside the row that was typed"
        more = await client.post("/sondages/nouveau", data={**typed, "more": "oui"})
        assert more.text.count('aria-label="Date ') == 12
        made = await client.post("/sondages/nouveau", data={**typed, "lines.2.to": "17:00"})
        assert made.status_code == 303, made.text
        where = made.headers["location"]
        form = await client.get(f"{where}/modifier")
        assert 'value="09:30"' in form.text
        assert "c.fictive@exemple.fr ; Camille Fictive ; Association fictive ; requis" in plain(form.text)
        assert (await client.get("/sondages")).text.count("Collège des acheteurs") == 1
        poll = (await client.get(f"{POLLS}/{where.rsplit('/', 1)[1]}")).json()
        assert [(who["department"], who["required"]) for who in poll["recipients"]] == [("93", True), ("94", False), (None, True)]
        changed = {
            **typed, "revision": "1", "answer_by": "2027-01-22", "lines.0.id": poll["options"][0]["id"], "lines.2.id": poll["options"][1]["id"],
            "lines.2.to": "18:00",
        }  # fmt: skip
        assert (await client.post(f"{where}/modifier", data=changed)).status_code == 303
        after = (await client.get(f"{POLLS}/{poll['id']}")).json()
        assert after["options"][0]["id"] == poll["options"][0]["id"]
        assert after["options"][1]["id"] != poll["options"][1]["id"], "another time is another date"
    async with events.client("coordinator93") as client:
        led = await client.get(where)
        assert led.status_code == 303, "who is only asked is led to the own answer"
        assert (await client.get(led.headers["location"])).status_code == 200


async def test_answers_and_meetings_that_stand_are_availability_for_the_planner(events: House) -> None:
    """The 93 can in one half-day only: one « non » and one meeting stand against the others of the window."""
    days = ("2027-02-02", "2027-02-04")
    options = [{"starts_at": f"{day}T{h}:00", "ends_at": f"{day}T{h + 2}:00"} for day in days for h in (10, 14)]
    poll = await opened(events, options=options, recipients=[{"department": "93"}])
    async with events.client("coordinator93") as client:
        await client.put(f"{POLLS}/{poll['id']}/answer", json=answers(poll, "NO", "NO", "IF_NEEDED", "YES"))
    question = {
        "title": "Atelier de février", "starts_on": days[0], "ends_on": "2027-02-05", "themes": ["ETT"], "departments": ["93"],
        "animators": [{"id": "a1", "name": "Camille Fictive"}], "rooms": [{"id": "r93", "name": "Bobigny", "department": "93"}],
        "conditions": {"weekdays": [1, 3]},
    }  # fmt: skip
    async with events.client() as client:
        plan = (await client.post("/api/v1/ateliers/plans", json=question)).json()
        assert [(p["day"], p["half"]) for p in plan["placements"]] == [("2027-02-04", "AFTERNOON")]
        standing = {
            "kind": "COMITE",
            "title": "Comité",
            "department": "93",
            "starts_at": "2027-02-04T15:00",
            "ends_at": "2027-02-04T17:00",
            "place": "Paris",
        }
        assert (await client.post("/api/v1/meetings", json=standing)).status_code == 201
        solved = (await client.post(f"/api/v1/ateliers/plans/{plan['id']}/solve", headers={"If-Match": '"1"'})).json()
        assert [(p["day"], p["half"]) for p in solved["placements"]] == [("2027-02-04", "MORNING")]
        assert [t["count"] for t in solved["terms"] if t["code"] == "IF_NEEDED"] == [1]
        pinned = await client.post(
            f"/api/v1/ateliers/plans/{plan['id']}/pins", json={"atelier": "ETT-93", "day": days[0]}, headers={"If-Match": '"2"'}
        )
        assert [text for text in pinned.json()["blocking"]["conditions"] if "réponse au sondage" in text], pinned.text
        accepted = (await client.post(f"/api/v1/ateliers/plans/{plan['id']}/accept")).status_code
        assert accepted == 409, "nothing fits with that pin"
        await client.delete(f"/api/v1/ateliers/plans/{plan['id']}/pins/ETT-93", headers={"If-Match": '"3"'})
        assert (await client.post(f"/api/v1/ateliers/plans/{plan['id']}/accept")).status_code == 200
        again = (await client.post(f"/api/v1/ateliers/plans/{plan['id']}/solve", headers={"If-Match": '"5"'})).json()
        assert [(p["day"], p["half"]) for p in again["placements"]] == [("2027-02-04", "MORNING")], "its own meeting is no obstacle"
