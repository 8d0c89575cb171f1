"""One declaration the whole way: figures, inbox, journey, trace; then back out again, exactly."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx
import pytest

from tests.e2e.standing import Standing
from tests.fixtures.stack import Stack
from tests.waiting import finally_


@pytest.fixture
def standing(stack: Stack) -> Standing:
    return Standing(stack)


def test_a_declaration_is_counted_told_and_seen_as_one_trace(standing: Standing) -> None:
    before = standing.figures()
    lines = [standing.line(hours) for hours in ("7.50", "151.67", "0.01")]
    receipt = standing.declare(lines)
    assert re.fullmatch(r"D-\d{4}-\d{6}", receipt["number"])
    standing.moves_to(before, {f"{lines[0]['period'][:4]}/93": Decimal("159.18")})

    coordinator = standing.stack.client("coordinator93")
    finally_(
        lambda: [item for item in coordinator.get("/api/v1/coordination/inbox").json()["items"] if item["about"] == receipt["number"]], 10
    )
    told = finally_(lambda: [step for step in standing.filing(receipt["number"])["journey"] if step["step"] == "told"], 10)
    assert told

    journey = standing.stack.json("journey", receipt["number"])
    assert [step["service"] for step in journey["steps"]] == ["ingest", "indicators", "notify"]
    assert journey["trace_id"] == receipt["trace_id"]
    zipkin = standing.stack.status()["zipkin"]

    def services() -> bool:
        spans = httpx.get(f"{zipkin}/api/v2/trace/{receipt['trace_id']}", trust_env=False).json()
        return {"ingest", "indicators", "notify"} <= {span["localEndpoint"]["serviceName"] for span in spans}

    assert finally_(services, 20)


def test_a_correction_and_a_withdrawal_move_the_figures_back_exactly(standing: Standing) -> None:
    before = standing.figures()
    line = standing.line("7.50")
    name = f"{line['period'][:4]}/93"
    number = standing.declare([line])["number"]
    assert standing.correct(number, [{**line, "hours": "70.25"}]).status_code in {200, 202}
    standing.moves_to(before, {name: Decimal("70.25")})
    assert standing.withdraw(number).status_code in {200, 202, 204}
    standing.moves_to(before, {})
    assert standing.filing(number)["state"] == "withdrawn"


def test_the_newest_filing_not_withdrawn_counts(standing: Standing) -> None:
    before = standing.figures()
    line = standing.line("7.50")
    name = f"{line['period'][:4]}/93"
    first = standing.declare([line])
    second = standing.declare([{**line, "hours": "9.00"}])
    assert (first["replaced"], second["replaced"]) == (0, 1)
    standing.moves_to(before, {name: Decimal("9.00")})
    standing.withdraw(first["number"])
    standing.withdraw(second["number"])
    standing.moves_to(before, {})


def test_twenty_requests_with_one_key_make_one_number(standing: Standing) -> None:
    lines, key = [standing.line("1.00")], str(uuid.uuid4())
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: standing.send(lines, key), range(20)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.json()["number"] for answer in answers if answer.status_code == 202}) == 1
    again = standing.send(lines, key)
    assert again.status_code == 202
    assert again.headers["Idempotent-Replayed"] == "true"
    assert standing.send([{**lines[0], "hours": "2.00"}], key).status_code == 422


def test_changes_need_the_version_they_start_from(standing: Standing) -> None:
    line = standing.line("3.00")
    number = standing.declare([line])["number"]
    body = {"period": line["period"], "mode": "all", "reason": "TYPING_ERROR", "lines": [line]}
    where = f"/api/v1/declarations/{number}"
    assert standing.http.put(where, json=body).status_code == 428
    assert standing.http.put(where, json=body, headers={"If-Match": '"999"'}).status_code == 412
    assert standing.http.request("DELETE", where, json={"reason": "TYPING_ERROR"}).status_code == 428
    named = standing.http.get(where, headers={"Accept-Encoding": "gzip"}).headers["ETag"]  # the gateway marks a packed answer's
    assert standing.http.put(where, json=body, headers={"If-Match": named}).is_success, named


def test_another_organisation_sees_and_changes_nothing(standing: Standing) -> None:
    number = standing.declare([standing.line("2.00")])["number"]
    stranger = standing.stack.client("declarant2")
    assert stranger.get(f"/api/v1/declarations/{number}").status_code in {403, 404}
    assert stranger.request(
        "DELETE", f"/api/v1/declarations/{number}", json={"reason": "TYPING_ERROR"}, headers={"If-Match": '"1"'}
    ).status_code in {403, 404}
    assert standing.stack.client().get(f"/api/v1/declarations/{number}").status_code == 401
