"""How figures and dates are written in French, and what a page of the kit always has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.service import Service, app
from kit.settings import Settings
from kit.web import filters, forms
from kit.web.render import page
from kit.web.request import RuntimeDep

router = APIRouter()


@router.get("/exemple")
async def example(request: Request) -> HTMLResponse:
    return page(
        request,
        "error.html",
        problem=Problem(200, "X", "Exemple"),
        trace_id=None,
    )


@router.post("/api/v1/echo")
async def echo(request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}


@router.post("/api/v1/refused")
async def refused() -> None:
    raise Refused([LineError(line=3, column="hours", code="V09", value="-3", message="Les heures sont négatives.")])


@router.get("/api/v1/away")
async def away() -> None:
    raise ConnectionRefusedError("storage")


@router.get("/api/v1/bug")
async def bug() -> None:
    raise RuntimeError("a mistake with secrets in it")


@router.get("/api/v1/runtime")
async def runtime(runtime: RuntimeDep) -> None:
    raise AssertionError("not before it is started")


@pytest.fixture
async def client() -> httpx.AsyncClient:
    service = Service(
        "trial",
        Settings(service="trial", fictional=True),
        Path("nowhere/migrations"),
        routers=[router],
        body_limits={"/api/v1/imports": 50_000_000},
    )
    transport = httpx.ASGITransport(app(service), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567, "1\u202f234\u202f567"), ("12480.50", "12\u202f480,50"), (Decimal("-3.5"), "−3,5"), (0, "0"), (None, "–"), ("NC", "NC")],
)
def test_numbers_have_narrow_spaces_and_a_comma(value: object, text: str) -> None:
    assert filters.number(value) == text


def test_hours_shares_and_plurals() -> None:
    assert filters.hours("911870.5") == "911\u202f870,50\u202fh"
    assert filters.centihours(15918) == "159,18\u202fh"
    assert filters.percent(Decimal("0.1512")) == "15,1\u202f%"
    assert filters.plural(1, "ligne") == "1\u00a0ligne"
    assert filters.plural(2, "ligne") == "2\u00a0lignes"


def test_instants_are_told_in_paris() -> None:
    assert filters.datetime(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "2\u00a0juillet 2026 à 0\u00a0h\u00a030"
    assert filters.date(date(2026, 3, 1)) == "1er\u00a0mars 2026"
    assert filters.iso(datetime(2026, 7, 1, 22, 30, 5, 123456, tzinfo=UTC)) == "2026-07-01T22:30:05+00:00"  # HTML takes no microseconds
    assert filters.iso(date(2026, 3, 1)) == "2026-03-01"
    assert filters.date("2026-10-16", weekday=True).startswith("vendredi 16")


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("2019-03", "mars 2019"), ("2019-Q1", "1er\u00a0trimestre 2019"), ("2019-S2", "2e\u00a0semestre 2019"), ("2019", "année 2019"),
        ("12m:2019-03", "12\u00a0mois jusqu’à mars 2019"), ("2019-13", "2019-13"),
    ],
)  # fmt: skip
def test_periods_are_told_in_words(period: str, text: str) -> None:
    assert filters.period(period) == text


def test_errors_stand_beside_their_field() -> None:
    found = forms.by_field(
        [LineError(line=2, column="hours", code="V09", message="x"), LineError(column="period", code="V07", message="y")]
    )
    assert set(found) == {"lines.2.hours", "period"}


async def test_a_page_has_what_every_page_has(client: httpx.AsyncClient) -> None:
    answer = await client.get("/exemple")
    text = answer.text
    assert '<html lang="fr">' in text
    assert 'href="#contenu"' in text
    assert text.count("<h1") == 1
    assert "Fil d’Ariane" in text
    assert "Données fictives" in text
    assert "Signaler un problème d’accessibilité" in text
    assert 'aria-label="Navigation principale"' in text
    assert "Exploitation" not in text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_what_can_be_read_can_be_asked_for_without_its_body(client: httpx.AsyncClient) -> None:
    whole, head = await client.get("/exemple"), await client.head("/exemple")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["content-security-policy"] == whole.headers["content-security-policy"]
    assert (await client.head("/nulle-part")).status_code == 404
    assert (await client.head("/api/v1/echo")).status_code == 405, "what cannot be read has no head"


async def test_errors_are_pages_for_people_and_problems_for_scripts(client: httpx.AsyncClient) -> None:
    person = await client.get("/inconnue", headers={"Accept": "text/html"})
    assert person.status_code == 404
    assert "<h1>Cette page n’existe pas</h1>" in person.text
    script = await client.get("/api/v1/inconnue", headers={"Accept": "text/html"})
    assert script.headers["content-type"] == "application/problem+json"
    assert script.json()["code"] == "NOT_FOUND"
    assert len(script.json()["trace_id"]) == 32


BODIES = {
    "not JSON": (b"{", 400),
    "not UTF-8": (b'{"a": "\xe9"}', 400),
    "nested beyond reason": (b"[" * 100_000 + b"]" * 100_000, 400),
    "NUL written": (b'{"a": "\\u0000"}', 422),
    "NUL itself": (b'{"a": "\x00"}', 422),
    "lone surrogate": (b'{"a": "\\ud800"}', 422),
    "not a number": (b'{"a": NaN}', 422),
    "infinite": (b'{"a": 1e999999}', 422),
    "too long": (b" " * 10_000_001, 413),
}


@pytest.mark.parametrize("what", BODIES)
async def test_a_bad_body_never_reaches_a_route(client: httpx.AsyncClient, what: str) -> None:
    body, status = BODIES[what]
    answer = await client.post("/api/v1/echo", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_without_a_length_is_counted_while_it_comes(client: httpx.AsyncClient) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1_000_000
            yield b" " * 1_000_000

    answer = await client.post("/api/v1/echo", content=endless(), headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 413
    assert taken <= 12_000_000


async def test_a_good_body_arrives_whole(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/echo", content=b'{"a": "\xc3\xa9\\ud83d\\ude00"}', headers={"Content-Type": "application/json"})
    assert answer.json() == {"bytes": 23}


async def test_what_a_rule_refuses_names_line_column_code_and_value(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/refused")
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["line"], error["column"], error["code"], error["value"], error["severity"]) == (3, "hours", "V09", "-3", "blocking")


async def test_storage_that_is_away_is_a_503_and_a_mistake_of_ours_a_500_that_tells_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/away")).status_code == 503
    bug = await client.get("/api/v1/bug")
    assert bug.status_code == 500
    assert "secrets" not in bug.text
    assert (await client.get("/api/v1/runtime")).json()["code"] == "STARTING"
