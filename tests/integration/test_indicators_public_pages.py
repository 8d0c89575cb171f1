"""The public face's pages over printed releases: themes, revisions, data sets, departments, and what a bad address is answered."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from kit.consumer import Batch, Received
from schemas.meetings import MeetingCancelled, MeetingMoved, MeetingPlanned
from schemas.topics import MEETINGS
from services.indicators.catalogue import themes
from services.indicators.consumers import meetings
from services.indicators.release import newest
from services.indicators.tasks import data_sets_made
from tests.fixtures.databases import MakeDatabase
from tests.integration.printed_house import NOW, SECRET, House, Told, cells, face, publish, signed_in
from tests.reading import plain

PAGES = (
    "/", "/?periode=2025-Q3", "/?periode=2026&carte=I07", "/indicateurs/I01", "/indicateurs/I07?by=modality", "/themes",
    *(f"/themes/{slug}" for slug in themes.BY_SLUG), "/departements/93", "/departements/75?periode=2025-Q1", "/comparer",
    "/recherche", "/recherche?q=montreuil", "/territoires", "/territoires/200057875",
    "/revisions", "/revisions/2026-1", "/donnees", "/donnees/I01", "/donnees/I05", "/methode", "/integrer",
)  # fmt: skip
FREE_OF_FIGURES = ("/recherche", "/territoires", "/methode", "/integrer")
EXAMPLE = json.loads((Path(__file__).parents[2] / "schemas/examples/meetings/MeetingPlanned.v1.json").read_text())


@pytest.fixture
async def empty(database: MakeDatabase) -> AsyncIterator[House]:
    async with face(database) as found:
        yield found


@pytest.fixture
async def house(empty: House) -> House:
    """One release."""
    await publish(empty.pool, "2026-1", cells())
    return empty


async def test_every_page_is_whole_french_and_says_what_its_figures_are_worth(house: House) -> None:
    for address in PAGES:
        answer = await house.client.get(address)
        assert answer.status_code == 200, address
        assert answer.text.count("<h1>") == 1, address
        assert "style=" not in answer.text, "the security policy forbids inline styles"
        assert "fictives" in answer.text
        if not address.startswith(FREE_OF_FIGURES):
            assert "rovisoire" in answer.text, address
        again = await house.client.get(address, headers={"If-None-Match": answer.headers.get("etag", "none")})
        assert again.status_code == (304 if "etag" in answer.headers else 200), address


async def test_what_a_reader_takes_home_is_on_the_page(house: House) -> None:
    """Of each table: every form at its own address, a lasting link, a citation; and whom to ask."""
    page = (await house.client.get("/indicateurs/I05?period=2025&by=department")).text
    for form in ("csv", "excel.csv", "xlsx", "json", "svg", "png", "zip"):
        assert f'href="/indicateurs/I05.{form}?period=2025&amp;by=department"' in page, form
    assert 'href="/integrer?url=' in page
    assert "release=2026-1" in page
    assert "À citer" in page
    assert "Ne s’additionnent" in page or "Ne pas additionner" in page
    home = (await house.client.get("/")).text
    assert 'href="mailto:observatoire@macs.example"' in home
    assert "la coordination du département" in home
    offered = (await house.client.get("/comparer")).text
    assert 'value="I05"' in offered
    assert 'value="I22"' not in offered, "only what is published can be compared"


@pytest.mark.parametrize("split", ["department,quarter", "public", "year"])
async def test_the_form_shows_the_split_that_the_page_shows(house: House, split: str) -> None:
    page = (await house.client.get("/indicateurs/I01", params={"by": split})).text
    assert re.findall(r'<option value="([^"]*)" selected>', page.split('id="by"')[1].split("</select>")[0]) == [split]


async def test_before_the_first_release_every_page_says_so(empty: House) -> None:
    for address in (
        "/",
        "/themes",
        "/themes/femmes",
        "/departements/93",
        "/indicateurs/I01",
        "/comparer",
        "/revisions",
        "/donnees",
        "/methode",
    ):
        answer = await empty.client.get(address)
        assert answer.status_code == 200, address
        assert "pas encore" in answer.text or "Rien n’est encore publié" in answer.text or address == "/methode", address
    for address in ("/donnees/I01", "/donnees/I01.csv", "/indicateurs/I01.csv", "/revisions/2026-1", "/donnees/catalogue.ttl"):
        assert (await empty.client.get(address)).status_code == 404, address


async def test_a_page_from_the_shelf_asks_no_database(house: House) -> None:
    """Within the second in which the newest release is known, the database may be away."""
    before = await house.client.get("/themes/femmes")
    await house.runtime.state["public"].close()
    house.runtime.state["releases"].until = float("inf")
    assert (await house.client.get("/themes/femmes")).text == before.text
    assert (await house.client.get("/")).status_code >= 500, "what is not on the shelf needs it"


async def test_the_first_reader_of_a_workbook_does_not_wait_for_it(house: House) -> None:
    release = await newest.newest(house.runtime, house.runtime.state["public"])
    assert release is not None
    await data_sets_made.make(house.runtime, release)
    await house.runtime.state["public"].close()
    house.runtime.state["releases"].until = float("inf")
    for indicator in ("I01", "I05"):
        answer = await house.client.get(f"/donnees/{indicator}.xlsx")
        assert answer.status_code == 200
        assert CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names[0] == "Données"


async def test_a_final_edition_is_told_from_a_provisional_release(empty: House) -> None:
    await publish(empty.pool, "2026-1", cells(), edition=1)
    text = (await empty.client.get("/")).text
    assert "éfinitif" in text
    assert "rovisoire" not in text


async def test_a_theme_shows_its_tables_and_says_which_are_not_printed(house: House) -> None:
    whole = (await house.client.get("/themes/nettoyage")).text
    assert whole.count('class="view"') == len(themes.BY_SLUG["nettoyage"].blocks)
    assert "reprend" in whole
    few = {place: told for place, told in cells(8).items() if place[2] not in {"sector", "programme"}}
    await publish(house.pool, "2026-2", few, at=NOW + timedelta(hours=1))
    house.runtime.state.pop("releases")
    text = (await house.client.get("/themes/nettoyage")).text
    assert text.count("n’est pas dans la publication 2026-2") == len(themes.BY_SLUG["nettoyage"].blocks)
    unknown = await house.client.get("/themes/licornes", headers={"Accept": "text/html"})
    assert unknown.status_code == 404
    assert "grands-projets" in unknown.text


async def test_revisions_say_what_changed_by_how_much_and_why(house: House) -> None:
    told = cells()
    place = ("I01", "2025", "department", "93", "")
    running = ("I01", "2026", "department", "93", "")
    before = told[place].value
    assert before is not None
    raised = f"{float(before) * 1.25:.2f}"
    changed = {
        place: Told(raised),
        ("I01", "2024", "sex", "F", ""): SECRET,
        running: Told("1.00"),
        ("I05", "2025", "", "", ""): Told("9", "ok", "2026-1"),
    }
    await house.later(changed)
    listed = (await house.client.get("/revisions")).text
    assert "+25,0" in listed
    assert "Seine-Saint-Denis" in listed
    file = list(csv.DictReader(io.StringIO((await house.client.get("/revisions/2026-2.csv")).text)))
    found = {(row["indicateur"], row["periode"], row["codes"]): row for row in file}
    assert found["I01", "2025", "93"]["avant"] == before
    assert found["I01", "2025", "93"]["apres"] == raised
    assert ("I01", "2026", "93") in found, "both releases end on the same day: the running year was revised, it did not grow"
    page = (await house.client.get("/revisions/2026-2")).text
    assert "Masqués depuis" in page
    assert "déclarations arrivées ou corrigées" in page, "without a note the page gives the usual reason"
    assert (await house.client.post("/revisions/2026-2/motif", data={"motif": "x"})).status_code == 401
    refused = await house.client.post("/revisions/2026-2/motif", data={"motif": "x"}, headers=signed_in("coordinator93"))
    assert refused.status_code == 403
    for bad in ("", "   ", "x" * 1_001):
        assert (await house.client.post("/revisions/2026-2/motif", data={"motif": bad}, headers=signed_in("team"))).status_code == 422
    why = "Un bailleur a corrigé <ses> heures du 3e trimestre."
    said = await house.client.post("/revisions/2026-2/motif", data={"motif": why}, headers=signed_in("team"))
    assert said.status_code == 303
    page = (await house.client.get("/revisions/2026-2", headers=signed_in("declarant"))).text
    assert "corrigé &lt;ses&gt; heures" in page
    assert (await house.client.post("/revisions/1999-1/motif", data={"motif": "x"}, headers=signed_in("team"))).status_code == 404


async def test_a_year_that_grew_is_not_a_revision(empty: House) -> None:
    await publish(empty.pool, "2026-1", cells(), until=NOW.date().replace(month=7, day=1))
    await publish(empty.pool, "2026-2", {**cells(), ("I01", "2026", "", "", ""): Told("9.00")}, at=NOW + timedelta(hours=1))
    page = (await empty.client.get("/revisions/2026-2")).text
    assert "L’année 2026, en cours" in page
    assert "Aucun chiffre publié n’a changé" in page


async def test_a_data_set_is_the_same_in_every_form_and_has_a_page(house: House) -> None:
    await house.later({("I05", "2025", "", "", ""): Told("12", "ok", "2026-1")})
    machine = list(csv.reader(io.StringIO((await house.client.get("/donnees/I05.csv")).text)))
    sheet_csv = (await house.client.get("/donnees/I05.excel.csv")).text
    assert sheet_csv.startswith("\ufeffpublication;")
    spreadsheet = list(csv.reader(io.StringIO(sheet_csv.removeprefix("\ufeff")), delimiter=";"))
    book = CalamineWorkbook.from_filelike(io.BytesIO((await house.client.get("/donnees/I05.xlsx")).content))
    assert book.sheet_names == ["Données", "Dictionnaire", "À lire"]
    rows = book.get_sheet_by_name("Données").to_python()
    printed = await house.pool.fetchval("select count(*) from published_cells where release = '2026-2' and indicator = 'I05'")
    assert len(machine) == len(spreadsheet) == len(rows) == printed + 1
    value = machine[0].index("valeur")
    for row, line in zip(rows[1:], machine[1:], strict=True):
        assert line[value] == ("" if row[value] == "" else f"{row[value]:.0f}")
    kept = next(line for line in machine if line[2:4] == ["2025", ""] and line[4] == "")
    assert kept[machine[0].index("statut")] == "non mis à jour"
    assert all("Ne pas additionner les personnes" in line[-1] for line in machine[1:])
    assert "Ne pas additionner" in str(book.get_sheet_by_name("À lire").to_python())
    page = (await house.client.get("/donnees/I05")).text
    for column in machine[0]:
        assert f"<code>{column}</code>" in page
    assert "non mis à jour" in (await house.client.get("/indicateurs/I05?period=2025&by=")).text


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


WRONG = {
    "/?periode=2042": 404, "/?periode=2025-S1": 404, "/?annee=1999": 404, "/?carte=I02": 404, "/?periode=%00": 422, "/?periode=2025'--": 404,
    "/themes?annee=2042": 404, "/themes/femmes?annee=abc": 404, "/themes?periode=2042": 404, "/themes/femmes?periode=zzz": 404, "/themes/..%2f..%2fetc": 404, "/departements/60": 404,
    "/departements/93?periode=2025-Q9": 404, "/indicateurs/I99": 404, "/indicateurs/I01?period=2042": 422,
    "/indicateurs/I01?period=2027-Q1": 422, "/indicateurs/I01?from=2026&to=2025": 422, "/indicateurs/I01?from=2025-Q1&to=2025": 422,
    "/indicateurs/I01?department=60": 422, "/indicateurs/I01?by=couleur": 422, "/indicateurs/I01?by=department,public,sex": 422,
    "/indicateurs/I01?by=department,department": 422, "/api/v1/indicators/I01.csv?period=2025&nom=Dupont": 422,
    "/api/v1/indicators/I01.csv": 422,
    "/indicateurs/I01.exe": 404, "/indicateurs/I01?release=1999-1": 404, "/indicateurs/I01?by=" + "a" * 3000: 422,
    "/indicateurs/I01?department=75&department=77&department=78&department=91&department=92": 422,
    "/indicateurs/I05.csv?period=2025&public=BRSA&public=ASS": 422,
    "/api/v1/indicators/I01?" + "&".join(f"period={year}" for year in range(2000, 2026)): 422,
    "/comparer?d=93": 422, "/comparer?d=75,77,78,91,92": 422, "/comparer?d=93,60": 422, "/comparer?i=I01,I98": 422,
    "/comparer?i=I01,I05,I07,I15,I16": 422, "/comparer?n=lune": 422, "/integrer?url=http://ailleurs.example/indicateurs/I01": 422,
    "/integrer?url=//ailleurs.example/indicateurs/I01": 422, "/integrer?url=/pilotage": 422, "/integrer/I99": 404, "/donnees/I99": 404,
    "/donnees/I01.exe": 404, "/donnees/I10": 404, "/donnees/catalogue.exe": 404, "/donnees/catalogue.ttl?page=99": 422,
    "/territoires/123": 404, "/territoires/200057875?periode=1999": 404, "/recherche?q=" + "a" * 81: 422,
    "/revisions/1999-1": 404, "/revisions/2026-1.exe": 404, "/revisions/%3Cscript%3E": 404,
}  # fmt: skip


async def test_a_bad_address_gets_a_page_that_says_what_would_be_right(house: House) -> None:
    found = {address: await house.client.get(address, headers={"Accept": "text/html"}) for address in WRONG}
    assert {address: answer.status_code for address, answer in found.items()} == WRONG
    for address, answer in found.items():
        assert address.startswith("/api/") or answer.text.count("<h1>") == 1, address
        assert "<script>" not in answer.text
        assert "public" not in answer.headers.get("cache-control", ""), "a mistake is not kept by anybody"


async def test_one_employer_only_leaves_a_page_that_explains(empty: House) -> None:
    """A year in which everything is hidden: no bar, no map tint, and the reason in words."""
    hidden = dict.fromkeys(cells(periods=["2025", "2025-Q1"]), SECRET)
    await publish(empty.pool, "2026-1", hidden)
    for address in ("/", "/departements/93", "/indicateurs/I01?by=department", "/themes/femmes"):
        text = (await empty.client.get(address)).text
        assert "masqué" in text, address
        assert 'class="band-1"' not in text
    said = (await empty.client.get("/indicateurs/I01?by=department")).text
    assert "Toutes les valeurs de ce tableau sont masquées" in said
    drawn = await empty.client.get("/indicateurs/I01.svg?by=department&period=2025")
    assert drawn.status_code == 200
    assert "hachures" in drawn.text


@pytest.mark.parametrize(("indicator", "told"), [("I05", "moins de 5 personnes"), ("I01", "un employeur à plus de 85")])
async def test_a_hidden_figure_says_the_rule_of_its_kind(house: House, indicator: str, told: str) -> None:
    await house.later({(indicator, "2025", "public", "BRSA", ""): SECRET, (indicator, "2025", "public", "TH", ""): SECRET})
    text = (await house.client.get(f"/indicateurs/{indicator}?by=public&period=2025")).text
    assert told in text
    assert "moins de 11 personnes (critère sensible)" in text


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


async def test_base_100_begins_with_a_whole_year_and_leaves_the_running_one_out(house: House) -> None:
    await house.later(dict.fromkeys((("I01", f"2024-Q{quarter}", "", "", "") for quarter in (1, 2)), Told("0.00")))
    text = (await house.client.get("/comparer?d=93&d=94&i=I01&n=base100")).text
    table = text.split(">Base 100 en 2025, première année entière<")[1].split("</table>")[0]
    rows = [[re.sub("<[^>]*>", "", cell) for cell in row.split("<td")[1:]] for row in table.split("<tbody>")[1].split("</tr>")[:2]]
    assert [[cell.split(">")[-1].strip() for cell in row] for row in rows] == [["–", "100", "–"], ["–", "100", "–"]]


async def test_every_data_set_is_as_its_schema_says(house: House) -> None:
    await house.later({("I05", "2025", "", "", ""): Told("9", "ok", "2026-1")})
    described = (await house.client.get("/donnees/I01.schema.json")).json()
    fields = {one["name"]: one for one in described["fields"]}
    for name in ("I01", "I05", "I07", "I16"):
        rows = list(csv.DictReader(io.StringIO((await house.client.get(f"/donnees/{name}.csv")).text)))
        assert list(rows[0]) == list(fields)
        keys = [tuple(row[column] for column in described["primaryKey"]) for row in rows]
        assert len(keys) == len(set(keys)), name
        for row in rows:
            for column, value in row.items():
                rules = fields[column].get("constraints", {})
                assert value or not rules.get("required"), (name, column)
                assert not value or value in rules.get("enum", [value]), (name, column, value)
                assert not value or re.fullmatch(rules.get("pattern", ".*"), value, re.DOTALL), (name, column, value)
            assert not row["valeur"] or float(row["valeur"]) >= 0
            date.fromisoformat(row["arrete_au"])


async def test_nothing_is_said_of_a_territory_that_a_release_does_not_print(empty: House) -> None:
    await publish(empty.pool, "2026-1", {place: told for place, told in cells().items() if place[2] != "ept"})
    place = (await empty.client.get("/territoires/200057875")).text
    assert "ne donne pas de chiffre pour ce territoire" in place
