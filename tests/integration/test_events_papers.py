"""Supports, minutes and the attendance sheet of an atelier by HTTP on a real database."""

from __future__ import annotations

from datetime import date

from tests.integration.coordinators import coordinator
from tests.integration.events_house import House
from tests.integration.papers_house import MEETING, PDF
from tests.reading import plain


async def test_supports_and_minutes_are_internal_until_published(events: House) -> None:
    async with events.client("coordinator93") as own, events.client("coordinator77") as other, events.client(None) as anybody:
        meeting = (await own.post("/api/v1/meetings", json=MEETING)).json()["id"]
        page, where = f"/agenda/{meeting}", f"/agenda/{meeting}/documents"
        assert (await other.get(where)).status_code == 403
        assert (await anybody.get(where)).status_code == 401
        for wrong in ("javascript:alert(1)", "http://exemple.test/a", "https://", "https://exemple.test/a b"):
            refused = await own.post(f"{where}/supports", data={"title": "Diapositives", "url": wrong})
            assert refused.status_code == 422, wrong
            assert "commence par https://" in refused.text
        slides = {"title": "Diapositives <b>", "url": "https://exemple.test/d.pdf", "audience": "PUBLIC"}
        assert (await own.post(f"{where}/supports", data=slides)).status_code == 303
        await own.post(f"{where}/supports", data={"title": "Notes", "url": "https://exemple.test/n.odt"})
        first = {"revision": "0", "text": "Présents : 12.", "published": ""}
        assert (await own.post(f"{where}/compte-rendu", data=first)).status_code == 303
        assert "Diapositives &lt;b&gt;" in (await anybody.get(page)).text
        for hidden in ("Notes", "Présents : 12."):
            assert hidden not in plain((await anybody.get(page)).text)
            assert hidden in plain((await own.get(page)).text)
        overtaken = await own.post(f"{where}/compte-rendu", data={"revision": "0", "text": "Présents : 13.", "published": "oui"})
        assert overtaken.status_code == 412
        assert "Présents : 12." in plain(overtaken.text)
        assert "Présents : 13.</textarea>" in overtaken.text
        await own.post(f"{where}/compte-rendu", data={"revision": "1", "text": "Présents : 13.", "published": "oui"})
        assert "Présents : 13." in plain((await anybody.get(page)).text)
        assert (await own.post(f"{where}/compte-rendu", data={"revision": "2", "text": " "})).status_code == 422
        link = (await events.pool.fetchval("select paper_id from meeting_papers where title = 'Diapositives <b>'")) or ""
        assert (await other.post(f"{where}/supports/{link}/retirer")).status_code == 403
        assert (await own.post(f"{where}/supports/{link}/retirer")).status_code == 303
        assert (await own.post(f"{where}/supports/{link}/retirer")).status_code == 404
        assert "d.pdf" not in (await anybody.get(page)).text
        assert "retiré par coordinator93" in (await own.get(where)).text, "what was removed stays in the list"


