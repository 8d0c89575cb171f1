"""What the network does over a year, as people would: a handover, the letter, an Openmap, a semester of ateliers, the diagnostic. Fictional."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit import registry
from kit.postgres import open_pool
from schemas.contracts import ContractDeclared, Procurement
from schemas.directory import MandateRecorded, PersonRecorded
from schemas.vocabulary.places import DEPARTMENTS
from services.events.store import contracts
from services.notify import schedule
from tests.fixtures.databases import MakeDatabase
from tests.integration import notify_house, test_notify_handover
from tests.integration.events_house import House
from tests.integration.openmap_house import BASE, published, sessions_of, someone
from tests.reading import plain

FIRST_OF_OCTOBER = date(2029, 10, 1)
NAMES = ("Awa", "Bruno", "Chloé", "Driss", "Élise", "Farid", "Gaëlle", "Hugo")


@pytest.fixture
async def network(database: MakeDatabase) -> AsyncIterator[notify_house.House]:
    pool = await open_pool((await database("notify")).rows, size=6, application_name="test")
    post = notify_house.Post()
    server = await post.open()
    yield notify_house.House(pool, post)
    server.close()
    await pool.close()


def spoken(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


async def test_scene_5_a_handover_on_1_october_is_one_mail_and_three_ateliers(network: notify_house.House) -> None:
    """92 changes structure and person, 91 the structure only, 93 has an interim « jusqu'à début 2030 »."""
    pool, post = network.pool, network.post
    network.clock.now = datetime(2029, 9, 3, 9, tzinfo=UTC)
    people = {name: await network.person(name) for name in ("anne", "bruno", "chloe", "driss", "elise")}

    async def mandate(who: str, department: str, structure: str, siret: str, starts: date, **more: Any) -> UUID:
        return await test_notify_handover.mandate(
            network, people[who], starts, structure=structure, siret=siret, department=department, **more
        )

    old = date(2028, 1, 1)
    first = {
        "92": await mandate("anne", "92", "Maison fictive de l’emploi", "21920001600011", old),
        "91": await mandate("chloe", "91", "PLIE fictif de l’Essonne", "21910001600012", old),
        "93": await mandate("driss", "93", "Département fictif", "21930001600013", old),
    }
    for number, (department, place) in enumerate(
        [("92", "Nanterre"), ("92", "Colombes"), ("92", "Sceaux"), ("91", "PLIE fictif de l’Essonne, Évry")]
    ):
        await network.tell(notify_house.planned(day=date(2029, 10, 9 + number), department=department, place=place, meeting_id=uuid4()))
    await network.send()
    await mandate("anne", "92", "Maison fictive de l’emploi", "21920001600011", old, mandate_id=first["92"], ends_on=FIRST_OF_OCTOBER)
    await mandate("bruno", "92", "GIP fictif", "21920001600029", FIRST_OF_OCTOBER)
    await mandate("chloe", "91", "PLIE fictif de l’Essonne", "21910001600012", old, mandate_id=first["91"], ends_on=FIRST_OF_OCTOBER)
    await mandate("chloe", "91", "Commune fictive", "21910001600020", FIRST_OF_OCTOBER)
    await mandate("driss", "93", "Département fictif", "21930001600013", old, mandate_id=first["93"], ends_on=FIRST_OF_OCTOBER)
    await mandate(
        "elise", "93", "Département fictif", "21930001600013", FIRST_OF_OCTOBER, interim=True, ends_text="jusqu’à début 2030",
        supposed_end=date(2030, 1, 31),
    )  # fmt: skip
    await network.send()
    bruno = post.events("bruno@exemple.test")
    assert [event[0] for event in bruno] == ["REQUEST"] * 3, "three ateliers are in the successor's calendar at once"
    assert sorted(event[1] for event in post.events("anne@exemple.test") if event[0] == "CANCEL") == sorted(event[1] for event in bruno)
    for day in (14, 17, 18):
        network.clock.now = datetime(2029, 9, day, 6, 1, tzinfo=UTC)
        async with pool.acquire() as connection, connection.transaction():
            await schedule.by_the_clock(connection, network.clock())
        await network.send(rounds=2)

    def told(name: str) -> list[str]:
        found = []
        for mail in post.mails(f"{name}@exemple.test"):
            if "Coordination du" in str(mail["subject"]):
                body = mail.get_body(("plain",))
                assert body is not None
                found.append(spoken(body.get_content()))
        return found

    assert [len(told(name)) for name in ("bruno", "chloe", "elise")] == [1, 1, 1], "one mail each"
    assert "3 ateliers (9 octobre, 10 octobre, 11 octobre)" in told("bruno")[0]
    assert "Lieu à reconfirmer, puisque la structure change : 12 octobre." in plain(told("chloe")[0])
    assert "jusqu’à début 2030" in told("elise")[0]


