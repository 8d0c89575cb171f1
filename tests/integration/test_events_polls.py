# ruff: noqa: F811  fixtures are taken by their name
"""Polls over HTTP on a real PostgreSQL: ask, answer with and without an account, remind, choose, hand over to the planner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.integration.events_house import House
from tests.integration.polls_house import POLLS, QUESTION, answers, events, link_of, opened  # noqa: F401  fixtures


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
