# ruff: noqa: F811  fixtures are taken by their name
"""Polls: what is hostile, stale or typed wrong is refused with its reason."""

from __future__ import annotations

from uuid import uuid4

from tests.integration.events_house import House
from tests.integration.polls_house import POLLS, QUESTION, answers, events, link_of, opened  # noqa: F401  fixtures
from tests.reading import plain


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
