"""The inbox, the local mailbox, the answer to an invitation: as a script and as a person asks for them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from kit.freshness import Freshness
from kit.identity import Identity
from kit.outgoing import Fetcher, refusal
from kit.postgres import open_pool
from kit.service import app
from kit.settings import Settings
from services.notify.app import create
from tests.fixtures.databases import MakeDatabase
from tests.integration.notify_house import House, Post, corrected, counted, declared, planned
from tests.integration.notify_site import Site, key, open_site
from tests.reading import plain

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture
async def site(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site((await database("notify")).rows, tmp_path) as found:
        yield found


async def test_the_inbox_is_the_coordinations_own(site: Site) -> None:
    await site.house.mandate(await site.house.person("anne"), date(2028, 1, 1))
    for number in ("D-2028-000001", "D-2028-000002"):
        await site.house.tell(declared(number))
        await site.house.tell(counted(number))
    assert (await site.get("/api/v1/coordination/inbox")).status_code == 401
    assert (await site.get("/api/v1/coordination/inbox?about=%00", "coordinator")).status_code == 422
    assert (await site.get("/api/v1/coordination/inbox", "neighbour")).json() == {"items": [], "next": None}
    assert (await site.get("/api/v1/coordination/inbox", "team")).json()["items"] == []
    page = (await site.get("/api/v1/coordination/inbox?limit=1", "coordinator")).json()
    [item] = page["items"]
    assert {name: item[name] for name in ("kind", "about", "department", "done")} == {
        "kind": "FILING_COUNTED", "about": "D-2028-000002", "department": "93", "done": False,
    }  # fmt: skip
    after = (await site.get(f"/api/v1/coordination/inbox?after={page['next']}", "coordinator")).json()
    assert ([i["about"] for i in after["items"]], after["next"]) == (["D-2028-000001"], None)
    where = f"/api/v1/coordination/inbox/{item['id']}"
    assert (await site.post(where, "neighbour", json={"done": True})).status_code == 404
    assert (await site.post(where, "coordinator", json={"done": True})).json()["done"] is True
    open_ones = (await site.get("/api/v1/coordination/inbox?state=open", "coordinator")).json()["items"]
    assert [i["about"] for i in open_ones] == ["D-2028-000001"]


async def test_the_inbox_page_marks_as_done_without_javascript(site: Site) -> None:
    await site.house.mandate(await site.house.person("anne"), date(2028, 1, 1))
    await site.house.tell(declared())
    await site.house.tell(counted())
    page = await site.get("/coordination", "coordinator", page=True)
    assert page.status_code == 200
    assert "Déclaration D-2028-000456 comptée : 159,18 h" in plain(page.text)
    assert "Données fictives" in page.text
    [action] = re.findall(r'action="(/coordination/[0-9a-f-]{36})"', page.text)
    done = await site.post(action, "coordinator", page=True, data={"action": "traite"})
    assert (done.status_code, done.headers["location"]) == (303, "/coordination")
    assert "Rien à traiter" in (await site.get("/coordination", "coordinator", page=True)).text
    assert "Rouvrir" in (await site.get("/coordination?vue=tout", "coordinator", page=True)).text
    assert (await site.get("/coordination", page=True)).status_code == 303


async def test_each_item_leads_to_its_page_and_what_was_counted_is_done_in_one_step(site: Site) -> None:
    await site.house.mandate(await site.house.person("anne"), date(2028, 1, 1))
    numbers = [f"D-2028-00000{n}" for n in range(1, 6)]
    for number in numbers:
        await site.house.tell(declared(number))
        await site.house.tell(counted(number))
    await site.house.tell(corrected(numbers[0], 2, 200))
    await site.house.tell(counted(numbers[0], 2, before=100, after=200))
    await site.house.tell(planned())
    page = (await site.get("/coordination", "coordinator", page=True)).text
    for path in (f"/declarer/{numbers[4]}", f"/declarer/{numbers[0]}/versions", f"/agenda/{planned().meeting_id}"):
        assert f'href="{path}"' in page
    assert "les 5 déclarations comptées" in page
    assert (await site.post("/coordination/comptees", "neighbour", page=True)).status_code == 303
    assert "les 5 déclarations comptées" in (await site.get("/coordination", "coordinator", page=True)).text
    await site.post("/coordination/comptees", "coordinator", page=True)
    open_ones = (await site.get("/api/v1/coordination/inbox?state=open", "coordinator")).json()["items"]
    assert sorted(item["kind"] for item in open_ones) == ["FILING_CORRECTED", "MEETING_INVITATION"]


async def test_the_local_mailbox_shows_what_was_sent(site: Site) -> None:
    await site.house.mandate(await site.house.person("anne"), date(2028, 1, 1))
    meeting = planned()
    await site.house.tell(meeting)
    await site.house.send()
    assert (await site.get("/api/v1/mailbox")).status_code == 401
    assert (await site.get("/api/v1/mailbox", "coordinator")).status_code == 403
    [item] = (await site.get(f"/api/v1/mailbox?to=ANNE@exemple.test&about={meeting.meeting_id}", "team")).json()["items"]
    assert item["to"] == "anne@exemple.test"
    assert (await site.get("/api/v1/mailbox?to=nne@exemple.test", "team")).json()["items"] == [], "the whole address"
    raw = await site.get(f"/api/v1/mailbox/{item['id']}/raw", "team")
    assert raw.headers["content-type"] == "message/rfc822"
    assert raw.content.startswith(b"Content-Type: multipart/mixed")
    listed = await site.get("/boite-locale", page=True)
    assert f"/boite-locale/{item['id']}" in listed.text
    shown = await site.get(f"/boite-locale/{item['id']}", page=True)
    assert shown.status_code == 200
    assert 'sandbox="allow-popups' in shown.text
    assert "REQUEST – Invitation" in shown.text
    assert "allow-scripts" not in shown.text
    assert "default-src 'self'" in shown.headers["content-security-policy"]
    assert (await site.get(f"/boite-locale/{uuid4()}", page=True)).status_code == 404


async def test_outside_a_local_run_there_is_no_mailbox(database: MakeDatabase) -> None:
    made = app(create(Settings(service="notify", smtp="smtp://relay.test")))
    house = House((await open_pool((await database("notify")).rows, size=2, application_name="test")), Post())
    made.state.runtime = house.runtime(smtp="smtp://relay.test")
    made.state.runtime.identity = Identity(house.pool, Freshness(owner=True), house.clock)
    team = await key(house, "team")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://127.0.0.1") as client:
        for path in ("/api/v1/mailbox", f"/api/v1/mailbox/{uuid4()}/raw", "/boite-locale"):
            assert (await client.get(path, headers={"Authorization": f"Bearer {team}"})).status_code == 404
    await house.pool.close()


async def test_an_answer_reaches_the_team_and_a_mail_scanner_answers_nothing(site: Site) -> None:
    await site.house.mandate(await site.house.person("anne"), date(2028, 1, 1))
    await site.house.tell(planned())
    await site.house.send()
    [secret] = [row["secret"] for row in await site.house.rows("secret is not null")]
    where = f"/coordination/reponse/{secret}"
    page = await site.get(f"{where}?r=oui", page=True)
    assert page.status_code == 200
    assert "Je viens" in page.text
    assert await site.house.rows("kind = 'MEETING_ANSWER'") == []
    assert (await site.post(where, page=True, data={"reponse": "peut-être"})).status_code == 422
    for _ in range(2):
        assert (await site.post(where, page=True, data={"reponse": "oui"})).status_code == 303
    assert "Réponse enregistrée" in (await site.get(where, page=True)).text
    [item] = (await site.get("/api/v1/coordination/inbox", "team")).json()["items"]
    assert item["title"].startswith("Anne Fictive viendra : Atelier « Recours aux ETT »")
    assert (await site.get("/coordination/reponse/nothing", page=True)).status_code == 404


async def test_a_digest_can_be_asked_for_and_ended_with_one_click(site: Site) -> None:
    await site.house.mandate(await site.house.person("anne"), date(2028, 1, 1))
    await site.house.tell(declared())
    await site.house.tell(counted())
    assert (await site.post("/api/v1/coordination/digest", "coordinator")).status_code == 403
    site.house.clock.forward(seconds=1)
    assert (await site.post("/api/v1/coordination/digest", "team")).json() == {"mails": 1}
    await site.house.send()
    assert len((await site.get("/api/v1/mailbox?about=D-2028-000456", "team")).json()["items"]) == 1
    [secret] = [row["secret"] for row in await site.house.rows("secret is not null")]
    assert "Ne plus le recevoir" in (await site.get(f"/desabonnement/{secret}", page=True)).text
    stopped = await site.post(f"/desabonnement/{secret}", data={"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    assert await site.house.pool.fetchval("select frequency from preferences where subject = 'FILINGS'") == "never"


async def test_the_file_of_a_handover_is_one_page_and_one_calendar(site: Site) -> None:
    await site.house.mandate(await site.house.person("anne"), date(2028, 1, 1))
    await site.house.tell(planned())
    answer = await site.get("/coordination/passation?departement=93", "team", page=True)
    assert answer.status_code == 200
    assert "Dossier de passation : Seine-Saint-Denis (93)" in plain(answer.text)
    assert "Recours aux ETT" in answer.text
    agenda = await site.get("/coordination/passation.ics?departement=93", "team")
    assert agenda.headers["content-type"].startswith("text/calendar")
    assert f"UID:{planned().meeting_id}@macs" in agenda.text
    assert "METHOD:PUBLISH" in agenda.text
    assert "ATTENDEE" not in agenda.text
    assert (await site.get("/coordination/passation?departement=93")).status_code == 401
    assert (await site.get("/coordination/passation?departement=94", "team", page=True)).status_code == 404


async def test_a_webhook_is_added_tried_and_its_secret_shown_once(site: Site) -> None:
    site.runtime.state["fetcher"] = Fetcher(
        judge=lambda address: None if address == "127.0.0.2" else refusal(address), resolver=_everywhere
    )
    person = await site.house.person("anne")
    site.keys["anne"] = await key(site.house, "coordinator", person=person)
    where = "/preferences/webhooks"
    assert (await site.get(where, "team", page=True)).status_code == 403, "a key that is no person's"
    for url, said in (("http://10.0.0.1/", "n’est pas acceptée"), ("https://a:b@exemple.test/", "identifiant"), ("ftp://x/", "https://")):
        refused = await site.post(where, "anne", page=True, data={"url": url})
        assert (refused.status_code, said in refused.text) == (422, True)
    made = await site.post(where, "anne", page=True, data={"url": "https://programme.test/macs"})
    [secret] = set(re.findall(r"whsec_[A-Za-z0-9+/=]{44}", made.text))
    listed = (await site.get(where, "anne", page=True)).text
    assert secret not in listed
    [hook] = set(re.findall(r"/preferences/webhooks/[0-9a-f-]{36}", listed))
    assert (await site.get(hook, "team", page=True)).status_code == 403
    site.keys["karim"] = await key(site.house, "coordinator", person=await site.house.person("karim"))
    assert (await site.get(hook, "karim", page=True)).status_code == 404
    tried = await site.post(hook, "anne", page=True, data={"action": "essai"})
    assert (tried.status_code, tried.headers["location"]) == (303, f"{hook}?essai")
    assert "webhook.test" in (await site.get(hook, "anne", page=True)).text
    renewed = (await site.post(hook, "anne", page=True, data={"action": "secret"})).text
    assert "whsec_" in renewed
    assert secret not in renewed
    assert "L’ancien secret signe encore" in (await site.get(hook, "anne", page=True)).text
    await site.post(hook, "anne", page=True, data={"action": "pause"})
    assert "en pause" in (await site.get(hook, "anne", page=True)).text
    await site.post(hook, "anne", page=True, data={"action": "retirer"})
    assert (await site.get(hook, "anne", page=True)).status_code == 404


async def _everywhere(host: str, _port: int) -> list[str]:
    return ["127.0.0.2"] if host.endswith(".test") else [host]
