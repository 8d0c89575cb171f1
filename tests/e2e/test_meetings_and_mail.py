"""A meeting planned, moved and cancelled reaches the mandate of the day as one calendar entry."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from tests.e2e.mails import calendar_of, holder_on
from tests.e2e.standing import Standing, today
from tests.fixtures.stack import Stack
from tests.waiting import finally_


def heir(standing: Standing) -> tuple[str, dt.date, str]:
    """A department, a weekday and the coordinator of that day, who is not today's."""
    for code in ("75", "77", "78", "91", "92", "93", "94", "95"):
        present = holder_on(standing, code, today())
        for day in (today() + dt.timedelta(days=number) for number in range(25, 120, 5)):
            then = holder_on(standing, code, day)
            if day.weekday() < 5 and then and then != present and then == holder_on(standing, code, day + dt.timedelta(days=7)):
                return code, day, then
    raise AssertionError("no department changes its coordinator within 120 days")


def test_one_uid_three_sequences_to_the_mandate_of_the_day(stack: Stack) -> None:
    standing = Standing(stack)
    code, day, holder = heir(standing)
    later = day + dt.timedelta(days=7)
    body: dict[str, Any] = {
        "kind": "ATELIER", "title": "Recours aux ETT", "theme": "ETT", "department": code, "starts_at": f"{day}T09:30",
        "ends_at": f"{day}T12:00", "place": "Salle fictive", "sessions": [{"name": "Atelier", "kind": "ATELIER", "capacity": 2}],
    }  # fmt: skip
    planned = standing.team.post("/api/v1/meetings", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert planned.status_code == 201, planned.text
    meeting = planned.json()
    where, about = f"/api/v1/meetings/{meeting['id']}", {"about": meeting["id"], "to": holder}

    def mails(count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = standing.team.get("/api/v1/mailbox", params=about).json()["items"]
        return found if len(found) >= count else []

    finally_(lambda: mails(1), 20)
    body |= {"sessions": meeting["sessions"], "starts_at": f"{later}T09:30", "ends_at": f"{later}T12:00"}
    moved = standing.team.put(where, json=body, headers={"If-Match": f'"{meeting["revision"]}"'})
    assert moved.status_code == 200, moved.text
    finally_(lambda: mails(2), 20)
    gone = standing.team.request(
        "DELETE", where, json={"reason": "salle indisponible"}, headers={"If-Match": f'"{moved.json()["revision"]}"'}
    )
    assert gone.status_code == 200, gone.text
    received = finally_(lambda: mails(3), 20)
    found = sorted((calendar_of(standing.team.get(f"/api/v1/mailbox/{mail['id']}/raw").content) for mail in received), key=lambda c: c[2])
    assert [(method, sequence) for method, _, sequence, _ in found] == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    assert len({uid for _, uid, _, _ in found}) == 1
    assert [starts for *_, starts in found] == [f"{moment:%Y%m%d}" for moment in (day, later, later)]


def test_who_moves_up_from_the_waiting_list_gets_a_mail(stack: Stack) -> None:
    standing = Standing(stack)
    day = today() + dt.timedelta(days=70)
    body = {
        "kind": "ATELIER", "title": "Bailleurs sociaux", "theme": "BAILLEURS", "department": "94", "starts_at": f"{day}T14:00",
        "ends_at": f"{day}T16:00", "place": "Créteil", "sessions": [{"name": "Atelier", "kind": "ATELIER", "capacity": 1}],
    }  # fmt: skip
    meeting = standing.team.post("/api/v1/meetings", json=body).json()
    where = f"/api/v1/meetings/{meeting['id']}/sessions/{meeting['sessions'][0]['id']}/registrations"
    anybody = stack.client()

    def register(number: int) -> dict[str, Any]:
        who = {"name": f"Personne {number}", "email": f"e{number}@exemple.test", "organisation": "Commune fictive", "role": "BUYER"}
        answer = anybody.post(where, json=who, headers={"Idempotency-Key": f"{meeting['id']}-{number}"})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    seats = [register(number) for number in range(3)]
    assert [seat["state"] for seat in seats] == ["confirmed", "waitlisted", "waitlisted"]
    assert register(1) == seats[1], "a retry makes no second registration"

    def told(mails: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = standing.team.get("/api/v1/mailbox", params={"about": meeting["id"], "to": "e1@exemple.test"}).json()[
            "items"
        ]
        return found if len(found) >= mails else []

    assert anybody.get(where).status_code == 401
    assert finally_(lambda: told(1), 20), "a mail that has not left is replaced by a later one"
    assert standing.team.request("DELETE", f"{where}/{seats[0]['id']}", json={"reason": "empêchement"}).status_code == 200
    states = [row["state"] for row in standing.team.get(where).json()["items"]]
    assert states == ["cancelled", "offered", "waitlisted"]

    assert finally_(lambda: told(2), 20)