async def test_a_file_is_read_by_those_it_is_for_and_nobody_else(events: House) -> None:
    async with events.client("coordinator93") as own, events.client("coordinator77") as other, events.client(None) as anybody:
        planned = (await own.post("/api/v1/meetings", json=MEETING)).json()
        meeting, session = planned["id"], planned["sessions"][0]["id"]
        page, where = f"/agenda/{meeting}", f"/agenda/{meeting}/documents"
        for audience in ("NETWORK", "PARTICIPANTS", "PUBLIC"):
            added = await own.post(f"{where}/fichiers", data={"file_audience": audience}, files={"file": (f"été {audience}.pdf", PDF)})
            assert added.status_code == 303, added.text
        assert (await other.post(f"{where}/fichiers", files={"file": ("a.pdf", PDF)})).status_code == 403
        paths = {row["audience"]: f"{where}/fichiers/{row['paper_id']}" for row in await events.pool.fetch("select * from meeting_papers")}
        assert {name: (await anybody.get(path)).status_code for name, path in paths.items()} == {
            "NETWORK": 404, "PARTICIPANTS": 404, "PUBLIC": 200,
        }  # fmt: skip
        assert {(await other.get(path)).status_code for path in paths.values()} == {200}, "the network reads everything"
        assert (await own.get(page)).text.count("(PDF, 1\u00a0ko)") + (await own.get(page)).text.count("(PDF, 1 ko)") == 3
        given = await anybody.get(paths["PUBLIC"])
        assert given.content == PDF
        assert given.headers["content-type"] == "application/pdf"
        assert (
            given.headers["content-disposition"] == "attachment; filename=\"ete PUBLIC.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9%20PUBLIC.pdf"
        )
        assert given.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in given.headers["content-security-policy"]
        assert (await own.get(paths["NETWORK"])).headers["cache-control"] == "private, no-store"
        seat = {"session": session, "name": "Zoé Fictive", "email": "zoe@exemple.test", "organisation": "Régie", "role": "SIAE"}
        mine = (await anybody.post(f"{page}/inscription", data=seat)).headers["location"]
        read = (await anybody.get(mine)).text
        assert "été PARTICIPANTS" in read
        assert "été NETWORK" not in read
        ids = {name: path.rsplit("/", 1)[1] for name, path in paths.items()}
        assert (await anybody.get(f"{mine}/fichiers/{ids['PARTICIPANTS']}")).content == PDF
        assert (await anybody.get(f"{mine}/fichiers/{ids['NETWORK']}")).status_code == 404
        assert (await anybody.get(f"{mine[:-4]}abcd/fichiers/{ids['PUBLIC']}")).status_code == 404
        await anybody.post(f"{mine}/annuler")
        assert (await anybody.get(f"{mine}/fichiers/{ids['PARTICIPANTS']}")).status_code == 404, "the seat was given back"
        assert (await own.post(f"{where}/supports/{ids['PUBLIC']}/retirer")).status_code == 303
        assert (await anybody.get(paths["PUBLIC"])).status_code == 404
        assert await events.pool.fetchval("select count(*) from meeting_paper_contents") == 2, "the content is gone, the line stays"


async def test_a_file_that_cannot_be_kept_is_refused_beside_its_field(events: House) -> None:
    async with events.client("coordinator93") as own:
        where = f"/agenda/{(await own.post('/api/v1/meetings', json=MEETING)).json()['id']}/documents"
        for name, data, said in (
            ("page.html", b"<script>", "n’est pas reconnu"), ("gros.pdf", PDF + b"0" * (20 * 1024 * 1024), "dépasse 20 Mo"), ("", b"", "Choisissez un fichier"),
        ):  # fmt: skip
            refused = await own.post(f"{where}/fichiers", data={"file_title": "Diapositives"}, files={"file": (name or "vide.pdf", data)})
            assert refused.status_code == 422, name
            assert said in refused.text
            assert 'value="Diapositives"' in refused.text, "what was typed is still there"
        beyond = await own.post(f"{where}/fichiers", files={"file": ("enorme.pdf", PDF + b"0" * (23 * 1024 * 1024))})
        assert beyond.status_code == 413
        assert (await own.post(f"{where}/fichiers", data={"file_title": "x" * 201}, files={"file": ("a.pdf", PDF)})).status_code == 422
        for _ in range(20):
            assert (await own.post(f"{where}/fichiers", files={"file": ("a.pdf", PDF)})).status_code == 303
        assert "20 supports au plus" in (await own.post(f"{where}/fichiers", files={"file": ("a.pdf", PDF)})).text


async def test_the_attendance_sheet_names_who_holds_the_mandate_on_that_day(events: House) -> None:
    await coordinator(events, "Awa", "93")
    async with events.pool.acquire() as connection:
        await connection.execute("update registry_mandates set ends_on = $1", date(2027, 1, 15))
    await coordinator(events, "Bruno", "93")
    async with events.pool.acquire() as connection:
        await connection.execute("update registry_mandates set starts_on = $1 where ends_on is null", date(2027, 1, 15))
    async with events.client() as team:
        meeting = (await team.post("/api/v1/meetings", json=MEETING)).json()["id"]
        sheet = (await team.get(f"/agenda/{meeting}/inscrits")).text
        assert "Bruno Fictive" in sheet
        assert "Awa Fictive" not in sheet
        vacant = (await team.post("/api/v1/meetings", json={**MEETING, "department": "78"})).json()["id"]
        assert "Coordination vacante" in (await team.get(f"/agenda/{vacant}/inscrits")).text
