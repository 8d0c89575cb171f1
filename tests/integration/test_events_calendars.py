"""Calendars, the agenda and the presence map by HTTP on a real database: what is served to whom, until when, and what changed since."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import httpx
from icalendar import Calendar

from kit import api_keys, registry
from kit.consumer import Batch
from kit.consumer.reader import Received
from schemas.directory import ApiKeyRecorded, MandateRecorded, PersonRecorded
from services.events import consumers
from services.events.store import letter
from tests.integration.events_house import House
from tests.reading import plain

MEETING = {
    "kind": "ATELIER", "title": "Recours aux ETT", "theme": "ETT", "department": "93", "starts_at": "2027-01-29T09:30",
    "ends_at": "2027-01-29T12:00", "place": "Bobigny", "answer_by": "2027-01-18",
    "sessions": [{"name": "Atelier", "kind": "ATELIER", "capacity": 25}],
}  # fmt: skip


async def coordinator(events: House, name: str, department: str, starts_on: date, ends_on: date | None = None) -> UUID:
    """Somebody with an account, a mandate, and a key to act by."""
    person = uuid4()
    events.keys[name] = api_keys.new(name)
    key = ApiKeyRecorded(
        key_id=name,
        sha256=api_keys.sha256_of(events.keys[name]),
        name=name,
        roles=("coordinator",),
        departments=(department,),
        person_id=person,
    )
    mandate = MandateRecorded(
        mandate_id=uuid4(), department=department, structure_id=uuid4(), structure_siret="12345678200010", structure_name="PLIE fictif",
        person_id=person, starts_on=starts_on, ends_on=ends_on,
    )  # fmt: skip
    async with events.pool.acquire() as connection:
        await registry.record(
            connection,
            PersonRecorded(person_id=person, first_name=name, name="Fictive", email=f"{name}@exemple.test", roles=("coordinator",)),
        )
        await registry.record(connection, mandate)
        await registry.record(connection, key)
    return person


async def planned(events: House, **change: object) -> str:
    async with events.client() as team:
        answer = await team.post("/api/v1/meetings", json={**MEETING, **change})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


async def address_of(client: httpx.AsyncClient, number: int = 0) -> str:
    return str(re.findall(r'value="http://[^/"]+(/calendriers/[^"]+\.ics)"', (await client.get("/calendriers")).text)[number])


def summaries(content: bytes) -> list[str]:
    return [str(event["summary"]) for event in Calendar.from_ical(content).walk("VEVENT")]


async def test_an_own_calendar_holds_meetings_and_deadlines_and_says_what_changed(events: House) -> None:
    await coordinator(events, "awa", "93", date(2026, 1, 1))
    await planned(events)
    await planned(events, department="77", title="Ailleurs")
    async with events.client("awa") as awa, events.client(None) as software, events.client() as team:
        await team.post("/api/v1/diagnostics/2027", json={"answer_by": "2027-03-01"})
        await team.post("/api/v1/governance/actions", json={"title": "Réunir", "due": "2027-02-01", "department": "93"})
        assert (await awa.post("/calendriers")).status_code == 303
        assert (await awa.post("/calendriers", data={"department": "77"})).status_code == 403
        address = await address_of(awa)
        read = await software.get(address)
        assert read.status_code == 200
        assert summaries(read.content) == [
            "Recours aux ETT", "Date limite – Répondre : Recours aux ETT", "Date limite – Action : Réunir", "Date limite – Fiche diagnostic 2027 à transmettre",
        ]  # fmt: skip
        text = read.text
        assert "METHOD:PUBLISH" in text
        assert "ATTENDEE" not in text
        assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in text
        assert read.headers["cache-control"].startswith("private")
        events.clock.now += timedelta(hours=2)
        for given in (read.headers["etag"], f"W/{read.headers['etag']}", f'"x", {read.headers["etag"]}'):
            assert (await software.get(address, headers={"If-None-Match": given})).status_code == 304
        await planned(events, title="Encore un")
        fresh = await software.get(address, headers={"If-None-Match": read.headers["etag"]})
        assert fresh.status_code == 200
        assert "Encore un" in fresh.text
        assert (await software.get(address.replace(".ics", "x.ics"))).status_code == 404
        assert (await software.get(f"/calendriers/{uuid4()}/abc.ics")).status_code == 404


async def test_an_address_is_changed_or_revoked_at_once_by_its_owner_alone(events: House) -> None:
    await coordinator(events, "awa", "93", date(2026, 1, 1))
    await coordinator(events, "bruno", "92", date(2026, 1, 1))
    async with events.client("awa") as awa, events.client("bruno") as bruno, events.client(None) as software:
        await awa.post("/calendriers", data={"department": "93"})
        first = await address_of(awa)
        await awa.post("/calendriers", data={"department": "93"})
        second = await address_of(awa)
        assert first != second
        assert (await software.get(first)).status_code == 410
        assert (await software.get(second)).status_code == 200
        feed = second.split("/")[2]
        assert (await bruno.post(f"/calendriers/{feed}/revoquer")).status_code == 404
        assert (await software.post(f"/calendriers/{feed}/revoquer")).status_code == 401
        assert (await awa.post(f"/calendriers/{feed}/revoquer")).status_code == 303
        assert (await software.get(second)).status_code == 410
    async with events.client("team") as keyed, events.client(None) as anybody:
        assert (await keyed.post("/calendriers")).status_code == 403, "a key without a person"
        assert (await anybody.get("/calendriers")).status_code == 200


async def test_a_departments_address_ends_with_the_mandate(events: House) -> None:
    await coordinator(events, "awa", "93", date(2026, 1, 1), date(2027, 1, 10))
    await coordinator(events, "bruno", "93", date(2027, 1, 10))
    await planned(events)
    await planned(events, title="Avant", starts_at="2027-01-08T09:30", ends_at="2027-01-08T11:00", answer_by=None)
    async with events.client("awa") as awa, events.client("bruno") as bruno, events.client(None) as software:
        await awa.post("/calendriers", data={"department": "93"})
        await awa.post("/calendriers")
        own, department = await address_of(awa, 0), await address_of(awa, 1)
        assert (await software.get(department)).status_code == 200
        assert summaries((await software.get(own)).content) == ["Avant"], "the meeting after the handover is the successor's"
        events.clock.now = datetime(2027, 1, 9, 23, 30, tzinfo=UTC)  # past midnight in Paris
        assert (await software.get(department)).status_code == 410
        assert "ne répond plus" in (await awa.get("/calendriers")).text
        await bruno.post("/calendriers")
        assert "Recours aux ETT" in summaries((await software.get(await address_of(bruno))).content)


async def test_the_public_agenda_is_filtered_and_wrong_filters_are_refused(events: House) -> None:
    await planned(events)
    await planned(
        events,
        kind="GT_THEMATIQUE",
        theme="BAILLEURS",
        department="77",
        title="Bailleurs",
        starts_at="2027-02-05T14:00",
        ends_at="2027-02-05T16:00",
        answer_by=None,
    )
    async with events.client(None) as anybody:
        feed = await anybody.get("/api/v1/agenda.ics?theme=ETT")
        assert summaries(feed.content) == ["Recours aux ETT", "Date limite – Répondre : Recours aux ETT"]
        assert feed.headers["cache-control"] == "public, max-age=300"
        wrong = await anybody.get("/api/v1/agenda.ics?department=13&kind=FETE")
        assert wrong.status_code == 422
        assert {error["column"] for error in wrong.json()["errors"]} == {"department", "kind"}
        page = (await anybody.get("/agenda?departement=77&theme=BAILLEURS&type=GT_THEMATIQUE")).text
        assert "Bailleurs</a>" in page
        assert "Recours aux ETT</a>" not in page
        month = (await anybody.get("/agenda?vue=mois&mois=2027-01&departement=93")).text
        assert 'datetime="2027-01-29"' in month
        assert "Recours aux ETT</a>" in month
        assert "departement=93&amp;vue=mois&amp;mois=2027-02" in month
        assert "Aucune réunion ce mois-ci" in (await anybody.get("/agenda?vue=mois&mois=2028-02")).text
        assert (await anybody.get("/agenda?vue=mois&mois=2027-99")).status_code == 200
        events.clock.now = datetime(2027, 3, 1, 9, tzinfo=UTC)
        past = (await anybody.get("/agenda?vue=passees")).text
        assert past.index("Bailleurs</a>") < past.index("Recours aux ETT</a>"), "the last one first"


async def test_a_meeting_is_described_for_machines_without_a_way_out_of_the_block(events: House) -> None:
    meeting = await planned(events, title="Atelier </script><script>alert(1)</script>", access="Métro « Bobigny »")
    async with events.client(None) as anybody:
        page = (await anybody.get(f"/agenda/{meeting}")).text
    assert "<script>alert" not in page
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert block
    said = json.loads(block[1])
    assert said["@type"] == "Event"
    assert said["startDate"] == "2027-01-29T09:30:00+01:00"
    assert said["name"] == "Atelier </script><script>alert(1)</script>"
    assert said["eventStatus"] == "https://schema.org/EventScheduled"


async def test_the_presence_map_counts_people_once_and_days_since(events: House) -> None:
    first, second = (
        await planned(events),
        await planned(events, title="Suite", starts_at="2027-02-12T09:30", ends_at="2027-02-12T12:00", answer_by=None),
    )
    await planned(events, department="77", title="À venir", starts_at="2027-06-10T09:30", ends_at="2027-06-10T12:00", answer_by=None)
    async with events.client(None) as anybody, events.client() as team, events.client("coordinator93") as coordinator93:
        for meeting, people in ((first, ("a", "b")), (second, ("a", "A", "c"))):
            session = (await anybody.get(f"/api/v1/meetings/{meeting}")).json()["sessions"][0]["id"]
            for name in people:
                body = {"name": f"Personne {name}", "email": f"{name}@exemple.test", "organisation": "Commune fictive", "role": "BUYER"}
                await anybody.post(
                    f"/api/v1/meetings/{meeting}/sessions/{session}/registrations", json=body, headers={"Idempotency-Key": str(uuid4())}
                )
        events.clock.now = datetime(2027, 3, 1, 9, tzinfo=UTC)
        page = (await coordinator93.get("/presence")).text.replace("\u00a0", " ")
        row = re.search(r'departement=93">Seine-Saint-Denis</a></th>(.*?)</tr>', page, re.DOTALL)
        assert row
        assert re.findall(r'class="number">(\d+)<', row[1]) == ["2", "0", "3", "0"], "three addresses, whatever their case"
        assert "il y a 17 jours" in row[1]
        assert page.count("jamais</span>") == 7
        assert page.count('<path class="band-') == 12, "eight departments and the loupe"
        past = (await team.get("/presence?semestre=2026-S2")).text
        assert "0\u00a0rencontre tenue" in past
        assert (await team.get("/presence?semestre=été")).status_code == 422
        assert (await anybody.get("/presence")).status_code == 401


async def test_the_letter_is_written_from_the_annuaire_and_taken_home(events: House) -> None:
    await coordinator(events, "awa", "93", date(2026, 1, 1), date(2026, 11, 1))
    await coordinator(events, "bruno", "93", date(2026, 11, 1))
    elise, farid = uuid4(), uuid4()

    async def said(*people: PersonRecorded) -> None:
        records = [Received(person, person.key(), "directory", 0, at, str(person.id), "", None, b"") for at, person in enumerate(people)]
        async with events.pool.acquire() as connection, connection.transaction():
            await consumers.apply_team(connection, Batch(records, {}))

    async def person(who: UUID, name: str, day: date, *, team: bool = True) -> None:
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        await said(
            PersonRecorded(
                person_id=who,
                first_name=name,
                name="Fictive",
                email=f"{name}@exemple.test",
                roles=("team",) if team else (),
                occurred_at=at,
            )
        )

    await person(elise, "Élise", date(2026, 1, 5))
    await person(farid, "Farid", date(2026, 1, 5))
    await person(farid, "Farid", date(2026, 12, 1), team=False)
    await person(farid, "Farid", date(2026, 12, 1), team=False)  # read twice
    await planned(events)
    async with events.client() as team, events.client("coordinator93") as coordinator93:
        assert (await coordinator93.get("/lettre-de-rentree")).status_code == 403
        page = (await team.get("/lettre-de-rentree")).text.replace("\u00a0", " ")
        assert "bruno Fictive succède à awa Fictive à la coordination de la Seine-Saint-Denis" in page
        assert "Farid Fictive a quitté l’équipe." in page
        assert "L’équipe aujourd’hui : Élise Fictive." in plain(page)
        assert "9 h 30 : Recours aux ETT, Bobigny (Seine-Saint-Denis)." in plain(page)
        for bad in ("demain", "2099-01-01"):
            assert (await team.get(f"/lettre-de-rentree?depuis={bad}")).status_code == 422
        text = await team.post("/lettre-de-rentree/txt", data={"text": "Bonjour\r\nà tous"})
        assert text.content == "Bonjour\nà tous".encode()
        assert (await team.post("/lettre-de-rentree/docx", data={"text": "Bonjour"})).content[:2] == b"PK"
        assert (await team.post("/lettre-de-rentree/pdf", data={"text": "Bonjour"})).status_code == 404
    assert len(await letter.team(events.pool)) == 2


async def test_a_meeting_across_midnight_stands_on_both_days_also_on_29_february(events: House) -> None:
    await planned(events, title="Nuit", starts_at="2028-02-29T22:00", ends_at="2028-03-01T01:00", answer_by=None)
    await planned(events, title="Minuit", starts_at="2028-02-28T20:00", ends_at="2028-02-29T00:00", answer_by=None)
    async with events.client(None) as anybody:
        february = (await anybody.get("/agenda?vue=mois&mois=2028-02")).text
        march = (await anybody.get("/agenda?vue=mois&mois=2028-03")).text
    days = dict(re.findall(r'datetime="(2028-\d\d-\d\d)">(.*?)</li>(?=<li class="day|</ol>)', february, re.DOTALL))
    assert len(days) == 29
    assert "Nuit</a>" in days["2028-02-29"]
    assert "Minuit</a>" not in days["2028-02-29"], "it ends when the day begins"
    assert "Nuit</a>" in march
    assert "22 h 00" not in march.replace("\u00a0", " "), "it began the day before"


async def test_a_meeting_moved_into_a_clash_says_so_to_its_organiser(events: House) -> None:
    first = await planned(events)
    second = await planned(
        events, title="Bailleurs", theme="BAILLEURS", starts_at="2027-01-28T09:30", ends_at="2027-01-28T12:00", answer_by=None
    )
    body = {
        **MEETING,
        "title": "Bailleurs",
        "theme": "BAILLEURS",
        "starts_at": "2027-01-29T11:00",
        "ends_at": "2027-01-29T12:30",
        "answer_by": None,
    }
    async with events.client("coordinator93") as own, events.client(None) as anybody:
        assert "attendue ailleurs" not in (await own.get(f"/agenda/{second}")).text
        kept = await own.get(f"/api/v1/meetings/{second}")
        body["sessions"] = kept.json()["sessions"]
        moved = await own.put(f"/api/v1/meetings/{second}", json=body, headers={"If-Match": kept.headers["etag"]})
        assert moved.status_code == 200, moved.text
        page = (await own.get(f"/agenda/{second}")).text
        assert "La même coordination est attendue ailleurs à la même heure" in page
        assert f'href="/agenda/{first}"' in page
        assert "attendue ailleurs" not in (await anybody.get(f"/agenda/{second}")).text
