"""What is asked about a layout that nobody knows, and what is remembered of it for the next file: on a real database, page by page."""

from __future__ import annotations

from tests.integration.import_house import upload, where
from tests.integration.ingest_house import House
from tests.reading import plain, words
from tests.tables_of_hours import csv, workbook


async def test_a_column_that_nobody_knows_by_its_title_is_chosen_and_remembered(here: House) -> None:
    await here.contract()

    def export(*persons: str) -> bytes:
        titles = ("N° marché", "Mois", "Matricule", "Ets", "Heures réalisées")
        return csv(titles, *(("2026-001", "2026-03", person, "Chantiers Fictifs", "7") for person in persons))

    async with here.client() as client:
        page = await upload(client, export("A", "B"))
        assert "Quelle colonne donne l’employeur (son nom ou son SIRET) ?" in words(page)
        place = where(page)
        assert (await client.post(place, data={"action": "send"})).status_code == 422, "sending answers no question"
        await client.post(place, data={"action": "apply", "lacking:employer": "3"})
        assert "Rien de bloquant" in words(await client.get(place))
        assert (await client.post(place, data={"action": "send"})).status_code == 303
        assert "Rien de bloquant" in words(await upload(client, export("A", "B", "C"), "suivant.csv"))
    assert sorted((await here.held()).values()) == [700, 700]


async def test_what_no_column_gives_is_written_once_for_all_lines_that_lack_it(here: House) -> None:
    await here.contract()
    data = csv(("N° marché", "Mois", "Matricule", "Heures réalisées"), *(("2026-001", "2026-03", f"A{n}", "7") for n in range(3)))
    async with here.client() as client:
        page = await upload(client, data)
        place = where(page)
        assert "et 2 autres lignes sans valeur" in words(page)
        assert "employer_siret" not in words(page), "a column that there is not is called by the field's French name"
        await client.post(place, data={"action": "apply", "fix:2:employer_siret": "Chantiers Fictifs"})
        assert "et 1 autre ligne sans valeur" in words(await client.get(place))
        await client.post(place, data={"action": "apply", "fix:3:employer_siret": "Chantiers Fictifs", "similar:3:employer_siret": "oui"})
        assert "Rien de bloquant" in words(await client.get(place))
        assert (await client.post(place, data={"action": "send"})).status_code == 303
    assert sorted((await here.held()).values()) == [700, 700, 700]


def by_month(*months: str, hours: tuple[float, ...], total: str = "Total 2026") -> bytes:
    rows: list[list[object]] = [["N° marché", "Employeur", "Matricule", *months, total]]
    rows += [["2026-001", "Chantiers Fictifs", f"A{n}", *hours, hours[-1]] for n in range(3)]
    return workbook(("Heures", rows))


async def test_the_next_quarter_of_an_export_is_not_asked_about_again_but_shown_before_it_is_sent(here: House) -> None:
    await here.contract()
    first = by_month("Janv. 2026", "Févr. 2026", "Mars 2026", hours=(80, 160, 240.5))
    then = by_month("Janv. 2026", "Févr. 2026", "Mars 2026", "Avr. 2026", "Mai 2026", hours=(80, 160, 240.5, 250, 300), total="Total S1")
    async with here.client() as client:
        place = where(await upload(client, first, "t1.xlsx"))
        await client.post(place, data={"action": "apply", "hours_are": "cumulated"})
        assert "Les heures sont cumulées depuis le début du marché." in words(await client.get(place))
        assert (await client.post(place, data={"action": "send"})).status_code == 303
        page = await upload(client, then, "t2.xlsx", action="send")
        assert page.status_code == 200, "what was said of other months is shown before anything is sent"
        assert "Cette disposition est connue, à ses périodes près : vos réponses du dernier fichier sont reprises." in words(page)
        assert "Les heures sont cumulées depuis le début du marché." in words(page)
        assert "Vos heures sont :" not in plain(page.text)
        assert "Rien de bloquant" in words(page)
        place = where(page)
        await client.post(place, data={"action": "reconsider"})
        again = await client.get(place)
        assert "Vos heures sont :" in plain(again.text)
        assert "Vos réponses" not in words(again)
        await client.post(place, data={"action": "apply", "hours_are": "cumulated"})
        assert (await client.post(place, data={"action": "send"})).status_code == 303
    assert sum((await here.held()).values()) == 3 * 300_00


async def test_what_was_said_of_columns_holds_for_the_same_titles_written_otherwise(here: House) -> None:
    """The layout was known, the column of it was not: the file was refused for a column « qui n’est pas dans le fichier »."""
    await here.contract()

    def export(ets: str, total: str, *persons: str) -> bytes:
        titles = ("N° marché", "Mois", "Matricule", ets, "Heures réalisées", total)
        return csv(titles, *(("2026-001", "2026-03", person, "Chantiers Fictifs", "7", "7") for person in persons))

    async with here.client() as client:
        place = where(await upload(client, export("Ets", "Cumul affaire 2025", "A"), "2025.csv"))
        await client.post(place, data={"action": "apply", "lacking:employer": "3", "column:5": ""})
        assert (await client.post(place, data={"action": "send"})).status_code == 303
        assert "Rien de bloquant" in words(await upload(client, export("ETS", "CUMUL AFFAIRE 2025", "A", "B"), "b.csv"))


async def test_hours_of_a_month_are_asked_about_again_where_the_next_export_looks_like_a_cumul(here: House) -> None:
    await here.contract()
    async with here.client() as client:
        place = where(await upload(client, by_month("Janv. 2026", "Févr. 2026", "Mars 2026", hours=(40, 80, 120)), "t1.xlsx"))
        await client.post(place, data={"action": "apply", "hours_are": "period"})
        assert (await client.post(place, data={"action": "send"})).status_code == 303
        rising = await upload(client, by_month("Avr. 2026", "Mai 2026", "Juin 2026", hours=(60, 120, 180)), "t2.xlsx")
        assert "Vos heures sont :" in plain(rising.text)
        level = await upload(client, by_month("Avr. 2026", "Mai 2026", "Juin 2026", hours=(60, 50, 40)), "t2-bis.xlsx")
        assert "Vos heures sont :" not in plain(level.text)
