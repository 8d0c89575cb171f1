# ruff: noqa: F811  fixtures are taken by their name
"""The public face's pages over printed releases: what each says, and what a bad address is answered."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from python_calamine import CalamineWorkbook

from services.indicators.catalogue import themes
from services.indicators.release import newest
from services.indicators.tasks import charts_warmed, data_sets_made
from services.indicators.views import charts
from tests.integration.printed_house import NOW, SECRET, House, cells, publish
from tests.integration.printed_pages import empty, house  # noqa: F401  fixtures
from tests.reading import words

PAGES = (
    "/", "/?periode=2025-Q3", "/?periode=2026&carte=I07", "/indicateurs/I01", "/indicateurs/I07?by=modality", "/themes",
    *(f"/themes/{slug}" for slug in themes.BY_SLUG), "/departements/93", "/departements/75?periode=2025-Q1", "/comparer",
    "/recherche", "/recherche?q=montreuil", "/territoires", "/territoires/200057875",
    "/revisions", "/revisions/2026-1", "/donnees", "/donnees/I01", "/donnees/I05", "/methode", "/integrer",
)  # fmt: skip
FREE_OF_FIGURES = ("/recherche", "/territoires", "/methode", "/integrer")


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
    assert "1\u202f607 heures par an" in home
    offered = (await house.client.get("/comparer")).text
    assert 'value="I05"' in offered
    assert 'value="I22"' not in offered, "only what is published can be compared"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "I01?period=2025&by=age",
            "I01 n’est pas publié par tranche d’âge à l’entrée. Tableaux publiés : sans ventilation, by=buyer_kind, ",
        ),
        ("I01?period=2025&by=sex,public", "n’est pas publié par public et par sexe. Tableaux publiés : "),
        ("I17?period=2025", "I17 n’est pas dans la publication 2026-1. Indicateurs publiés : I01, I02, "),
        ("I01?period=2025&period=2019-Q1", "La publication 2026-1 ne porte pas sur 2019-Q1. Périodes publiées : "),
    ],
)
async def test_what_is_not_published_is_told_with_what_is(house: House, address: str, said: str) -> None:
    """The periods are no answer to who asked for another table."""
    answer = await house.client.get(f"/api/v1/indicators/{address}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_PUBLISHED")
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("split", ["department,quarter", "public", "year"])
async def test_the_form_shows_the_split_that_the_page_shows(house: House, split: str) -> None:
    page = (await house.client.get("/indicateurs/I01", params={"by": split})).text
    assert re.findall(r'<option value="([^"]*)" selected>', page.split('id="by"')[1].split("</select>")[0]) == [split]


async def test_the_form_can_be_sent_as_it_stands(house: House) -> None:
    """A browser does not send a required list on which the empty choice stands: « Afficher » did nothing for the whole region."""
    form = (await house.client.get("/indicateurs/I01")).text.split('<form class="filters"')[1].split("</form>")[0]
    lists = re.findall(r"<select ([^>]*)>(.*?)</select>", form, re.DOTALL)
    assert len(lists) == 3
    assert not any("required" in said and '<option value=""' in options for said, options in lists)
    asked = await house.client.get("/indicateurs/I01", params={"period": "2025", "by": "department", "department": ""})
    assert asked.status_code == 200, "the whole region, as the form asks for it"
    assert "Heures réalisées par département" in asked.text.replace("\u00a0", " ")


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


async def test_the_first_reader_of_a_kind_of_chart_does_not_wait_for_a_renderer_that_never_drew_it(house: House) -> None:
    await charts_warmed.charts_warmed(house.runtime)
    release = await newest.newest(house.runtime, house.runtime.state["public"])
    assert release is not None
    addresses = [
        "/indicateurs/I01.svg?" + urlencode([*pairs, ("width", width)]) for pairs in charts_warmed.kinds(release) for width in charts.WIDTHS
    ]
    await house.runtime.state["public"].close()
    house.runtime.state["releases"].until = float("inf")
    for address in addresses:
        answer = await house.client.get(address)
        assert answer.status_code == 200, address
        assert answer.text.startswith("<svg"), address


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


async def test_the_first_publication_says_so_in_a_sentence_of_its_own(house: House) -> None:
    assert ". Première publication" in words(await house.client.get("/revisions/2026-1"))
