"""The diagnostic form by HTTP on a real database: sent, filled in by two people, handed in, read, compared, followed up."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import docx
import httpx
import openpyxl
import pytest

from kit import registry
from schemas.directory import MandateRecorded, PersonRecorded
from schemas.indicators import EditionPublished, FiguresMoved
from services.events import diagnosing
from services.events.consumers import indicators_reader
from services.events.store import figures
from tests.integration.events_house import House, house
from tests.reading import plain

FORM = "/diagnostic/2027/93"
API = "/api/v1/diagnostics/2027"


@pytest.fixture
async def events(events_database: str) -> AsyncIterator[House]:
    async with house(events_database) as found:
        yield found


async def moved(events: House, **change: object) -> None:
    known = {"department": "93", "year": 2026, "centihours": 1_248_050, "persons": 51, "women": 20, "contracts": 14, "fte": "7.77"}
    async with events.pool.acquire() as connection, connection.transaction():
        await figures.record(connection, FiguresMoved.model_validate({**known, "occurred_at": events.clock(), **change}))


async def sent(events: House) -> None:
    async with events.client() as team:
        answer = await team.post(API, json={"answer_by": "2027-03-01"})
        assert answer.status_code == 201, answer.text


async def revision_of(client: httpx.AsyncClient, key: str) -> str:
    found = re.search(rf'name="r.{key}" value="(\d+)"', (await client.get(FORM)).text)
    assert found
    return found[1]


async def test_it_is_sent_once_to_eight_and_filled_in_with_what_is_known(events: House) -> None:
    person, organisation = uuid4(), uuid4()
    async with events.pool.acquire() as connection:
        await registry.record(
            connection, PersonRecorded(person_id=person, first_name="Awa", name="Fictive", email="awa@exemple.test", roles=("coordinator",))
        )
        mandate = MandateRecorded(
            mandate_id=uuid4(), department="93", structure_id=organisation, structure_siret="12345678200010", structure_name="PLIE fictif",
            person_id=person, starts_on=date(2026, 1, 1),
        )  # fmt: skip
        await registry.record(connection, mandate)
    await moved(events)
    await moved(events, centihours=5, occurred_at=events.clock() - timedelta(hours=1))  # late: older than what is known
    await sent(events)
    await sent(events)
    said = await events.announced()
    assert [message["type"] for message in said] == ["DiagnosticRequested"] * 8
    assert said[0]["page"] == "/diagnostic/2027/75"
    async with events.client("coordinator93") as coordinator, events.client("coordinator77") as other:
        page = (await coordinator.get(FORM)).text
        assert 'value="12480,5"' in page
        assert 'value="PLIE fictif"' in page
        assert "awa@exemple.test" in page
        assert "Prérempli d’après l’observatoire, 2026" in page
        assert (await other.get(FORM)).status_code == 403
        assert (await other.get("/diagnostic/2027/77")).status_code == 200
        form = (await coordinator.get(f"{API}/93")).json()
        assert form["answers"]["heures"] == {
            "value": "12480.5",
            "revision": 0,
            "by": "observatoire",
            "at": "2027-01-04T09:00:00Z",
            "prefilled": True,
        }
        await moved(events, persons=60, occurred_at=events.clock() + timedelta(hours=1))
        assert (await coordinator.get(f"{API}/93")).json()["answers"]["beneficiaires"]["value"] == "60", (
            "it follows while nobody has answered"
        )


async def test_each_field_is_saved_by_itself_and_a_wrong_one_says_why(events: House) -> None:
    await sent(events)
    async with events.client("coordinator93") as coordinator:
        saved = await coordinator.post(
            f"{FORM}/reponses/moyens", data={"a.moyens": "Un  départ\r\nUne arrivée", "r.moyens": "0", "editor": str(uuid4())}
        )
        assert saved.status_code == 200
        assert "enregistré à 10:00" in saved.text
        assert 'name="r.moyens" value="1"' in saved.text
        wrong = await coordinator.post(
            f"{FORM}/reponses/etp_facilitateurs", data={"a.etp_facilitateurs": "deux", "r.etp_facilitateurs": "0"}
        )
        assert wrong.status_code == 422
        assert "Un nombre est attendu" in wrong.text
        right = await coordinator.post(
            f"{FORM}/reponses/etp_facilitateurs", data={"a.etp_facilitateurs": "1 002,50", "r.etp_facilitateurs": "0"}
        )
        assert right.status_code == 200
        assert 'value="1002,5"' in (await coordinator.get(FORM)).text
        chosen = {"a.difficultes.0": "oui", "a.difficultes.3": "oui", "r.difficultes": "0"}
        assert (await coordinator.post(f"{FORM}/reponses/difficultes", data=chosen)).status_code == 200
        answers = (await coordinator.get(f"{API}/93")).json()["answers"]
        assert answers["difficultes"]["value"] == "Recours aux ETT\nMobilité"
        assert answers["moyens"]["value"] == "Un  départ\nUne arrivée"
        assert (await coordinator.post(f"{FORM}/reponses/rien", data={})).status_code == 404
        hostile = "<script>alert(1)</script>\u202e{{7*7}}"
        await coordinator.post(f"{FORM}/reponses/commentaires", data={"a.commentaires": hostile, "r.commentaires": "0"})
        page = (await coordinator.get(FORM)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


async def test_two_people_at_once_lose_nothing(events: House) -> None:
    await sent(events)
    mine, theirs = str(uuid4()), str(uuid4())
    async with events.client("coordinator93") as coordinator, events.client() as team:
        field = f"{FORM}/reponses/moyens"
        assert (await coordinator.post(field, data={"a.moyens": "Version A", "r.moyens": "0", "editor": mine})).status_code == 200
        clash = await team.post(field, data={"a.moyens": "Version B", "r.moyens": "0", "editor": theirs})
        assert clash.status_code == 412
        assert "Version A" in clash.text
        assert "Version B" in clash.text
        assert "coordinator93" in clash.text
        overtaken = await coordinator.post(field, data={"a.moyens": "Version A bis", "r.moyens": "0", "editor": mine})
        assert overtaken.status_code == 200, "one opened page never contradicts itself"
        assert (await team.post(field, data={"a.moyens": "Version A bis", "r.moyens": "0", "editor": theirs})).status_code == 200, (
            "they agree"
        )
        both = await team.post(field, data={"value": "A et B", "revision": "2", "block": "oui", "editor": theirs})
        assert both.status_code == 200
        assert ">A et B</textarea>" in both.text
        # as a whole form, without JavaScript: the untouched field is no conflict, the touched one comes back with both values
        stale = {"a.moyens": "Version A bis", "r.moyens": "2", "a.commentaires": "Bonjour", "r.commentaires": "0", "editor": mine}
        assert (await coordinator.post(FORM, data=stale)).status_code == 303
        refused = await coordinator.post(FORM, data={**stale, "a.moyens": "Version C"})
        assert refused.status_code == 412
        assert "A et B" in refused.text
        assert "Version C" in refused.text
        kept = await coordinator.post(FORM, data={"r.moyens": "3", "pick.moyens": "both", "both.moyens": "A, B et C", "editor": mine})
        assert kept.status_code == 303
        answers = (await team.get(f"{API}/93")).json()["answers"]
        assert answers["moyens"]["value"] == "A, B et C"
        assert answers["commentaires"]["value"] == "Bonjour"
    past = await events.pool.fetch("select value from diagnostic_answers where question = 'moyens' order by revision")
    assert [row["value"] for row in past] == ["Version A", "Version A bis", "A et B", "A, B et C"]


async def test_the_interface_wants_the_revision_and_shows_what_stands(events: House) -> None:
    await sent(events)
    async with events.client("coordinator93") as coordinator, events.client("coordinator77") as other, events.client(None) as anybody:
        at = f"{API}/93/answers/moyens"
        assert (await coordinator.put(at, json={"value": "A"})).status_code == 428
        assert (await coordinator.put(at, json={"value": "A"}, headers={"If-Match": "neuf"})).status_code == 412
        first = await coordinator.put(at, json={"value": "A"}, headers={"If-Match": '"0"'})
        assert first.headers["etag"] == '"1"'
        stale = await coordinator.put(at, json={"value": "B"}, headers={"If-Match": '"0"'})
        assert stale.status_code == 412
        assert stale.json()["current"]["value"] == "A"
        assert stale.json()["yours"] == "B"
        ahead = await coordinator.put(at, json={"value": "B"}, headers={"If-Match": '"7"'})
        assert ahead.status_code == 412
        assert (await other.put(at, json={"value": "B"}, headers={"If-Match": '"1"'})).status_code == 403
        assert (await anybody.get(f"{API}/93")).status_code == 401
        assert (await coordinator.get(f"{API}/13")).status_code == 404
        assert (await coordinator.get("/api/v1/diagnostics/1066/93")).status_code == 404
        assert (await coordinator.get("/api/v1/diagnostics/2026/93")).status_code == 404
        assert (await coordinator.post(API, json={"answer_by": "2027-03-01"})).status_code == 403
        wrong = await coordinator.put(f"{API}/93/answers/difficultes", json={"value": "La pluie"}, headers={"If-Match": '"0"'})
        assert wrong.status_code == 422
        assert wrong.json()["errors"][0]["example"] == "Recours aux ETT"
    async with events.client() as team:
        for day in ("2027-01-03", "2029-01-01"):
            assert (await team.post(API, json={"answer_by": day})).status_code == 422
        assert (await team.post("/api/v1/diagnostics/2031", json={"answer_by": "2027-03-01"})).status_code == 422
        assert [item["department"] for item in (await team.get("/api/v1/diagnostics?year=2027")).json()["items"]] == [
            "75", "77", "78", "91", "92", "93", "94", "95",
        ]  # fmt: skip


async def test_its_states_are_told_and_a_closed_form_does_not_change(events: House) -> None:
    await moved(events)
    await sent(events)
    async with events.client("coordinator93") as coordinator, events.client() as team:
        await coordinator.post(f"{FORM}/reponses/moyens", data={"a.moyens": "A", "r.moyens": "0"})
        assert await diagnosing.tell_progress_once(events.runtime) == 0, "not before ten minutes"
        events.clock.now += timedelta(minutes=11)
        assert await diagnosing.tell_progress_once(events.runtime) == 1
        assert await diagnosing.tell_progress_once(events.runtime) == 0
        assert "sans réponse" in (await coordinator.get(f"{FORM}/transmettre")).text
        for _ in range(2):
            assert (await coordinator.post(f"{FORM}/transmettre")).status_code == 303
        late = await coordinator.post(f"{FORM}/reponses/moyens", data={"a.moyens": "B", "r.moyens": "1"})
        assert late.status_code == 409
        assert "Non enregistré" in late.text
        assert (await coordinator.post(f"{FORM}/relire")).status_code == 403
        await moved(events, centihours=9, occurred_at=events.clock())
        assert "12\u202f480,5" in (await coordinator.get(FORM)).text, "what was handed in stands"
        assert (await team.post(f"{FORM}/relire", data={"comment": "Merci"})).status_code == 303
        assert (await coordinator.post(f"{FORM}/rouvrir")).status_code == 409
        assert (await team.post(f"{FORM}/rouvrir", data={"comment": "Complétez les contacts"})).status_code == 303
        assert "Complétez les contacts" in (await coordinator.get(FORM)).text
        assert (await team.post("/diagnostic/2027/77/relancer")).status_code == 303
    said = [message for message in await events.announced() if message["department"] in {"93", "77"}][2:]
    assert [message["type"] for message in said] == [
        "DiagnosticProgressed", "DiagnosticSubmitted", "DiagnosticReviewed", "DiagnosticRequested", "DiagnosticRequested",
    ]  # fmt: skip
    assert [message["revision"] for message in said] == [2, 3, 4, 5, 2]
    assert said[2]["comment"] == "Merci"
    assert said[3]["reminder"] is True
    assert said[4]["department"] == "77"
    assert said[0]["progress"] > 0


async def test_questions_belong_to_their_year(events: House) -> None:
    async with events.client() as team, events.client("coordinator93") as coordinator:
        assert (await coordinator.get("/diagnostic/2027/questions")).status_code == 403
        page = (await team.get("/diagnostic/2027/questions")).text
        fields = {
            "version": "0", "s.0.title": "Une partie", "s.0.q.0.key": "moyens", "s.0.q.0.label": "Vos moyens", "s.0.q.0.kind": "TEXT",
            "s.0.q.1.label": "Votre priorité ?", "s.0.q.1.kind": "CHOICE", "s.0.q.1.options": "Emploi\nFormation", "s.1.title": "",
        }  # fmt: skip
        assert "Structure porteuse et moyens" in page
        refused = await team.post("/diagnostic/2027/questions", data={**fields, "s.0.q.1.options": "Seul"})
        assert refused.status_code == 422
        assert "de 2 à 40 choix" in refused.text
        assert (await team.post("/diagnostic/2027/questions", data=fields)).status_code == 303
        assert (await team.post("/diagnostic/2027/questions", data=fields)).status_code == 412, "written meanwhile"
        assert (await team.post("/diagnostic/2027/envoyer", data={"answer_by": "demain"})).status_code == 422
        assert (await team.post("/diagnostic/2027/envoyer", data={"answer_by": "2027-03-01"})).status_code == 303
        closed = await team.post("/diagnostic/2027/questions", data={**fields, "version": "1"})
        assert closed.status_code == 409
        form = (await coordinator.get(f"{API}/93")).json()
        assert [question["key"] for question in form["sections"][0]["questions"]] == ["moyens", "votre_priorite"]
        assert form["version"] == 1
        await coordinator.put(f"{API}/93/answers/moyens", json={"value": "Deux personnes"}, headers={"If-Match": '"0"'})
        events.clock.now = datetime(2028, 1, 10, 9, tzinfo=UTC)
        assert "Vos moyens" in (await team.get("/diagnostic/2028/questions")).text, "the next year starts from the last"
        assert (await team.post("/diagnostic/2028/envoyer", data={"answer_by": "2028-03-01"})).status_code == 303
        assert "Deux personnes" in (await coordinator.get("/diagnostic/2028/93")).text, "last year's answer is shown"


async def test_eight_answers_side_by_side_and_taken_home(events: House) -> None:
    await moved(events)
    await sent(events)
    async with events.client("coordinator93") as coordinator, events.client() as team:
        for key, value in {
            "contacts": "=cmd|'/c calc'!A1",
            "evenement_filiere": "Espaces verts",
            "offre_absente": "Nettoyage\nBâtiment",
        }.items():
            await coordinator.put(f"{API}/93/answers/{key}", json={"value": value}, headers={"If-Match": '"0"'})
        page = (await team.get("/diagnostic/2027")).text
        assert page.count('<th scope="col"><a href="/diagnostic/2027/') == 8
        assert "<li>Bâtiment</li><li>Nettoyage</li>" in page
        narrow = (await team.get("/diagnostic/2027?departement=93&departement=77&partie=5")).text
        assert narrow.count('<th scope="col"><a href="/diagnostic/2027/') == 2
        assert "Acheteurs actifs" not in narrow
        assert (await coordinator.get("/diagnostic/2027")).status_code == 303
        book = openpyxl.load_workbook(io.BytesIO((await team.get("/diagnostic/2027/comparaison.xlsx")).content))
        rows = {row[0]: row for row in book.worksheets[0].iter_rows(values_only=True)}
        assert rows["Question"][1:] == (
            "Paris",
            "Seine-et-Marne",
            "Yvelines",
            "Essonne",
            "Hauts-de-Seine",
            "Seine-Saint-Denis",
            "Val-de-Marne",
            "Val-d’Oise",
        )
        assert rows["Contacts"][6] == "'=cmd|'/c calc'!A1"
        assert rows["Heures réalisées"][6] == 12480.5
        text = docx.Document(io.BytesIO((await coordinator.get(f"{FORM}/fiche.docx")).content))
        words = [paragraph.text for paragraph in text.paragraphs]
        assert "☒ Nettoyage" in words
        assert "☐ Restauration" in words
        both = docx.Document(io.BytesIO((await team.get("/diagnostic/2027/comparaison.docx")).content))
        assert len(both.tables[0].columns) == 9
        assert (await team.get("/diagnostic/2027/comparaison.csv")).status_code == 404
        assert (await coordinator.get("/diagnostic/2027/comparaison.xlsx")).status_code == 403


async def test_a_departments_event_in_two_clicks(events: House) -> None:
    await sent(events)
    async with events.client("coordinator93") as coordinator, events.client() as team, events.client("coordinator77") as other:
        for key, value in {"evenement_filiere": "Espaces verts", "evenement_lieu": "Ferme fictive, Bobigny"}.items():
            await coordinator.put(f"{API}/93/answers/{key}", json={"value": value}, headers={"If-Match": '"0"'})
        comparison = (await team.get("/diagnostic/2027?departement=93")).text
        first = re.search(r'href="(/openmap/nouvelle\?type=EVENEMENT_DEPARTEMENTAL&amp;diagnostic=[^"]+)"', comparison)
        assert first
        form = (await team.get(first[1].replace("&amp;", "&"))).text  # first click
        assert (await other.get(first[1].replace("&amp;", "&"))).status_code == 403
        typed = dict(re.findall(r'<input [^>]*name="([^"]+)"[^>]*? value="([^"]*)"', form))
        typed |= {"kind": "EVENEMENT_DEPARTEMENTAL", "half": "MORNING", "department": "93"}
        typed |= dict(
            zip([f"programme.{row}.kind" for row in range(8)], re.findall(r'<option value="(\w+)" selected', form)[1:], strict=False)
        )
        assert typed["trade"] == "Espaces verts"
        made = await team.post("/openmap/nouvelle", data=typed)  # second click
        assert made.status_code == 303, made.text
        after = (await team.get("/diagnostic/2027?departement=93")).text
        assert "Entreprises × ESS : Espaces verts" in plain(after)
        assert (await other.post("/openmap/nouvelle", data={**typed, "department": "77"})).status_code == 403, "another department's form"
        assert (await team.get("/openmap/nouvelle?diagnostic=rien")).status_code == 404
    assert await events.pool.fetchval("select count(*) from openmap_editions where diagnostic_id is not null") == 1


async def test_what_the_observatory_announces_is_kept_once(events: House) -> None:
    from kit.consumer import Batch
    from kit.consumer.reader import Received

    reader = indicators_reader()
    messages = [
        EditionPublished(release="2026-3", figures_until=date(2026, 9, 30), cells=1200, hidden=40),
        FiguresMoved(department="75", year=2026, centihours=100, persons=1, women=0, contracts=1, fte="0.01"),
    ]
    records = [Received(message, message.key(), "indicators", 0, at, str(message.id), "", None, b"") for at, message in enumerate(messages)]
    for _ in range(2):
        async with events.pool.acquire() as connection, connection.transaction():
            await reader.apply(connection, Batch(records, {}))
    assert [release.release for release in await figures.releases(events.pool)] == ["2026-3"]
    assert (await figures.of_year(events.pool, 2026))["75"].centihours == 100
    counted = Counter(
        row["tablename"] for row in await events.pool.fetch("select tablename from pg_tables where tablename in ('figures', 'releases')")
    )
    assert counted == {"figures": 1, "releases": 1}
