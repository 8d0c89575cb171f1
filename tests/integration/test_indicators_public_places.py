# ruff: noqa: F811  fixtures are taken by their name
"""The public face by place: a department's meetings, the search of a commune, territories."""

from __future__ import annotations

import json
import re
from pathlib import Path
from uuid import uuid4

from kit.consumer import Batch, Received
from schemas.meetings import MeetingCancelled, MeetingMoved, MeetingPlanned
from schemas.topics import MEETINGS
from services.indicators.consumers import meetings
from tests.integration.printed_house import SECRET, House, Told, cells, publish, signed_in
from tests.integration.printed_pages import empty, house  # noqa: F401  fixtures
from tests.reading import plain

EXAMPLE = json.loads((Path(__file__).parents[2] / "schemas/examples/meetings/MeetingPlanned.v1.json").read_text())


def _received(message: MeetingPlanned | MeetingMoved | MeetingCancelled) -> Received:
    return Received(message, message.key(), MEETINGS.name, 0, 0, str(message.id), "", None, b"")


async def _told(house: House, *messages: MeetingPlanned | MeetingMoved | MeetingCancelled) -> None:
    async with house.pool.acquire() as connection, connection.transaction():
        await meetings.apply(connection, Batch([_received(message) for message in messages], {(MEETINGS.name, 0): 1}))


async def test_a_department_announces_its_public_meetings(house: House) -> None:
    atelier = MeetingPlanned.model_validate(EXAMPLE)
    committee = atelier.model_copy(update={"meeting_id": uuid4(), "kind": "COMITE", "title": "Comité de pilotage"})
    regional = atelier.model_copy(update={"meeting_id": uuid4(), "kind": "OPENMAP", "title": "Openmap espaces verts", "department": None})
    over = atelier.model_copy(
        update={
            "meeting_id": uuid4(),
            "title": "Atelier passé",
            "starts_at": atelier.starts_at.replace(year=2025),
            "ends_at": atelier.ends_at.replace(year=2025),
        }
    )
    await _told(house, atelier, committee, regional, over)
    page = (await house.client.get("/departements/93")).text
    assert "Recours aux ETT" in page
    assert "Openmap espaces verts" in page
    assert "Comité de pilotage" not in page
    assert "Atelier passé" not in page
    assert "Recours aux ETT" not in (await house.client.get("/departements/75")).text
    fields = atelier.model_dump(exclude={"id"}) | {"revision": 3, "reason": "Salle indisponible"}
    cancelled = MeetingCancelled.model_validate(fields)
    await _told(house, cancelled)
    await _told(house, atelier.model_copy(update={"revision": 2, "title": "En retard"}))
    page = (await house.client.get("/departements/93", headers=signed_in("declarant"))).text
    assert "Recours aux ETT" not in page
    assert "En retard" not in page, "a late older revision revives nothing"


async def test_a_commune_leads_to_its_department_territory_and_coordination(house: House) -> None:
    for asked in ("montreuil", "MONTREUIL", "  Montreuil ", "93100", "93048"):
        text = (await house.client.get("/recherche", params={"q": asked})).text
        assert "Montreuil" in text, asked
        assert 'href="/departements/93"' in text
        assert 'href="/territoires/200057875"' in text, "Est Ensemble"
        assert 'href="/annuaire/93"' in text
    assert "Saint-Ouen" in (await house.client.get("/recherche?q=st ouen")).text
    assert "L&#39;Haÿ-les-Roses" in (await house.client.get("/recherche?q=hay les roses")).text.replace("’", "&#39;")
    assert "/themes/nettoyage" in (await house.client.get("/recherche?q=nettoyage")).text
    nothing = (await house.client.get("/recherche", params={"q": "<b>Lyon</b>"})).text
    assert "Rien ne correspond à « &lt;b&gt;Lyon&lt;/b&gt; »" in plain(nothing)
    many = (await house.client.get("/recherche?q=saint")).text
    assert "précisez la recherche" in many
    for asked in ("75015", "Paris 15", "15ème arrondissement", "paris 15e"):
        assert "Paris 15e Arrondissement" in (await house.client.get("/recherche", params={"q": asked})).text, asked
    assert "Fontenay-sous-Bois" in (await house.client.get("/recherche?q=fontenay ss bois")).text
    for wrong, right in (("montreuill", "Montreuil"), ("vitry sur saine", "Vitry-sur-Seine"), ("Argentueil", "Argenteuil")):
        text = (await house.client.get("/recherche", params={"q": wrong})).text
        assert "Vouliez-vous dire" in text, wrong
        assert f">{right}</a>" in text, wrong


