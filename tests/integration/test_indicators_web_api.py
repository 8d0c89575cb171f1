"""Both faces by HTTP: who may ask what, what a mistake is answered, and that the public sees published tables only."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast
from uuid import UUID

import asyncpg
import httpx
import pytest
from python_calamine import CalamineWorkbook
from starlette.requests import Request

from kit.health import Health
from kit.identity import ANONYMOUS, Caller, Identity
from kit.postgres import Pool, open_pool
from kit.service import Runtime, app
from kit.settings import Settings
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.app import create
from services.indicators.catalogue.silent import silent
from services.indicators.replica.follow import catch_up, load
from services.indicators.replica.task import close_replica, follow, open_replica
from services.indicators.routes.public import close_public, open_public
from services.indicators.store import silences
from services.indicators.tasks import silence_noticed
from tests.fixtures.databases import Database, MakeDatabase

pytestmark = pytest.mark.timeout(900)  # several publish: suppression and attack take minutes on a busy machine
ORGANISATION = UUID(int=7)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CALLERS = {
    "team": Caller("key", "t", roles=frozenset({"team"})),
    "coordinator93": Caller("key", "c", roles=frozenset({"coordinator"}), departments=frozenset({"93"})),
    "declarant": Caller("key", "d", roles=frozenset({"declarant"}), organisation=ORGANISATION),
    "stranger": Caller("key", "s"),
}
MODALITIES, PUBLICS = ("EI", "ETTI", "ETT", "GEIQ"), ("BRSA", "DELD", "JEUNE_26", "ASE")


class Callers:
    """Who calls, by the name in place of a key."""

    async def caller(self, request: Request) -> Caller:
        return CALLERS.get(request.headers.get("authorization", "").removeprefix("Bearer "), ANONYMOUS)


def _facts(seed: int = 3) -> list[tuple[object, ...]]:
    dice = random.Random(seed)
    found: list[tuple[object, ...]] = []
    for number in range(2500):
        person = f"{dice.randint(1, 240):032x}"
        said = random.Random(person)
        found.append((
            UUID(int=number + 1), 1, True, UUID(int=number % 5), ORGANISATION if number % 4 else UUID(int=8), f"{number % 7:014d}",
            date(dice.choice([2025, 2026]), dice.randint(1, 12), 1), 1, said.choice(list(DEPARTMENTS)[2:]), dice.randint(100, 15_000),
            said.choice(MODALITIES), said.choice(["F", "M", "M", "M"]), said.choices(PUBLICS, [10, 6, 3, 0.5])[0], person, person,
        ))  # fmt: skip
    return found


COLUMNS = (
    "line_id", "revision", "live", "contract_uid", "declarant_id", "employer", "period_start", "period_months", "department", "centihours",
    "modality", "sex", "public", "person", "person_local",
)  # fmt: skip


@pytest.fixture
async def tables(database: MakeDatabase) -> Database:
    return await database("indicators")


@pytest.fixture
async def pool(tables: Database) -> AsyncIterator[Pool]:
    found = await open_pool(tables.rows, size=8, application_name="test")
    await found.copy_records_to_table("facts", records=_facts(), columns=COLUMNS)
    yield found
    await found.close()


@pytest.fixture
async def runtime(pool: Pool, tables: Database) -> AsyncIterator[Runtime]:
    settings = Settings(service="indicators", role="web", database_public=tables.public, fictional=True)
    found = Runtime(settings, pool, cast("Identity", Callers()), Health(), clock=lambda: NOW)
    await open_replica(found)
    await open_public(found)
    await load(pool, found.state["replica"])
    yield found
    await close_replica(found)
    await close_public(found)


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    made = app(create(runtime.settings))
    made.state.runtime = runtime
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://127.0.0.1") as found:
        yield found


def _as(name: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}", **{key.replace("_", "-"): value for key, value in headers.items()}}


def _sum(lines: list[tuple[object, ...]], year: int, department: str | None = None, organisation: UUID | None = None) -> Decimal:
    return Decimal(
        sum(
            cast("int", line[9])
            for line in lines
            if cast("date", line[6]).year == year and department in {None, line[8]} and organisation in {None, line[4]}
        )
    ) / 100  # fmt: skip


async def test_each_caller_sees_what_is_theirs(client: httpx.AsyncClient) -> None:
    lines, address = _facts(), "/api/v1/pilotage/indicators/I01?period=2025"
    assert (await client.get(address)).status_code == 401
    assert (await client.get(address, headers=_as("stranger"))).status_code == 403
    team = await client.get(address, headers=_as("team"))
    assert team.json()["cells"] == [{"value": str(_sum(lines, 2025)), "status": "ok"}]
    assert team.json()["unit"] == "h"
    assert team.headers["cache-control"] == "private, no-store"
    own = await client.get(address, headers=_as("declarant"))
    assert own.json()["cells"][0]["value"] == str(_sum(lines, 2025, organisation=ORGANISATION))
    department = await client.get(address, headers=_as("coordinator93"))
    assert department.json()["cells"][0]["value"] == str(_sum(lines, 2025, "93"))
    foreign = await client.get(f"{address}&department=94", headers=_as("coordinator93"))
    assert (foreign.status_code, foreign.json()["code"]) == (403, "FOREIGN_SCOPE")
    assert foreign.headers["content-type"] == "application/problem+json"
    assert (await client.get(f"{address}&department=93", headers=_as("coordinator93"))).status_code == 200
    eight = (await client.get(f"{address}&by=department", headers=_as("team"))).json()["cells"]
    assert {cell["department"]: Decimal(cell["value"]) for cell in eight} == {code: _sum(lines, 2025, code) for code in DEPARTMENTS}


MISTAKES = (
    ("I99?period=2025", 404, "UNKNOWN_INDICATOR"),
    ("I01", 422, "UNKNOWN_PARAMETER"),
    ("I01?period=2025&colour=red", 422, "UNKNOWN_PARAMETER"),
    ("I01?period=2025&department=60", 422, "UNKNOWN_PARAMETER"),
    ("I01?period=2025&by=sex,public,department", 422, "UNKNOWN_PARAMETER"),
    ("I01?period=2025&department=75&department=77&department=78&department=91&department=92", 422, "TOO_MANY"),
    ("I01?" + "&".join(f"period={year}" for year in range(2000, 2021)), 422, "TOO_MANY"),
    ("I01?" + "&".join(f"period=12m:{2008 + n // 12}-{n % 12 + 1:02d}" for n in range(200)) + "&by=month,work_contract", 422, "TOO_MANY"),
)


async def test_mistakes_are_named_on_both_faces(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/v1/pilotage/releases", headers=_as("team"))).status_code == 201
    for face in ("/api/v1/indicators", "/api/v1/pilotage/indicators"):
        for asked, status, code in MISTAKES:
            answer = await client.get(f"{face}/{asked}", headers=_as("team"))
            assert (answer.status_code, answer.json()["code"]) == (status, code), (face, asked)


async def test_a_position_is_waited_for_and_lateness_is_said(client: httpx.AsyncClient, runtime: Runtime) -> None:
    address, line = "/api/v1/pilotage/indicators/I01?period=2025", _facts()[0]
    async with runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("update facts set centihours = centihours + 100, period_start = '2025-02-01' where line_id = $1", line[0])
        await connection.execute("insert into offsets values ('indicators', 'hours', 1, 1, 1)")
        await connection.execute("insert into changes (topic, partition, batch_no, ids) values ('hours', 1, 1, $1)", [line[0]])
    late = await client.get(address, headers=_as("team", Macs_Position="hours/1=1"))
    assert late.json()["late"] is True
    assert late.headers["macs-position"] == late.json()["position"] == ""
    following = asyncio.create_task(follow(runtime))
    try:
        async with asyncio.timeout(20):  # a busy machine: the request itself waits half a second at most
            while "late" in (fresh := (await client.get(address, headers=_as("team", Macs_Position="hours/1=1"))).json()):
                pass
        assert fresh["position"] == "hours/1=1"
        assert Decimal(fresh["cells"][0]["value"]) > Decimal(late.json()["cells"][0]["value"])
        assert (await client.get(address, headers=_as("team", Macs_Position="hours"))).status_code == 422
    finally:
        following.cancel()


async def test_before_the_first_release_pages_explain(client: httpx.AsyncClient) -> None:
    home = await client.get("/")
    assert home.status_code == 200
    assert "Rien n’est encore publié" in home.text
    assert (await client.get("/departements/93")).status_code == 200
    answer = await client.get("/api/v1/indicators/I01?period=2025")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_PUBLISHED")


async def _publish(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/api/v1/pilotage/releases", headers=_as("team"))
    assert answer.status_code == 201, answer.text
    return cast("dict[str, Any]", answer.json())


async def test_only_the_team_publishes_and_each_release_is_a_new_one(client: httpx.AsyncClient, pool: Pool) -> None:
    assert (await client.post("/api/v1/pilotage/releases")).status_code == 401
    assert (await client.post("/api/v1/pilotage/releases", headers=_as("declarant"))).status_code == 403
    first, second = await _publish(client), await _publish(client)
    assert (first["release"], second["release"], first["figures_until"]) == ("2026-1", "2026-2", "2026-10-01")
    assert await pool.fetchval("select count(distinct release) from published_cells") == 2
    announced = await pool.fetch("select type, key from outbox order by seq")
    assert [tuple(row) for row in announced] == [("fr.macs.indicators.EditionPublished.v1", "11")] * 2
    assert (await client.get("/api/v1/indicators")).json()["release"] == "2026-2"


async def test_the_public_face_is_the_release_whoever_asks(client: httpx.AsyncClient, runtime: Runtime) -> None:
    await _publish(client)
    address = "/api/v1/indicators/I01?period=2025&by=department"
    anonymous, team = await client.get(address), await client.get(address, headers=_as("team"))
    assert anonymous.json() == team.json()
    assert anonymous.headers["cache-control"].startswith("public")
    assert (await client.get(address, headers={"If-None-Match": anonymous.headers["etag"]})).status_code == 304
    cells = {cell["department"]: cell for cell in anonymous.json()["cells"]}
    assert list(cells) == list(DEPARTMENTS)
    assert all(Decimal(cell["value"]) == _sum(_facts(), 2025, code) for code, cell in cells.items() if cell["status"] == "ok")
    await runtime.pool.execute("update facts set centihours = centihours + 100")
    await load(runtime.pool, runtime.state["replica"])
    assert (await client.get(address)).json() == anonymous.json()
    slice_ = (await client.get("/api/v1/indicators/I01?period=2025&department=93")).json()
    assert slice_["cells"] == [{"value": cells["93"]["value"], "status": cells["93"]["status"]}]
    await _hidden_cells_are_never_alone(client)
    await _what_is_not_published_is_said(client)
    await _files_carry_their_warnings(client)


async def _hidden_cells_are_never_alone(client: httpx.AsyncClient) -> None:
    cells = (await client.get("/api/v1/indicators/I01?period=2025&by=department,public")).json()["cells"]
    margins = {
        axis: {cell[axis]: cell["status"] for cell in (await client.get(f"/api/v1/indicators/I01?period=2025&by={axis}")).json()["cells"]}
        for axis in ("department", "public")
    }
    secret = [cell for cell in cells if cell["status"] == "secret"]
    assert secret
    assert all(cell["value"] is None for cell in secret)
    for axis, statuses in margins.items():
        for code, status in statuses.items():
            assert status != "ok" or len([cell for cell in secret if cell[axis] == code]) != 1, (axis, code)


async def _what_is_not_published_is_said(client: httpx.AsyncClient) -> None:
    for asked in ("I01?period=2025-03", "I01?period=2025&by=education", "I01?period=2025&by=sex,public", "I05G?period=2025&by=mechanism"):
        answer = await client.get(f"/api/v1/indicators/{asked}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_PUBLISHED"), asked
    several = await client.get("/api/v1/indicators/I05?period=2025&department=93&department=94")
    assert (several.status_code, several.json()["code"]) == (422, "NOT_ADDITIVE")
    assert (await client.get("/api/v1/indicators/I01?period=2025&department=93&department=94")).status_code == 200


async def test_the_public_role_reads_no_fact(tables: Database) -> None:
    connection = await asyncpg.connect(tables.public)
    try:
        for table in ("facts", "contracts", "changes", "totals", "registry_people", "outbox"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select * from {table} limit 1")
        await connection.fetch("select * from published_cells limit 1")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("delete from published_cells")
    finally:
        await connection.close()


async def _files_carry_their_warnings(client: httpx.AsyncClient) -> None:
    file = await client.get("/api/v1/indicators/I05.csv?period=2025&by=department")
    rows = file.text.splitlines()
    assert rows[0] == "indicateur,nom,unite,periode,department,department_libelle,valeur,statut,publication,arrete_au,mention"
    assert len(rows) == 9
    assert all("Données fictives" in row and "Ne pas additionner" in row for row in rows[1:])
    assert (await client.get("/api/v1/indicators/I05.json?period=2025")).json()["indicator"] == "I05"
    workbook = CalamineWorkbook.from_filelike(
        io.BytesIO((await client.get("/api/v1/indicators/I01.xlsx?period=2025&by=department")).content)
    )
    sheet = workbook.get_sheet_by_name("Données").to_python()
    shown = {
        cell["department"]: cell["value"] for cell in (await client.get("/api/v1/indicators/I01?period=2025&by=department")).json()["cells"]
    }
    assert {row[4]: row[6] for row in sheet[1:]} == {code: float(value) if value else "" for code, value in shown.items()}
    assert any("Données fictives" in str(row[1]) for row in workbook.get_sheet_by_name("Métadonnées").to_python())
    assert (await client.get("/api/v1/indicators/I05.exe?period=2025")).status_code == 404


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
    await _publish(client)
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


async def test_the_same_address_gives_every_form(client: httpx.AsyncClient) -> None:
    await _publish(client)
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
    await _publish(client)
    assert (await client.get("/indicateurs/I05.json?period=2025&release=2026-1")).json() == frozen.json()
    assert (await client.get("/indicateurs/I05.json?period=2025")).json()["release"] == "2026-2"


async def test_a_data_set_has_every_printed_cell_and_only_published_tables_may_be_framed(client: httpx.AsyncClient, pool: Pool) -> None:
    await _publish(client)
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
    wrong = {
        "/integrer?url=http://ailleurs.example/indicateurs/I01": 422, "/integrer?url=/pilotage": 422, "/integrer/I99": 404,
        "/integrer/oembed?url=/indicateurs/I01&format=xml": 501, "/donnees/I99.csv": 404, "/donnees/catalogue.exe": 404,
        "/donnees/catalogue.ttl?page=99": 422, "/comparer?d=93": 422, "/comparer?d=75,77,78,91,92": 422, "/comparer?d=93,60": 422,
        "/comparer?i=I01,I98": 422, "/comparer?n=lune": 422,
    }  # fmt: skip
    for address, status in wrong.items():
        assert (await client.get(address)).status_code == status, address


async def test_bad_questions_get_a_clear_page(client: httpx.AsyncClient) -> None:
    await _publish(client)
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
    signed_in = await client.get("/indicateurs/I01", headers=_as("team"))
    assert signed_in.headers["cache-control"] == "private, no-store"


async def test_the_working_page_shows_the_scope(client: httpx.AsyncClient) -> None:
    team = await client.get("/pilotage?annee=2025", headers=_as("team"))
    assert team.status_code == 200
    assert all(name in team.text for name in DEPARTMENTS.values())
    assert "Publier maintenant" in team.text
    coordinator = await client.get("/pilotage?annee=2025", headers=_as("coordinator93"))
    assert "Seine-Saint-Denis" in coordinator.text
    assert "Val-de-Marne" not in coordinator.text
    assert coordinator.headers["cache-control"] == "private, no-store"
    asked = await client.get("/pilotage", headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/connexion?suite=/pilotage")


async def test_a_foreign_place_is_refused_and_kept(client: httpx.AsyncClient, pool: Pool) -> None:
    address = "/api/v1/pilotage/indicators/I01?period=2025"
    for place in ("department=94", "commune=94028", "ept=200057966"):
        foreign = await client.get(f"{address}&{place}", headers=_as("coordinator93"))
        assert (foreign.status_code, foreign.json()["code"]) == (403, "FOREIGN_SCOPE"), place
    for place in ("department=93", "commune=93048", "ept=200057875"):
        assert (await client.get(f"{address}&{place}", headers=_as("coordinator93"))).status_code == 200, place
    kept = await pool.fetch("select caller, action, about from audit order by id")
    assert [tuple(row) for row in kept] == [
        ("c", "foreign_scope", "I01: 94"), ("c", "foreign_scope", "I01: 94028"), ("c", "foreign_scope", "I01: 200057966"),
    ]  # fmt: skip


async def test_a_parameter_holds_from_its_day(client: httpx.AsyncClient, runtime: Runtime) -> None:
    order = {"name": "full_time_hours", "value": "1600", "valid_from": "2026-01-01", "source": "Essai"}
    assert (await client.post("/api/v1/pilotage/parameters", json=order, headers=_as("coordinator93"))).status_code == 403
    assert (await client.post("/api/v1/pilotage/parameters", json={**order, "name": "pi"}, headers=_as("team"))).status_code == 422
    assert (await client.post("/api/v1/pilotage/parameters", json=order, headers=_as("team"))).status_code == 201
    assert await catch_up(runtime.pool, runtime.state["replica"])
    found = (await client.get("/api/v1/pilotage/indicators/I18?period=2025..2026", headers=_as("team"))).json()
    assert found["divisor"] == {"2025": 1607, "2026": 1600}
    expected = [
        str((_sum(_facts(), year) / divisor).quantize(Decimal("0.01"), ROUND_HALF_UP)) for year, divisor in ((2025, 1607), (2026, 1600))
    ]
    assert [cell["value"] for cell in found["cells"]] == expected
    whole = (await client.get("/api/v1/pilotage/indicators/I18?period=2025..2026&by=year", headers=_as("team"))).json()
    assert whole["divisor"] == {"2025": 1607, "2026": 1600}
    later = {**order, "value": "1500", "valid_from": "2026-07-01"}
    assert (await client.post("/api/v1/pilotage/parameters", json=later, headers=_as("team"))).status_code == 201
    assert await catch_up(runtime.pool, runtime.state["replica"])
    split = (await client.get("/api/v1/pilotage/indicators/I18?period=2026&by=quarter", headers=_as("team"))).json()
    alone = (await client.get("/api/v1/pilotage/indicators/I18?period=2026-Q1..2026-Q4", headers=_as("team"))).json()
    assert split["divisor"] == alone["divisor"] == {"2026-Q1": 1600, "2026-Q2": 1600, "2026-Q3": 1500, "2026-Q4": 1500}
    assert [cell["value"] for cell in split["cells"]] == [cell["value"] for cell in alone["cells"]]
    listed = (await client.get("/api/v1/pilotage/parameters", headers=_as("coordinator93"))).json()["items"]
    assert ("full_time_hours", "1600", "2026-01-01") in {(one["name"], one["value"], one["valid_from"]) for one in listed}


async def test_what_nobody_collects_says_so(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/v1/pilotage/indicators/I30?period=2025", headers=_as("team"))).json()
    assert found["cells"] == [{"value": None, "status": "nc"}]
    assert "non collectée" in found["reason"]


FACILITATOR = UUID(int=21)
_CONTRACT = """
    insert into contracts (contract_uid, revision, number, object, buyer_siret, buyer_name, buyer_id, facilitator_id, department, starts_on,
        ends_on, hours_committed, has_clause)
    values ($1, 1, $2, 'Objet fictif', '21930048500013', 'Ville de Fictive', $3, $4, $5, $6, $7, $8, true)