async def coordinations(events: House) -> None:
    async with events.pool.acquire() as connection:
        for name, (department, label) in zip(NAMES, DEPARTMENTS.items(), strict=True):
            person = PersonRecorded(
                person_id=uuid4(), first_name=name, name="Fictive", email=f"{department}@exemple.test", roles=("coordinator",)
            )
            await registry.record(connection, person)
            said = {"mandate_id": uuid4(), "department": department, "structure_id": uuid4(), "structure_siret": "12345678200010"}
            first = MandateRecorded.model_validate(
                {**said, "structure_name": f"PLIE fictif ({label})", "person_id": person.person_id, "starts_on": date(2026, 1, 1)}
            )
            await registry.record(connection, first)


async def test_scene_6_the_letter_is_written_from_what_changed(events: House) -> None:
    await coordinations(events)
    async with events.pool.acquire() as connection:
        await connection.execute("update registry_mandates set ends_on = '2026-10-01' where department in ('91', '92')")
        for department, structure, name in (("92", "GIP fictif", "Inès"), ("91", "Commune fictive", "Driss")):
            person = await connection.fetchval("select person_id from registry_people where first_name = $1", name)
            if person is None:
                person = uuid4()
                newcomer = PersonRecorded(person_id=person, first_name=name, name="Fictive", email="i@exemple.test", roles=("coordinator",))
                await registry.record(connection, newcomer)
            await registry.record(connection, MandateRecorded(
                mandate_id=uuid4(), department=department, structure_id=uuid4(), structure_siret="12345678200028", structure_name=structure,
                person_id=person, starts_on=date(2026, 10, 1),
            ))  # fmt: skip
    async with events.client() as team:
        await team.post("/api/v1/governance/milestones", json={"title": "Première version en ligne", "due_on": "2027-03-31"})
        letter = spoken((await team.get("/lettre-de-rentree?depuis=2026-09-01")).text)
        assert "la coordination des Hauts-de-Seine passe de PLIE fictif (Hauts-de-Seine) à GIP fictif ; Inès Fictive succède à" in plain(
            letter
        )
        assert (
            "la coordination de l’Essonne est portée par Commune fictive (avant : PLIE fictif (Essonne)) ; Driss Fictive continue."
            in plain(letter)
        )
        assert "Première version en ligne : prévu le 31 mars 2027." in plain(letter)
        text = re.search(r"<textarea[^>]*>(.*?)</textarea>", letter, re.DOTALL)
        assert text
        taken = await team.post("/lettre-de-rentree/docx", data={"text": text[1] + "\nÀ très vite."})
        assert taken.headers["content-type"].endswith("wordprocessingml.document")


async def test_scene_7_an_openmap_on_landscape_trades(events: House) -> None:
    """« Qui inviter » with « fin inconnue », a visit that is full, the waiting list that promotes, tables on paper."""
    async with events.pool.acquire() as connection:
        for number, ends_on in enumerate((date(2027, 9, 1), None, date(2031, 1, 1))):
            await contracts.record(connection, ContractDeclared(
                contract_uid=UUID(int=number + 1), revision=1, number=f"2026-{number}", object="Entretien d’espaces verts",
                buyer_siret=f"2175000{number}60001{number}", buyer_name=f"Ville fictive {number}", department="93", ends_on=ends_on,
                procurement=Procurement(revision=1, decp_id=f"D{number}", cpv="77310000"),
            ))  # fmt: skip
    meet = {"programme.2.name": "Rencontres", "programme.2.kind": "RDV_BILATERAL", "programme.2.capacity": "40"}
    await published(events, **meet)
    async with events.client() as team, events.client(None) as anybody:
        await team.post(f"{BASE}/inviter/chercher")
        guests = (await team.get(f"{BASE}/inviter")).text
        assert "Ville fictive 0" in guests
        assert "(fin inconnue)" in guests
        assert "Ville fictive 2" not in guests, "it ends in more than a year"
        talk, visit, tables = await sessions_of(anybody)
        own = [
            (await anybody.post(f"{BASE}/inscription", data=someone(n, talk, visit, role="BUYER" if n < 2 else "SIAE"))).headers["location"]
            for n in range(4)
        ]
        assert re.search("attente.{0,30}1", spoken((await anybody.get(own[2])).text), re.DOTALL)
        assert "complet" in (await anybody.get(BASE)).text
        seat = re.search(r'action="([^"]+/places/[^"]+/annuler)"', (await anybody.get(own[0])).text)
        assert seat
        for found in re.findall(r'action="([^"]+/places/[^"]+/annuler)"', (await anybody.get(own[0])).text):
            await anybody.post(found)
        promoted = [message for message in await events.announced() if message["type"] == "RegistrationPromoted"]
        assert [message["email"] for message in promoted] == ["p2@exemple.test"]
        matched = [
            (await anybody.post(f"{BASE}/inscription", data=someone(n, tables, role="BUYER" if n < 12 else "SIAE", organisation=f"Structure {n}"))).headers["location"]
            for n in range(10, 16)
        ]  # fmt: skip
        wish = matched[5].split("/")[3]
        await anybody.post(f"{matched[0]}/rencontres/{wish}", data={"wanted": "oui"})
        assert (await team.post(f"{BASE}/rencontres", data={"tables": "2"})).status_code == 303
        assert "meilleur planning possible" in (await team.get(f"{BASE}/rencontres")).text
        sheets = (await team.get(f"{BASE}/rencontres/imprimer")).text
        assert sheets.count('class="sheet"') == 6


