# ruff: noqa: F811  fixtures are taken by their name
"""The public face's addresses over a release that was made: pages, files, frames, bad questions."""

from __future__ import annotations

import re

import httpx
import pytest

from kit.postgres import Pool
from tests.integration.facts_house import calling, client, pool, published, runtime  # noqa: F401  fixtures
from tests.integration.facts_house import released as tables  # noqa: F401  a fixture

pytestmark = pytest.mark.timeout(900)  # the first publishes, and one twice: suppression and attack take minutes on a busy machine
PAGES = (
    "/",
    "/?annee=2025&carte=I07",
    "/departements",
    "/departements/93",
    "/indicateurs",
    "/indicateurs/I05?annee=2025",
    "/methode",
    "/donnees",
    "/comparer",
    "/comparer?d=75,93,94&i=I01,I07&n=1000hab",
    "/integrer",
)


async def test_public_pages_are_french_and_whole(client: httpx.AsyncClient) -> None:
    items = (await client.get("/api/v1/indicators")).json()["items"]
    for address in (*PAGES, *(f"/indicateurs/{item['id']}" for item in items)):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert answer.text.count("<h1>") == 1, address
        assert 'lang="fr"' in answer.text
        assert "fictives" in answer.text
        assert "style=" not in answer.text, "the security policy forbids inline styles"
    for address in ("/indicateurs/I99", "/departements/60", "/?annee=1999", "/?carte=I02"):
        assert (await client.get(address)).status_code == 404, address


async def test_the_map_of_a_quarter_leads_to_sheets_of_the_quarter(client: httpx.AsyncClient) -> None:
    home = await client.get("/?periode=2025-Q3")
    places = set(re.findall(r'href="(/departements/\d\d[^"]*)" class="area"', home.text))
    assert len(places) == 8
    for place in places:
        sheet = await client.get(place)
        assert sheet.status_code == 200, place
        assert "3e trimestre" in sheet.text.replace("\xa0", " ").replace("\u202f", " ").replace("<sup>e</sup>", "e"), place
    for place in re.findall(r'href="(/departements/\d\d[^"]*)" class="area"', (await client.get("/?annee=2025")).text):
        assert (await client.get(place)).status_code == 200, place


async def test_the_same_address_gives_every_form(client: httpx.AsyncClient) -> None:
    wanted = {"csv": "text/csv", "excel.csv": "text/csv", "json": "application/json", "svg": "image/svg+xml", "png": "image/png",
              "xlsx": "application/vnd", "vl.json": "application/vnd.vegalite", "zip": "application/zip"}  # fmt: skip
    for place in ("/indicateurs/I05", "/api/v1/indicators/I05"):
        for form, kind in wanted.items():
            answer = await client.get(f"{place}.{form}?period=2025&by=department")
            assert answer.status_code == 200, (place, form)
            assert answer.headers["content-type"].startswith(kind)
            assert answer.headers["cache-control"].startswith("public")
            assert answer.headers["access-control-allow-origin"] == "*"
            again = await client.get(f"{place}.{form}?period=2025&by=department", headers={"If-None-Match": answer.headers["etag"]})
            assert again.status_code == 304
    narrow = await client.get("/indicateurs/I05.svg?period=2025&width=narrow")
    assert narrow.text.startswith("<svg")
    assert 'role="img"' in narrow.text
    frozen = await client.get("/indicateurs/I05.json?period=2025&release=2026-1")
    await published(client)
    assert (await client.get("/indicateurs/I05.json?period=2025&release=2026-1")).json() == frozen.json()
    assert (await client.get("/indicateurs/I05.json?period=2025")).json()["release"] == "2026-2"


async def test_a_data_set_has_every_printed_cell_and_only_published_tables_may_be_framed(client: httpx.AsyncClient, pool: Pool) -> None:
    file = await client.get("/donnees/I01.csv")
    printed = await pool.fetchval("select count(*) from published_cells where indicator = 'I01'")
    assert len(file.text.splitlines()) == printed + 1
    assert file.text.splitlines()[0].split(",") == [one["name"] for one in (await client.get("/donnees/I01.schema.json")).json()["fields"]]
    for form in ("jsonld", "ttl", "rdf"):
        catalogue = await client.get(f"/donnees/catalogue.{form}?page_size=2")
        assert catalogue.status_code == 200
        assert "macs-I01" in catalogue.text
    framed = await client.get("/integrer/I01?by=public")
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in (await client.get("/indicateurs/I01")).headers["content-security-policy"]
    told = (await client.get("/integrer/oembed?url=/indicateurs/I05%3Fby=department")).json()
    assert told["type"] == "rich"
    assert "<iframe" in told["html"]
    shown = (await client.get("/indicateurs/I05?period=2025&by=department,public")).text
    [named] = re.findall(r'type="application/json\+oembed" href="http://[^/]+(/[^"]+)"', shown)
    found = (await client.get(named)).json()
    assert "by=department%2Cpublic" in found["html"] or "by=department,public" in found["html"], (
        "the address of a table is all that a tool needs"
    )
    small = (await client.get(f"{named}&maxwidth=400&maxheight=300&format=json")).json()
    assert (small["width"], small["height"]) == (400, 300)
    assert 'height="300"' in small["html"]
    assert (await client.get(f"{named}&maxwidth=0")).status_code == 422
    wrong = {
        "/integrer?url=http://ailleurs.example/indicateurs/I01": 422, "/integrer?url=/pilotage": 422, "/integrer/I99": 404,
        "/integrer/oembed?url=/indicateurs/I01&format=xml": 501, "/donnees/I99.csv": 404, "/donnees/catalogue.exe": 404,
        "/donnees/catalogue.ttl?page=99": 422, "/comparer?d=93": 422, "/comparer?d=93&d=93": 422, "/comparer?d=75,77,78,91,92": 422, "/comparer?d=93,60": 422,
        "/comparer?i=I01,I98": 422, "/comparer?n=lune": 422,
    }  # fmt: skip
    for address, status in wrong.items():
        assert (await client.get(address)).status_code == status, address


