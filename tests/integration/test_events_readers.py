"""Who only reads a department, before or after coordinating it, sees its pages without the buttons that are not theirs."""

from __future__ import annotations

import re
from datetime import date

import httpx

from kit import api_keys, registry
from schemas.directory import ApiKeyRecorded
from tests.integration.coordinators import coordinator
from tests.integration.events_house import House
from tests.integration.openmap_house import FORM, someone
from tests.integration.papers_house import MEETING, PDF
from tests.integration.polls_house import POLLS, QUESTION

EVENT = {
    **FORM, "kind": "EVENEMENT_DEPARTEMENTAL", "department": "93", "pitch_criteria": "Capacité", "programme.1.kind": "RDV_BILATERAL",
    "programme.1.capacity": "40", "programme.1.travel_minutes": "",
}  # fmt: skip
ACTION = {"title": "Réunir les bailleurs", "due": "2027-03-01", "department": "93"}
OWN = re.compile(r"/(calendriers|deconnexion|session)")
"""What everybody may do for themselves."""


async def predecessor(events: House) -> None:
    """A key of somebody who coordinated the 93 until last week."""
    person = await coordinator(events, "Awa", "93")
    events.keys["predecessor"] = api_keys.new("predecessor")
    key = ApiKeyRecorded(
        key_id="predecessor",
        sha256=api_keys.sha256_of(events.keys["predecessor"]),
        name="Awa Fictive",
        roles=("coordinator",),
        person_id=person,
    )
    async with events.pool.acquire() as connection:
        await connection.execute("update registry_mandates set ends_on = $1 where ends_on is null", date(2026, 12, 28))
        await registry.record(connection, key)


async def filled(team: httpx.AsyncClient, anybody: httpx.AsyncClient) -> list[str]:
    """Something of everything in the 93; the pages that show it."""
    meeting = (await team.post("/api/v1/meetings", json=MEETING)).json()
    seat = {
        "session": meeting["sessions"][0]["id"],
        "name": "Zoé Fictive",
        "email": "z@exemple.test",
        "organisation": "Régie",
        "role": "SIAE",
    }
    assert (await anybody.post(f"/agenda/{meeting['id']}/inscription", data=seat)).status_code == 303
    papers = f"/agenda/{meeting['id']}/documents"
    assert (await team.post(f"{papers}/fichiers", files={"file": ("a.pdf", PDF)})).status_code == 303
    base = (await team.post("/openmap/nouvelle", data=EVENT)).headers["location"].removesuffix("/organisation")
    assert (await team.post(f"{base}/publier")).status_code == 303
    sessions = re.findall(r'name="session\.([0-9a-f-]+)"', (await anybody.get(f"{base}/inscription")).text)
    for number in range(4):
        who = someone(number, sessions[1], role="BUYER" if number < 2 else "SIAE")
        assert (await anybody.post(f"{base}/inscription", data=who)).status_code == 303
    assert (await team.post(f"{base}/rencontres", data={"tables": "2"})).status_code == 303
    guest = {"organisation": "Régie fictive", "email": "regie@exemple.fr"}
    assert (await team.post(f"{base}/inviter/ajouter", data=guest)).status_code == 303
    poll = (await team.post(POLLS, json={**QUESTION, "department": "93"})).json()["id"]
    action = (await team.post("/api/v1/governance/actions", json=ACTION)).json()["id"]
    assert (await team.post("/diagnostic/2027/envoyer", data={"answer_by": "2027-03-01"})).status_code == 303
    return [
        "/agenda", f"/agenda/{meeting['id']}", f"/agenda/{meeting['id']}/inscrits", papers, "/openmap", base, f"{base}/organisation",
        f"{base}/inviter", f"{base}/pitchs", f"{base}/rencontres", f"{base}/suites", f"{base}/accueil/liste", "/sondages", f"/sondages/{poll}",
        "/gouvernance", "/gouvernance/actions", f"/gouvernance/actions/{action}", "/diagnostic", "/diagnostic/2027/93", "/ateliers", "/presence",
        "/calendriers",
    ]  # fmt: skip


async def offered(client: httpx.AsyncClient, path: str) -> set[str]:
    """The addresses that the page's buttons post to, and its links to forms of something to change or to add."""
    text = (await client.get(path)).text
    posts = set(re.findall(r'<form method="post" action="([^"]+)"', text)) | (
        {path} if re.search(r'<form method="post" (?!action)', text) else set()
    )
    links = set(re.findall(r'href="([^"]*/(?:modifier|nouvelle|nouveau|accueil|transmettre)(?:\?[^"]*)?)"', text))
    return {each for each in posts | links if not OWN.match(each)}


async def test_a_predecessor_reads_everything_and_is_offered_nothing_that_is_refused(events: House) -> None:
    await predecessor(events)
    async with (
        events.client() as team,
        events.client(None) as anybody,
        events.client("predecessor") as reader,
        events.client("coordinator93") as own,
    ):
        for path in await filled(team, anybody):
            assert (await reader.get(path)).status_code == 200, path
            for action in await offered(reader, path):
                answer = await reader.get(action) if action.endswith(("nouvelle", "modifier")) else await reader.post(action)
                assert answer.status_code != 403, f"{path} offers {action}"
            if path.startswith(("/openmap/", "/agenda/", "/sondages/")) and not path.endswith("/liste"):
                assert await offered(own, path) or path.endswith(("/inscrits", "/pitchs")), f"who coordinates today finds buttons on {path}"


async def test_a_form_says_before_it_is_filled_in_that_one_only_reads(events: House) -> None:
    await predecessor(events)
    async with events.client() as team, events.client(None) as anybody, events.client("predecessor") as reader:
        pages = await filled(team, anybody)
        base = next(path for path in pages if path.endswith("/organisation")).removesuffix("/organisation")
        for path in (
            f"{pages[1]}/modifier",
            f"{base}/modifier",
            f"{base}/accueil",
            "/agenda/nouvelle",
            "/openmap/nouvelle",
            "/sondages/nouveau",
        ):
            told = await reader.get(path)
            assert told.status_code == 403, path
            assert "Vous lisez ce département, sans pouvoir y agir" in told.text.replace("\u00a0", " ")
        assert (await reader.post(f"{pages[1]}/annuler", data={"cancel_reason": "x"})).status_code == 403
