"""Accounts on a real database: links by mail, sessions, keys, what each of them announces."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from kit import api_keys, sessions
from services.directory import app as service
from services.directory import consumers
from tests.fixtures.databases import MakeDatabase
from tests.integration.directory_house import OPERATOR, House, open_house

NORA = "benamar@exemple.test"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def house(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(await database("directory"), tmp_path) as found:
        yield found


async def who(browser: httpx.AsyncClient) -> httpx.Response:
    return await browser.get("/api/v1/session", headers={"Accept": "application/json"})


async def test_a_link_is_looked_at_freely_and_used_once(house: House) -> None:
    await house.person("Benamar", "coordinator")
    await house.http.post("/connexion", data={"email": NORA.upper(), "suite": "/annuaire/93"})
    link = await house.mailbox.link_of(NORA)
    for _ in range(3):  # scanners of mail open links
        assert (await house.get(link)).status_code == 200
    token = link.partition("jeton=")[2]
    entered = await house.http.post("/connexion/lien", data={"jeton": token})
    assert (entered.status_code, entered.headers["location"]) == (303, "/annuaire/93")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    house.http.cookies.clear()
    assert (await house.http.post("/connexion/lien", data={"jeton": token})).status_code == 410
    assert (await house.get(link)).status_code == 410
    assert token not in json.dumps([dict(row) for row in await house.pool.fetch("select * from login_links")], default=str)
    assert not [row for row in await house.pool.fetch("select value from outbox") if token.encode() in (row["value"] or b"")]


async def test_a_link_lasts_fifteen_minutes(house: House) -> None:
    await house.person("Benamar")
    await house.http.post("/connexion", data={"email": NORA})
    token = (await house.mailbox.link_of(NORA)).partition("jeton=")[2]
    house.clock.forward(minutes=15, seconds=1)
    assert (await house.http.post("/connexion/lien", data={"jeton": token})).status_code == 410


async def test_known_and_unknown_addresses_get_the_same_answers_and_the_same_limit(house: House) -> None:
    await house.person("Benamar")
    seen = {address: [await _asked(house, address) for _ in range(7)] for address in (NORA, "personne@exemple.test")}
    known, unknown = seen.values()
    assert known == unknown
    assert [status for status, _ in known] == [303] * 5 + [429] * 2
    assert len(house.mailbox.mails) == 5
    house.clock.forward(hours=1, seconds=1)
    assert (await _asked(house, NORA))[0] == 303


async def _asked(house: House, address: str) -> tuple[int, str]:
    answer = await house.http.post("/connexion", data={"email": address})
    return answer.status_code, answer.text.replace(address, "")


async def test_of_two_uses_at_once_of_one_link_one_opens_a_session(house: House) -> None:
    await house.person("Benamar")
    await house.http.post("/connexion", data={"email": NORA})
    token = (await house.mailbox.link_of(NORA)).partition("jeton=")[2]
    answers = await asyncio.gather(*(house.http.post("/connexion/lien", data={"jeton": token}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410, 410]


async def test_a_session_says_role_and_todays_departments(house: House) -> None:
    structure, person = await house.organisation(), await house.person("Benamar", "coordinator")
    await house.mandate(structure, person, "2018-01-01")
    async with house.signed_in(NORA) as browser:
        found = (await who(browser)).json()
        assert (found["roles"], found["departments"], found["person"]) == (["coordinator"], ["93"], str(person))


async def test_a_session_says_what_is_read_before_and_after_a_mandate(house: House) -> None:
    structure, person = await house.organisation(), await house.person("Benamar", "coordinator")
    today = house.clock.now.date()
    await house.mandate(structure, person, str(today + timedelta(days=14)))
    async with house.signed_in(NORA) as browser:
        found = (await who(browser)).json()
        assert (found["departments"], found["reads"]) == ([], ["93"])


async def test_a_page_renews_an_expired_token_and_comes_back(house: House) -> None:
    await house.person("Benamar", "coordinator")
    async with house.signed_in(NORA) as browser:
        before = browser.cookies[sessions.COOKIE]
        house.clock.forward(minutes=11)
        assert (await who(browser)).status_code == 401
        sent = await browser.get("/annuaire?on=2018-10-01")
        assert (sent.status_code, sent.headers["location"]) == (303, "/api/v1/session/renew?next=/annuaire%3Fon%3D2018-10-01")
        renewed = await browser.get(sent.headers["location"])
        assert (renewed.status_code, renewed.headers["location"]) == (303, "/annuaire?on=2018-10-01")
        assert browser.cookies[sessions.COOKIE] != before
        assert (await who(browser)).status_code == 200


async def test_what_was_typed_is_carried_through_the_renewal(house: House) -> None:
    """A form left open for a quarter of an hour is sent once more by the browser itself, with the fresh token."""
    await house.person("Benamar", "team")
    async with house.signed_in(NORA) as browser:
        house.clock.forward(minutes=16)
        sent = await browser.post("/annuaire/mandats/nouveau?departement=93", data={"person": "é & co"}, headers=OWN)
        assert (sent.status_code, sent.headers["cache-control"]) == (307, "no-store")
        assert sent.headers["location"] == "/api/v1/session/renew?next=/annuaire/mandats/nouveau%3Fdepartement%3D93"
        renewed = await browser.post(sent.headers["location"], data={"person": "é & co"}, headers=OWN)
        assert (renewed.status_code, renewed.headers["location"]) == (307, "/annuaire/mandats/nouveau?departement=93")
        assert (await browser.post(renewed.headers["location"], data={"person": "é & co"}, headers=OWN)).status_code == 422


async def test_what_was_typed_after_the_session_waits_in_the_page(house: House) -> None:
    typed = {"person": 'é & "co"', "departments": ["92", "93"]}
    page = await house.http.post("/annuaire/mandats/nouveau?departement=93", data=typed, headers={"Accept": "text/html", **OWN})
    assert (page.status_code, page.headers["cache-control"]) == (401, "no-store")
    assert 'action="/annuaire/mandats/nouveau?departement=93"' in page.text
    assert 'name="person" value="é &amp; &#34;co&#34;"' in page.text
    assert page.text.count('name="departments"') == 2
    for elsewhere in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://exemple.test"}, {}):
        foreign = await house.http.post("/annuaire/mandats/nouveau", data=typed, headers={"Accept": "text/html", **elsewhere})
        assert (foreign.status_code, "é &amp;" in foreign.text) == (401, False), "another site's words are not the reader's"


async def test_a_browser_that_goes_back_is_not_sent_round_in_circles(house: House) -> None:
    """Of its own cache it takes what is old, too: a redirection that it kept would lead to itself."""
    await house.person("Benamar", "coordinator")
    async with house.signed_in(NORA) as browser:
        house.clock.forward(minutes=11)
        assert (await browser.get("/annuaire")).headers["cache-control"] == "no-store"
    asked = await house.http.get("/annuaire/organisations?q=vert", headers={"Accept": "text/html"})
    assert asked.headers["location"] == "/connexion?suite=/annuaire/organisations%3Fq%3Dvert"
    assert asked.headers["cache-control"] == "no-store"


async def test_the_team_reads_the_list_of_organisations(house: House) -> None:
    await house.person("Benamar", "team")
    await house.organisation(name="Ville fictive")
    async with house.signed_in(NORA) as browser:
        page = await browser.get("/annuaire/organisations")
    assert (page.status_code, "Ville fictive" in page.text) == (200, True)


@pytest.mark.parametrize("elsewhere", ["https://exemple.test/", "//exemple.test", "/\\exemple.test"])
async def test_renewal_goes_on_within_the_site_only(house: House, elsewhere: str) -> None:
    answer = await house.http.get("/api/v1/session/renew", params={"next": elsewhere})
    assert answer.headers["location"] == "/"


async def test_leaving_ends_the_session_everywhere(house: House) -> None:
    await house.person("Benamar", "coordinator")
    async with house.signed_in(NORA) as browser:
        token = browser.cookies[sessions.COOKIE]
        assert (await browser.post("/deconnexion")).status_code == 303
        assert sessions.COOKIE not in browser.cookies
    assert len(await house.announced("SessionRevoked")) == 1
    with_token = await house.get("/api/v1/session", key=token)
    assert with_token.status_code == 401
    renewed = await house.http.get("/api/v1/session/renew", headers={"Cookie": f"{sessions.COOKIE}={token}"})
    assert 'macs_session=""' in renewed.headers["set-cookie"]


async def test_an_account_that_ends_takes_its_sessions_and_keys_along(house: House) -> None:
    person = await house.person("Benamar", "coordinator")
    key = (await house.post("/api/v1/keys", {"name": "Sa clé", "roles": ["coordinator"], "person": str(person)})).json()["key"]
    async with house.signed_in(NORA) as browser:
        assert (await house.get("/api/v1/session", key=key)).status_code == 200
        await house.person("Benamar", "coordinator", active=False)
        await asyncio.sleep(1.1)  # what identity remembers of a key, by its contract
        assert (await who(browser)).status_code == 401
        assert (await house.get("/api/v1/session", key=key)).status_code == 401
    house.mailbox.mails.clear()
    assert (await _asked(house, NORA))[0] == 303
    assert house.mailbox.mails == []


async def test_a_key_is_shown_once_stored_as_a_hash_and_revoked(house: House) -> None:
    made = await house.post("/api/v1/keys", {"name": "Logiciel", "roles": ["declarant"], "organisation": str(await house.organisation())})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    key = made.json()["key"]
    assert api_keys.id_of(key) == made.json()["id"]
    stored = await house.pool.fetchval("select sha256 from api_keys where key_id = $1", made.json()["id"])
    assert stored == api_keys.sha256_of(key)
    assert key not in (await house.get("/api/v1/keys", key=OPERATOR)).text
    answer = await house.http.delete(f"/api/v1/keys/{made.json()['id']}", headers={"Authorization": f"Bearer {OPERATOR}"})
    assert answer.status_code == 204
    told = [json.loads(row["value"]) for row in await house.announced("ApiKeyRecorded") if row["key"] == made.json()["id"]]
    assert [message["revoked_at"] is None for message in told] == [True, False]
    again = await house.post("/api/v1/keys", {"id": made.json()["id"], "name": "Logiciel", "roles": ["declarant"]})
    assert again.status_code == 409


async def test_the_team_makes_no_operator(house: House) -> None:
    team = (await house.post("/api/v1/keys", {"name": "Équipe", "roles": ["team"]})).json()["key"]
    assert (await house.post("/api/v1/keys", {"name": "x", "roles": ["operator"]}, key=team)).status_code == 403
    person = {"first_name": "Sacha", "name": "Imbert", "email": "sacha@exemple.test", "roles": ["operator"]}
    assert (await house.post("/api/v1/people", person, key=team)).status_code == 403
    assert (await house.post("/api/v1/people", person)).status_code == 201
    # nor does it take the role away
    assert (await house.post("/api/v1/people", {**person, "roles": []}, key=team)).status_code == 403


async def test_a_replaced_key_file_is_a_rotation_with_two_valid_keys(house: House, tmp_path: Path) -> None:
    await house.person("Benamar", "coordinator")
    async with house.signed_in(NORA) as browser:
        (tmp_path / "session.key").unlink()
        await service.sign(house.runtime)
        told = [json.loads(row["value"]) for row in await house.announced("SigningKeyRecorded")]
        assert [message["not_after"] is None for message in told] == [True, False, True]
        assert told[0]["kid"] == told[1]["kid"] != told[2]["kid"]
        assert (await who(browser)).status_code == 200
        await service.sign(house.runtime)
        assert len(await house.announced("SigningKeyRecorded")) == 3


async def test_the_operators_first_key_is_recorded_once_and_stays_revoked(house: House) -> None:
    assert (await house.get("/api/v1/session", key=OPERATOR)).json()["roles"] == ["operator"]
    await house.http.delete("/api/v1/keys/operator", headers={"Authorization": f"Bearer {OPERATOR}"})
    await service.admit_operator(house.runtime)
    await asyncio.sleep(1.1)
    assert (await house.get("/api/v1/session", key=OPERATOR)).status_code == 401


async def test_pages_of_the_team_ask_others_to_sign_in_or_refuse_them(house: House) -> None:
    await house.person("Benamar", "declarant")
    for path in ("/annuaire/organisations", "/annuaire/mandats/nouveau"):
        answer = await house.http.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/connexion?suite={path}")
    async with house.signed_in(NORA) as browser:
        assert (await browser.get("/annuaire/organisations")).status_code == 403
    for path in ("/connexion", "/connexion/envoye", "/deconnexion", "/annuaire", "/annuaire/93", "/accessibilite", "/mentions"):
        answer = await house.http.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert 'lang="fr"' in answer.text
    assert (await house.http.get("/annuaire/12", headers={"Accept": "text/html"})).status_code == 404


async def test_a_refused_address_is_shown_to_the_team_until_a_mail_goes_through(house: House) -> None:
    from kit.consumer import Batch, Received
    from schemas.deliveries import MessageBounced, MessageSent
    from schemas.identifiers import uuid7

    person = await house.person("Benamar")
    await house.person("Equipe", "team")
    common = {"recipient_id": str(person), "delivery_id": uuid7(), "channel": "mail", "kind": "DIGEST", "about": "D-2018-000456"}

    async def hear(message: MessageSent | MessageBounced) -> None:
        record = Received(message, message.key(), "deliveries", 0, 0, str(message.id), type(message).__name__, None, b"")
        async with house.pool.acquire() as connection, connection.transaction():
            await consumers.apply(connection, Batch([record], {("deliveries", 0): 1}))

    async with house.signed_in("equipe@exemple.test") as browser:
        await hear(MessageBounced.model_validate({**common, "reason": "550 inconnu"}))
        assert "550 inconnu" in (await browser.get("/annuaire")).text
        await hear(MessageSent.model_validate({**common, "sent_at": house.clock()}))
        assert "550 inconnu" not in (await browser.get("/annuaire")).text