async def test_a_name_that_nothing_reads_is_refused_everywhere(client: httpx.AsyncClient) -> None:
    """On pages, downloads, frames and the interface; the page names what it knows and leads on without it. What links gather passes."""
    addresses = (
        "/?par=sexe", "/departements/93?annnee=2025", "/departements?departement=93", "/indicateurs/I01?departement=93", "/indicateurs?q=I01",
        "/indicateurs/I01.csv?period=2025&publication=2025-1", "/indicateurs/I01.svg?par=sexe", "/integrer/I01?departement=93",
        "/comparer?departement=93,94", "/donnees?annee=2025", "/donnees/I01?department=93", "/donnees/I01.csv?department=93",
        "/donnees/I01.xlsx?period=2025", "/donnees/catalogue.ttl?publication=2025-1", "/donnees/departements.geojson?code=93",
        "/themes?année=2025", "/territoires?departement=93", "/recherche?commune=Montreuil", "/methode?annee=2025", "/revisions?annee=2025",
        "/api/v1/indicators?department=93", "/api/v1/indicators/I01?period=2025&departement=93", "/api/v1/indicators/I01.csv?period=2025&par=sex",
        "/?periode=2025&periode=2024", "/donnees/I01.csv?release=2025-1&release=2025-2", "/comparer?n=base100&n=1000hab", "/recherche?q=a&q=b",
        "/indicateurs/I01?from=2024&from=2025", "/indicateurs/I01?from=2025&to=2025&period=2026",
        "/api/v1/indicators?utm_source=lettre", "/api/v1/editions?year=2025", "/editions?annee=2025", "/etudes?theme=femmes",
    )  # fmt: skip
    for address in addresses:
        answer = await client.get(address)
        assert answer.status_code == 422, address
        problem = answer.json() if answer.headers["content-type"].startswith("application/problem+json") else None
        assert problem is None or (problem["code"] == "UNKNOWN_PARAMETER" and problem["errors"][0]["column"] in address), address
    shown = await client.get("/departements/93?annnee=2025&periode=2025-Q3", headers={"Accept": "text/html"})
    assert "annnee" in shown.text
    assert "connaît : annee, periode" in shown.text.replace("\xa0", " ").replace("\u202f", " ")
    assert 'href="/departements/93?periode=2025-Q3"' in shown.text
    mine = await client.get("/pilotage?anne=2025", headers={"Accept": "text/html", **calling("team")})
    assert (mine.status_code, mine.headers["cache-control"]) == (422, "private, no-store")
    assert "Se déconnecter" in mine.text, "who is signed in stays so"
    for address in (
        "/?utm_source=lettre&fbclid=x",
        "/departements/93?mtm_campaign=a",
        "/donnees/I01.csv?xtor=EPR-1",
        "/indicateurs?gclid=1",
    ):
        assert (await client.get(address)).status_code == 200, address


async def test_every_address_that_our_own_pages_write_is_understood(client: httpx.AsyncClient) -> None:
    """Links and forms of the public face, as a reader follows them."""
    seen: set[str] = set()
    for address in (*PAGES, "/themes/femmes", "/territoires", "/donnees/I01", "/revisions", "/recherche?q=st-denis"):
        text = (await client.get(address, headers={"Accept": "text/html"})).text
        for found in re.findall(r'(?:href|src|srcset|action)="(/(?!static|api/(?:open|async))[^"#]*\?[^"#]+)', text):
            seen.add(found.replace("&amp;", "&"))
    own = {found for found in seen if not found.startswith(("/agenda", "/connexion"))}
    shapes = {(found.split("?")[0], tuple(sorted(set(re.findall(r"[?&]([^=&]+)=", found))))): found for found in own}
    assert len(shapes) > 20
    for found in shapes.values():
        assert (await client.get(found)).status_code == 200, found


async def test_bad_questions_get_a_clear_page(client: httpx.AsyncClient) -> None:
    wrong = {
        "/indicateurs/I01?period=2042": 422, "/indicateurs/I01?from=2026&to=2025": 422, "/indicateurs/I01?department=60": 422,
        "/indicateurs/I01?by=couleur": 422, "/indicateurs/I01.svg?width=99999": 422, "/indicateurs/I01.exe": 404,
        "/indicateurs/I01?period=2025%00": 422, "/indicateurs/I01?release=1999-1": 404, "/indicateurs/I01?by=" + "a" * 3000: 422,
        "/indicateurs/I01?period=%F0%9F%92%A9&by=%3Cscript%3E": 422, "/indicateurs/I01?period=2025&by=education": 404,
    }  # fmt: skip
    for address, status in wrong.items():
        answer = await client.get(address, headers={"Accept": "text/html"})
        assert answer.status_code == status, address
        assert "<h1>" in answer.text
        assert "<script>" not in answer.text
        assert "public" not in answer.headers.get("cache-control", "")
    shared = await client.get("/indicateurs/I01?utm_source=lettre", headers={"Accept": "text/html"})
    assert shared.status_code == 200
    signed_in = await client.get("/indicateurs/I01", headers=calling("team"))
    assert signed_in.headers["cache-control"] == "private, no-store"
