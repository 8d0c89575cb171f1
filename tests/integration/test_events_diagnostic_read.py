"""The diagnostic read: questions by year, eight answers side by side and taken home, what follows from them."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import UTC, date, datetime

import docx
import openpyxl

from schemas.indicators import EditionPublished, FiguresMoved
from services.events.consumers import indicators_reader
from services.events.store import figures
from tests.integration.diagnostic_house import API, FORM, moved, sent
from tests.integration.events_house import House
from tests.reading import plain


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