"""


async def _contract(pool: Pool, number: int, department: str, hours: int, facilitator: UUID | None = None) -> None:
    days = date(2026, 1, 1), date(2026, 12, 31)
    await pool.execute(_CONTRACT, UUID(int=900 + number), f"M-{number}", ORGANISATION, facilitator, department, *days, hours)


async def test_the_working_page_names_what_is_late_and_who_is_silent(client: httpx.AsyncClient, runtime: Runtime, pool: Pool) -> None:
    await _contract(pool, 1, "93", 5_000, FACILITATOR)
    await _contract(pool, 2, "94", 4_000, FACILITATOR)
    await pool.execute("insert into registry_organisations values ($1, '13000766900018', 'PLIE Fictif', 'PLIE', '93')", FACILITATOR)
    await load(pool, runtime.state["replica"])
    shown = (await client.get("/pilotage", headers=_as("coordinator93"))).text
    assert "M-1" in shown
    assert "M-2" not in shown, "a contract of another department"
    assert "PLIE Fictif" in shown
    assert "4\u202f452" in shown, "5,000 hours, 325 of 365 days over"
    declarant = (await client.get("/pilotage", headers=_as("declarant"))).text
    assert "M-1" in declarant
    assert "Déclarants silencieux" not in declarant
    await pool.execute(
        "update facts set contract_uid = $1, period_start = '2026-08-01', department = '93' where line_id = $2", UUID(int=901), UUID(int=1)
    )
    await load(pool, runtime.state["replica"])
    assert "PLIE Fictif" not in (await client.get("/pilotage", headers=_as("coordinator93"))).text


async def test_a_silence_is_announced_once(runtime: Runtime, pool: Pool) -> None:
    await _contract(pool, 1, "93", 5_000, FACILITATOR)
    await _contract(pool, 2, "93", 4_000, FACILITATOR)
    await _contract(pool, 3, "94", 4_000)
    assert await silence_noticed.look(runtime) == 2
    assert await silence_noticed.look(runtime) == 0
    rows = await pool.fetch("select convert_from(value, 'UTF8')::jsonb as said from outbox where topic = 'indicators' order by seq")
    told = {(row["said"]["department"], row["said"]["organisation_id"], row["said"]["contracts"], row["said"]["since"]) for row in rows}
    assert told == {("93", str(FACILITATOR), 2, "2026-07-01"), ("94", str(ORGANISATION), 1, "2026-07-01")}
    await load(pool, runtime.state["replica"])
    quarter = silences.quarter_due(date(2026, 11, 22), 45)
    of_the_page, _ = await runtime.state["replica"].ask(lambda asked: silent(asked, quarter))
    async with pool.acquire() as connection:
        assert of_the_page == await silences.silent(connection, quarter, DEPARTMENTS), "the page names whom the task announces"
    await pool.execute("delete from silences")
    await pool.execute("insert into nothing_declared values ($1, $2, '2026-07-01', 3)", UUID(int=902), FACILITATOR)
    assert await silence_noticed.look(runtime) == 1
