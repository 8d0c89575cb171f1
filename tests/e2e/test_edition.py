"""An objection to a draft, met as in life: the declarant corrects the filing, the platform counts it, the next draft prints the new figure."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.e2e.standing import Json, Standing, today
from tests.fixtures.stack import Stack

PATIENCE_S = 300
"""A draft is solved and attacked whole."""


def _asked(client: httpx.Client, path: str, body: object = None, status: int = 200) -> Json:
    answer = client.post(path, json=body, timeout=PATIENCE_S)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


PERSONS, EMPLOYERS = 6, 3
"""What fewer change is not printed before the next release of many (« non mis à jour »): that would speak of them."""


def _lines(standing: Standing, month: dt.date, hours: str) -> list[Json]:
    """Lines of the month, of a contract of the 93 that ran in it."""
    items = standing.http.get("/api/v1/contracts", params={"department": "93"}).json()["items"]
    day = month.isoformat()
    contract = next(
        one for one in items if one["starts_on"] and one["starts_on"] <= day and (one["ends_on"] or "9999") > f"{month:%Y-%m}-31"
    )
    where = {"contract": contract["uid"], "period": f"{month:%Y-%m}", "employer_siret": None}
    return [{**standing.line(hours), **where, "employer_name": f"Entreprise d’essai {number % EMPLOYERS}"} for number in range(PERSONS)]


def _with(lines: list[Json], hours: str) -> list[Json]:
    return [{**line, "hours": hours} for line in lines]


def _hours(printed: str) -> int:
    return int(re.sub(r"\D", "", printed))


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_figure_that_a_coordination_objects_to_is_corrected_by_its_declarant(stack: Stack) -> None:
    standing, team, coordinator = Standing(stack), stack.client("team"), stack.client("coordinator93")
    month = dt.date(today().year - 1, 5, 1)
    before, wrong = standing.figures(), _lines(standing, month, "150.00")
    number = standing.declare(wrong)["number"]
    standing.moves_to(before, {f"{month.year}/93": Decimal("900.00")})

    plan = {"year": month.year, "title": f"Panorama {month.year}", "says_not": "Les heures de stage n’y sont pas."}
    edition = _asked(team, "/api/v1/editions", plan, 201)["edition"]
    where, figure = f"/api/v1/editions/{edition}", f"I01/{month.year}/department/93"
    _asked(team, f"{where}/draft", None, 201)
    _asked(team, f"{where}/review", {"deadline": (today() + dt.timedelta(days=10)).isoformat()})
    said: dict[str, Any] = {
        "department": "93",
        "figure": figure,
        "kind": "OBJECTION",
        "text": "Des lignes de mai sont dix fois trop grandes.",
    }
    objection = _asked(coordinator, f"{where}/comments", said, 201)
    early = team.post(f"{where}/comments/{objection['id']}/answer", json={"outcome": "CORRECTED", "text": "Corrigé."})
    assert early.status_code in {409, 422}, "nothing is corrected before a newer draft prints it"

    assert standing.correct(number, _with(wrong, "15.00")).status_code in {200, 202}
    standing.moves_to(before, {f"{month.year}/93": Decimal("90.00")})
    _asked(team, f"{where}/draft", None, 201)
    answered = _asked(team, f"{where}/comments/{objection['id']}/answer", {"outcome": "CORRECTED", "text": "Corrigé par le déclarant."})
    assert (answered["draft"], answered["answered_draft"]) == (1, 2)
    again = _asked(coordinator, f"{where}/comments", {**said, "kind": "REMARK", "text": "Vu."}, 201)
    assert _hours(objection["printed"]) - _hours(again["printed"]) == 810, "what the declarant took back, to the hour"
    _asked(team, f"{where}/comments/{again['id']}/answer", {"outcome": "EXPLAINED", "text": "Merci."})
    _asked(coordinator, f"{where}/agreements", {"department": "93"})
    checks = {check["code"]: check["good"] for check in team.get(where).json()["checks"]}
    assert checks["ANSWERS"]
    assert checks["DISCLOSURE"]
    standing.withdraw(number)
    standing.moves_to(before, {})
