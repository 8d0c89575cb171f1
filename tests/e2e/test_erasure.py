"""A person is forgotten and the figures show it: one person fewer, the same hours."""

from __future__ import annotations

import uuid

from tests.e2e.standing import Standing
from tests.fixtures.stack import Stack
from tests.waiting import finally_


def test_the_figures_lose_a_person_and_keep_the_hours(stack: Stack) -> None:
    standing = Standing(stack)
    worker = f"E-{uuid.uuid4().hex[:10]}"
    line = standing.line("7.50", worker)

    def told(indicator: str) -> float:
        asked = {"period": line["period"], "department": "93"}
        answer = standing.team.get(f"/api/v1/pilotage/indicators/{indicator}", params=asked)
        assert answer.status_code == 200, answer.text
        return float(answer.json()["cells"][0]["value"] or 0)

    persons, hours = told("I05"), told("I01")
    standing.declare([line])
    finally_(lambda: (told("I05"), told("I01")) == (persons + 1, hours + 7.5), 15)
    answer = standing.http.post("/api/v1/persons/erasure", json={"worker_id": worker})
    assert (answer.status_code, answer.json()) == (200, {"values": 1, "announced": 1, "parked": 0})
    finally_(lambda: (told("I05"), told("I01")) == (persons, hours + 7.5), 15)
    stack.macs("verify")