async def test_a_territory_has_its_figures_its_series_and_its_place_among_the_others(house: House) -> None:
    own = "200057875"
    await house.later({("I01", "2025", "ept", own, ""): Told("91234.00"), ("I05", "2025", "ept", own, ""): SECRET})
    place = (await house.client.get(f"/territoires/{own}")).text
    assert "Bagnolet" in place
    assert "91\u202f234" in place
    assert "Donnée masquée" in place
    assert "Heures réalisées, Est Ensemble, 4e\xa0trimestre" in place or "Heures réalisées, Est Ensemble, 1er\xa0trimestre" in place
    assert "/indicateurs/I01.csv?period=2025&amp;by=ept" in place
    assert "Plaine Commune" in place, "the others are beside it"
    everywhere = (await house.client.get("/territoires")).text
    assert "91\u202f234" in everywhere
    compared = await house.client.get(f"/comparer?d={own}&d=200057867&i=I01&n=1000hab")
    assert compared.status_code == 200
    assert "Pour 1\u202f000 habitants" in compared.text.replace("Pour 1 000", "Pour 1\u202f000")
    assert (await house.client.get(f"/comparer?d={own}&d=93")).status_code == 422, "a department and a territory have no table in common"
    for refused, said in (
        ("d=93&d=93", "territoires différents"),
        ("d=93&d=60", "« 60 » n’est ni un département"),
        ("d=93", "Choisissez de 2 à 4"),
    ):
        answer = await house.client.get(f"/comparer?{refused}", headers={"Accept": "text/html"})
        assert answer.status_code == 422
        assert said in plain(answer.text)
        assert plain(answer.text).count("<li><strong>d</strong>") == 1, "one mistake, one sentence"
        assert 'href="/comparer">Choisir autrement' in answer.text


async def test_base_100_begins_with_a_whole_year_and_leaves_the_running_one_out(house: House) -> None:
    await house.later(dict.fromkeys((("I01", f"2024-Q{quarter}", "", "", "") for quarter in (1, 2)), Told("0.00")))
    text = (await house.client.get("/comparer?d=93&d=94&i=I01&n=base100")).text
    table = text.split(">Base 100 en 2025, première année entière<")[1].split("</table>")[0]
    rows = [[re.sub("<[^>]*>", "", cell) for cell in row.split("<td")[1:]] for row in table.split("<tbody>")[1].split("</tr>")[:2]]
    assert [[cell.split(">")[-1].strip() for cell in row] for row in rows] == [["–", "100", "–"], ["–", "100", "–"]]


async def test_a_year_in_which_declarations_begin_says_so(house: House) -> None:
    everywhere = (await house.client.get("/?annee=2024")).text
    assert "Heures dès" not in everywhere
    await house.later(dict.fromkeys((("I01", f"2024-Q{quarter}", "", "", "") for quarter in (1, 2)), Told("0.00")))
    assert "Heures dès juillet" in (await house.client.get("/?annee=2024")).text
    assert "Heures dès" not in (await house.client.get("/?annee=2025")).text
    compared = (await house.client.get("/comparer?d=93&d=94&i=I01")).text
    assert "2024 (dès juillet)" in compared
    assert "ne sont comparées à aucune autre" in (await house.client.get("/methode")).text


async def test_a_hidden_quarter_is_no_quarter_without_hours(house: House) -> None:
    await house.later({("I01", "2024-Q1", "", "", ""): SECRET, ("I01", "2024-Q2", "", "", ""): Told("0.00")})
    assert "2024 (dès" not in (await house.client.get("/comparer?d=93&d=94&i=I01")).text


async def test_nothing_is_said_of_a_territory_that_a_release_does_not_print(empty: House) -> None:
    await publish(empty.pool, "2026-1", {place: told for place, told in cells().items() if place[2] != "ept"})
    place = (await empty.client.get("/territoires/200057875")).text
    assert "ne donne pas de chiffre pour ce territoire" in place
