"""The operator's page: who may see it, what it says, and that it notices what goes wrong."""

from __future__ import annotations

import httpx

from tests.fixtures.stack import Stack
from tests.waiting import finally_

WHERE = "/exploitation"


def _page(stack: Stack, path: str = WHERE) -> httpx.Response:
    return stack.client("operator", Accept="text/html").get(path)


def test_it_is_for_operators_only(stack: Stack) -> None:
    stack.wait_ready(120)
    finally_(lambda: _page(stack).status_code == 200, 30)
    assert stack.client("declarant", Accept="text/html").get(WHERE).status_code == 403
    asked = stack.client(Accept="text/html").get(WHERE)
    assert (asked.status_code, asked.headers["location"]) == (303, "/connexion?suite=/exploitation")


def test_a_quiet_platform_leaves_nothing_to_do_and_shows_a_filings_way(stack: Stack) -> None:
    stack.wait_ready(120)
    page = finally_(lambda: text if "Rien à faire." in (text := _page(stack).text) else "", 90, pace_s=0.5)
    number = page.split("/exploitation/parcours/")[1][:13]
    way = _page(stack, f"{WHERE}/parcours/{number}")
    assert way.status_code == 200
    for step in ("reçue", "comptée", "coordination prévenue", "/zipkin/traces/"):
        assert step in way.text
    assert _page(stack, f"{WHERE}/parcours/D-1999-000001").status_code == 404
    assert _page(stack, f"{WHERE}/parcours?number=%3Cscript%3E").status_code == 422


def test_a_process_that_is_away_is_named(stack: Stack) -> None:
    stack.wait_ready(120)
    stack.kill("events-all")
    assert finally_(lambda: "events ne répond pas" in _page(stack).text, 10)
    stack.wait_ready()
    assert finally_(lambda: "events ne répond pas" not in _page(stack).text, 30)