async def test_scene_8_a_semester_of_24_ateliers_evens_the_presence_map_out(events: House) -> None:
    await coordinations(events)
    events.clock.now = datetime(2027, 8, 2, 9, tzinfo=UTC)
    rooms = "\n".join(f"Salle de {label} ; {code} ; 25" for code, label in DEPARTMENTS.items())
    typed = {
        "title": "Ateliers du 2e semestre 2027", "kind": "ATELIER", "starts_on": "2027-08-30", "ends_on": "2027-12-17", "expected": "20",
        "theme.ETT": "oui", "theme.REPRISE_PERSONNEL": "oui", "theme.BAILLEURS": "oui", "weekday.1": "oui", "weekday.3": "oui",
        "half.MORNING": "oui", "half.AFTERNOON": "oui", "spacing": "3", "per_week": "4", "rooms": rooms,
        "animators": "Camille Fictive ; 75\nDominique Exemple ; 93\nLéa Inventée ; 78", **{f"department.{code}": "oui" for code in DEPARTMENTS},
    }  # fmt: skip
    async with events.client() as team:
        assert "0 rencontre tenue, 0 prévue. Écart" in spoken((await team.get("/presence?semestre=2027-S2")).text)
        made = await team.post("/ateliers/nouveau", data=typed)
        assert made.status_code == 303, made.text
        where = made.headers["location"]
        page = spoken((await team.get(where)).text)
        assert "24 réunions placées sur 24" in page
        assert "optimum prouvé" in page
        why = (await team.get(f"{where}?atelier=ETT-93&semaine=2027-W44")).text
        assert "Cette semaine n’est pas possible" in why
        assert "Vacances de la Toussaint (zone C)" in why
        pinned = await team.post(f"{where}/epingler", data={"revision": "1", "atelier": "ETT-93", "day": "2027-11-16", "half": "MORNING"})
        assert pinned.status_code == 303, pinned.text
        page = spoken((await team.get(where)).text)
        assert "minimum prouvé" in page
        plan = (await team.get(where.replace("/ateliers/plans", "/api/v1/ateliers/plans"))).json()
        placed = {p["atelier"]: p for p in plan["placements"]}
        assert (placed["ETT-93"]["day"], placed["ETT-93"]["half"]) == ("2027-11-16", "MORNING")
        assert (await team.post(f"{where}/accepter", data={"revision": str(plan["revision"])})).status_code == 303
        map_ = spoken((await team.get("/presence?semestre=2027-S2")).text)
        assert "0 rencontre tenue, 24 prévues. Écart entre le département le plus et le moins visité : 0." in plain(map_)


async def test_scene_9_eight_answers_become_an_event_in_two_clicks(events: House) -> None:
    await coordinations(events)
    async with events.client() as team:
        await team.post("/api/v1/diagnostics/2027", json={"answer_by": "2027-03-01"})
        for department in DEPARTMENTS:
            answer = await team.put(
                f"/api/v1/diagnostics/2027/{department}/answers/evenement_filiere", json={"value": "Nettoyage"}, headers={"If-Match": '"0"'}
            )
            assert answer.status_code == 200, answer.text
        side_by_side = (await team.get("/diagnostic/2027")).text
        links = re.findall(r'href="(/openmap/nouvelle\?type=EVENEMENT_DEPARTEMENTAL&amp;diagnostic=[^"]+)"', side_by_side)
        assert len(links) == 8
        form = (await team.get(links[5].replace("&amp;", "&"))).text  # first click: 93
        typed = dict(re.findall(r'<input [^>]*name="([^"]+)"[^>]*? value="([^"]*)"', form))
        typed |= {"kind": "EVENEMENT_DEPARTEMENTAL", "half": "MORNING", "department": "93"}
        typed |= dict(
            zip([f"programme.{row}.kind" for row in range(8)], re.findall(r'<option value="(\w+)" selected', form)[1:], strict=False)
        )
        made = await team.post("/openmap/nouvelle", data=typed)  # second click
        assert made.status_code == 303, made.text
        assert "Entreprises × ESS : Nettoyage" in plain((await team.get("/diagnostic/2027")).text)
