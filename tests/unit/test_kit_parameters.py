"""A name in an address that no route reads is refused; what a link gathers on its way is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, Query, Request

from kit.service import Service, app
from kit.settings import Settings
from kit.web.parameters import gathered, only_known, reads
from tests.reading import plain

inner = APIRouter()


async def _page_of(numero: Annotated[int, Query(alias="page")] = 1) -> int:
    return numero


@inner.get("/liste")
@inner.get("/api/v1/items")
async def listed(number: Annotated[int, Depends(_page_of)], annee: str | None = None) -> dict[str, object]:
    return {"page": number, "annee": annee}


@inner.get("/choix")
async def chosen(d: Annotated[list[str] | None, Query()] = None, annee: str | None = None) -> list[str]:
    return [*(d or []), annee or ""]


@inner.get("/a-la-main")
@reads("d", "i")
async def by_hand(request: Request) -> dict[str, str]:
    return dict(request.query_params)


@inner.get("/lui-meme")
@reads(None)
async def by_itself(request: Request) -> dict[str, str]:
    return dict(request.query_params)


@inner.get("/rien")
async def nothing() -> None:
    return None


router = APIRouter(dependencies=[Depends(only_known)])
router.include_router(inner)


@pytest.fixture
def client() -> httpx.AsyncClient:
    service = Service("trial", Settings(service="trial"), Path("nowhere/migrations"), routers=[router])
    application = app(service)
    application.state.runtime = _Runtime()
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test")


class _Runtime:
    """Of a process in which nobody has signed in."""

    class identity:  # noqa: N801  as the attribute is called
        @staticmethod
        async def caller(_: Request) -> object:
            from kit.identity import ANONYMOUS

            return ANONYMOUS


@pytest.mark.parametrize(
    "name", ["utm_source", "UTM_Campaign", "fbclid", "gclid", "msclkid", "gbraid", "mtm_kwd", "pk_campaign", "at_medium", "xtor", "mc_cid", "_ga", "_hsenc", "mibextid", "trk", "_se"]
)  # fmt: skip
def test_what_links_gather_is_known(name: str) -> None:
    assert gathered(name)


@pytest.mark.parametrize(
    "name", ["par", "publication", "departement", "utm", "at", "attribut", "period", "clidx", "xutm_source", "utm_é", ""]
)
def test_what_might_be_meant_is_not(name: str) -> None:
    assert not gathered(name)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/liste", 200), ("/liste?page=2&annee=2025", 200), ("/liste?annee=2025&utm_source=lettre", 200), ("/liste?anee=2025", 422),
        ("/liste?numero=2", 422), ("/liste?annee=2024&annee=2025", 422), ("/liste?annee=2025&annee=2025", 200), ("/liste?page=1&page=2", 422),
        ("/choix?d=93&d=94", 200), ("/choix?d=93&annee=2024&annee=2025", 422), ("/api/v1/items?page=2", 200), ("/api/v1/items?utm_source=lettre", 422), ("/a-la-main?d=1&i=2", 200),
        ("/a-la-main?d=1&n=2", 422), ("/lui-meme?x=1", 200), ("/rien", 200), ("/rien?x=", 422),
    ],
)  # fmt: skip
async def test_each_route_takes_its_own_names(client: httpx.AsyncClient, address: str, status: int) -> None:
    assert (await client.get(address)).status_code == status


async def test_a_refusal_says_what_is_unknown_and_what_would_be_right(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/items", params=[("anee", "2025"), ("page", "1"), ("par", "sexe"), ("anee", "2024")])
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "UNKNOWN_PARAMETER"
    assert [(error["column"], error["value"], error["example"]) for error in problem["errors"]] == [
        ("anee", "2025,2024", "annee"),
        ("par", "sexe", None),
    ]
    assert "annee" in problem["errors"][0]["message"]
    assert "page" in problem["errors"][0]["message"]


async def test_a_page_leads_to_itself_without_them(client: httpx.AsyncClient) -> None:
    answer = await client.get("/liste?annee=2025&par=%3Cb%3E&utm_source=lettre", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert 'href="/liste?annee=2025&amp;utm_source=lettre"' in answer.text
    assert "<strong>par</strong> : Ce nom n’est pas un paramètre. Cette adresse connaît : annee, page." in plain(answer.text)
    assert "<b>" not in answer.text
