"""The import page on a real database: questions, corrections in place, the annotated workbook, what is kept and what is forgotten."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl

from tests.integration.import_house import HEADER, upload, where
from tests.integration.ingest_house import House
from tests.reading import plain, words
from tests.tables_of_hours import csv, workbook


def a_landlords_export(persons: int = 69) -> bytes:
    """Scene 1: cumulated hours with months in columns, the contract written once, a column of two meanings, totals."""
    rows: list[list[object]] = [
        ["Suivi des clauses sociales 2026"],
        [],
        ["N° marché", "Employeur", "Matricule", "Statut", "Janv.", "Févr.", "Mars", "Total"],
    ]
    rows += [
        [
            "2026-001" if number == 0 else "",
            "Chantiers Fictifs" if number == 0 else "",
            f"A{number}",
            "En cours" if number % 3 else "Sorti",
            80,
            160,
            240.5,
            480.5,
        ]
        for number in range(persons)
    ]
    rows.append(["Total", "", "", "", 80 * persons, 160 * persons, 240.5 * persons, ""])
    return workbook(("Heures", rows))


async def test_a_cumulative_export_with_months_in_columns_takes_a_few_answers(here: House) -> None:
    await here.contract()
    async with here.client() as client:
        page = await upload(client, a_landlords_export(), "suivi.xlsx")
        assert page.status_code == 200
        asked = re.findall(r'<fieldset class="field choices[^>]*>\s*<legend>([^<]+)', plain(page.text).split('id="envoi"')[0])
        assert asked == [
            "Vos heures sont :",
            "Le numéro de marché manque sur 68 lignes placées sous un marché. Vaut-il pour elles aussi ?",
        ]
        assert "Que contient la colonne « Statut » ?" in words(page)
        assert "Que contient la colonne « Statut » ? (facultatif)" not in words(page), "an answer is proposed, and one is needed"
        assert "3 questions" in words(page)
        place = where(page)
        assert (await client.post(place, data={"action": "send", "mode": "partial"})).status_code == 422, "sending answers no question"
        answered = await client.post(place, data={"action": "apply", "hours_are": "cumulated", "fill_down": "oui", "column:3": ""})
        assert answered.status_code == 303
        read_again = await client.get(place)
        assert "Rien de bloquant" in words(read_again)
        sent = await client.post(place, data={"action": "send"})
        assert sent.status_code == 303, sent.text
        back = await client.get(place, headers={"Accept": "text/html"})
        assert (back.status_code, back.headers["location"]) == (303, sent.headers["location"]), "sent, so forgotten but for its receipt"
    held = await here.held()
    assert (len(held), sum(held.values())) == (207, 69 * 240_50)
    async with here.client() as client:
        later = await upload(client, a_landlords_export(70), "suivi-2.xlsx")
    assert "Cette disposition est connue" in later.text
    assert "Vos heures sont :" not in plain(later.text)


async def test_cells_are_corrected_in_place_and_alike_ones_together(here: House) -> None:
    await here.contract()
    data = csv(HEADER, *(("2026-001", "2026-03", f"A{n}", "X", "12 505" if n < 3 else "7") for n in range(5)))
    async with here.client() as client:
        page = await upload(client, data)
        place = where(page)
        assert "et 2 autres pareilles" in words(page)
        await client.post(place, data={"action": "apply", "fix:2:hours": "125,05", "similar:2:hours": "oui"})
        assert "Rien de bloquant" in words(await client.get(place))
        assert (await client.post(place, data={"action": "send"})).status_code == 303
    assert sorted((await here.held()).values()) == [700, 700, 125_05, 125_05, 125_05]


async def test_a_refused_sending_says_what_stands_against_it_and_parking_lets_the_rest_go(here: House) -> None:
    await here.contract()
    data = csv(HEADER, ("2026-001", "2026-03", "A", "X", "7"), ("2026-001", "2026-03", "B", "X", "-7"))
    async with here.client() as client:
        page = await upload(client, data, action="send")
        assert page.status_code == 422
        assert "Rien n’a été envoyé" in page.text
        place = where(page)
        assert (await client.post(place, data={"action": "send"})).status_code == 422
        sent = await client.post(place, data={"action": "send", "mode": "partial"})
        receipt = await client.get(sent.headers["location"])
    assert sent.status_code == 303
    assert "1" in receipt.text
    assert list((await here.held()).values()) == [700]


async def test_what_1_and_2_mean_is_answered_once_for_a_layout(here: House) -> None:
    await here.contract()
    data = csv((*HEADER, "Sexe"), ("2026-001", "2026-03", "A", "X", "7", "1"), ("2026-001", "2026-03", "B", "X", "8", "2"))
    async with here.client() as client:
        page = await upload(client, data)
        assert "1 est-il un homme, 2 une femme ?" in words(page)
        place = where(page)
        assert (await client.post(place, data={"action": "send"})).status_code == 422, "a question is not answered by sending"
        await client.post(place, data={"action": "apply", "sexes": "1F"})
        assert (await client.post(place, data={"action": "send"})).status_code == 303
        later = await upload(client, data.replace(b";7;", b";9;"))
    assert "est-il un homme" not in words(later)
    said = {message["centihours"]: message["person"]["sex"] for message in await here.announced()}
    assert said == {700: "F", 800: "M"}


async def test_a_column_of_another_meaning_is_chosen_by_its_author(here: House) -> None:
    await here.contract()
    data = csv(("Marché", "Mois", "Matricule", "Boîte", "Temps"), ("2026-001", "2026-03", "A", "Chantiers Fictifs", "7,5"))
    async with here.client() as client:
        page = await upload(client, data)
        assert "Il manque la colonne « Heures réalisées »" in plain(page.text)
        place = where(page)
        await client.post(place, data={"action": "apply", "column:4": "hours", "column:3": "employer_name"})
        assert (await client.post(place, data={"action": "send"})).status_code == 303
    assert list((await here.held()).values()) == [750]


async def test_the_annotated_workbook_is_the_authors_own(here: House) -> None:
    await here.contract()
    data = workbook(
        ("Heures", [[*HEADER, "Remarque"], ["2026-001", "2026-03", "A", "X", 7, "=1+1"], ["2026-001", "2026-03", "B", "X", -7, "ok"]])
    )
    async with here.client() as client:
        place = where(await upload(client, data, "mon suivi.xlsx"))
        answer = await client.get(f"{place}/annote.xlsx")
    assert 'filename="mon suivi-annote.xlsx"' in answer.headers["content-disposition"]
    page = openpyxl.load_workbook(io.BytesIO(answer.content))["Heures"]
    assert [cell.value for cell in page[2]][:5] == ["2026-001", "2026-03", "A", "X", 7]
    assert page["G1"].value == "Erreur"
    assert "V09" in str(page["G3"].value)
    assert page["E3"].comment is not None
    assert page["E3"].fill.start_color.rgb == "FFF4B6B6"
    assert page["E2"].comment is None


async def test_a_formula_in_a_text_file_stays_a_text_in_what_we_write(here: House) -> None:
    data = csv(HEADER, ("2026-001", "2026-03", "=cmd|' /C calc'!A0", "X", "-1"))
    async with here.client() as client:
        answer = await client.get(f"{where(await upload(client, data))}/annote.xlsx")
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [cell.data_type for row in page.iter_rows() for cell in row if cell.value] == ["s"] * sum(
        1 for row in page.iter_rows() for cell in row if cell.value
    )


async def test_a_waiting_file_is_its_owners_sealed_and_gone_after_a_day(here: House) -> None:
    data = csv(HEADER, ("2026-001", "2026-03", "ZOE-FICTIVE", "X", "7"))
    async with here.client() as client, here.client("company") as other:
        place = where(await upload(client, data))
        assert (await other.get(place, headers={"Accept": "text/html"})).status_code == 404
        assert (await client.get(place)).status_code == 200
        sealed = await here.pool.fetchval("select sealed from spooled_files")
        assert b"ZOE-FICTIVE" not in sealed
        here.clock.now += timedelta(hours=24, seconds=1)
        assert (await client.get(place, headers={"Accept": "text/html"})).status_code == 404


async def test_a_file_is_given_up(here: House) -> None:
    async with here.client() as client:
        place = where(await upload(client, csv(HEADER, ("2026-001", "2026-03", "A", "X", "7"))))
        assert (await client.post(place, data={"action": "drop"})).headers["location"] == "/declarer/import"
    assert await here.pool.fetchval("select count(*) from spooled_files") == 0


async def test_the_example_passes_for_whoever_takes_it_and_says_what_it_is(here: House) -> None:
    """It names the declarant's own contracts in a quarter in which they ran, and is not taken for hours."""
    await here.contract("RUE-7")
    await here.contract("RUE-8")
    async with here.client() as client:
        sample = await client.get("/declarer/import/exemple.xlsx")
        page = words(await upload(client, sample.content, "exemple.xlsx", action="send"))
    assert await here.held() == {}
    assert "Rien de bloquant, mais c’est notre exemple" in page
    assert "Les lignes 2, 3, 4 sont celles de notre exemple" in page
    assert "« Listes »" not in page
    assert "Heures cumulées » n’est pas importée" not in page


async def test_the_preview_shows_the_period_and_the_hours_of_columns_of_periods(here: House) -> None:
    """Without them the lines of a row look like one line written twice."""
    await here.contract()
    titles = ("N° marché", "Employeur", "Matricule", "Cumul au 31/03/2026", "Cumul au 30/06/2026")
    async with here.client() as client:
        page = words(await upload(client, csv(titles, ("2026-001", "X", "A", "100", "250"))))
    assert "Heures cumulées : 1er trimestre 2026" in page
    assert re.search(r"2026-001 X A 1er trimestre 2026 100 2026-001 X A 2e trimestre 2026 250", page), page
    assert "À vérifier" in page


async def test_one_month_of_a_row_is_corrected_and_a_bad_row_goes_in_whole_or_not(here: House) -> None:
    await here.contract()
    data = csv(
        ("N° marché", "Employeur", "Matricule", "Janv. 2026", "Févr. 2026"),
        ("2026-001", "X", "A", "7", "-8"),
        ("2026-001", "X", "B", "1", "2"),
    )
    async with here.client() as client:
        place = where(page := await upload(client, data))
        assert 'name="fix:2:hours@2026-02"' in page.text
        assert "Févr. 2026" in words(page)
        parked = await client.post(place, data={"action": "send", "mode": "partial"})
        assert sorted((await here.held()).values()) == [100, 200]
        assert parked.status_code == 303
        place = where(await upload(client, data))
        await client.post(place, data={"action": "apply", "fix:2:hours@2026-02": "8"})
        await client.post(place, data={"action": "send", "again": "oui"})
    assert sorted((await here.held()).values()) == [100, 200, 700, 800]


async def test_only_what_blocks_is_shown_when_asked(here: House) -> None:
    await here.contract()
    data = csv(HEADER, ("2026-001", "2026-03", "A", "X", "190"), ("2026-001", "2026-03", "B", "X", "-7"))
    async with here.client() as client:
        place = where(await upload(client, data))
        whole, narrow = words(await client.get(place)), words(await client.get(f"{place}?voir=bloquantes"))
    assert "V08" in whole
    assert "V09" in whole
    assert "V09" in narrow
    assert "V08" not in narrow
    assert "Seulement les lignes en erreur" in whole
    assert "Tout voir" in narrow


async def test_a_wrongly_guessed_encoding_and_delimiter_are_changed_by_hand_and_kept_for_the_next_such_file(here: House) -> None:
    await here.contract()
    data = ("|".join(HEADER) + "\n2026-001|2026-03|A|Société Fictive|7\n").encode("cp850")
    async with here.client() as client:
        page = await upload(client, data)
        place = where(page)
        assert "Windows-1252" in words(page)
        await client.post(place, data={"action": "apply", "encoding": "IBM 850", "delimiter": "barre verticale"})
        again = await client.get(place)
        assert "IBM 850" in words(again)
        assert "Société Fictive" in again.text
        assert "Rien de bloquant" in words(again)
        assert (await client.post(place, data={"action": "send"})).status_code == 303
        next_month = data.replace(b"2026-03", b"2026-04")
        assert "IBM 850" in words(await upload(client, next_month))
        in_utf8 = "\n".join(["|".join(HEADER), "2026-001|2026-05|A|Société Fictive|7", ""]).encode()
        assert "UTF-8" in words(await upload(client, in_utf8))
    assert list((await here.held()).values()) == [700]


async def test_a_text_that_nobody_can_guess_waits_for_its_authors_word(here: House) -> None:
    await here.contract()
    data = "contract;period;worker_id;employer_name;hours\n2026-001;2026-03;A;École Fictive Ü;7\n".encode(
        "cp850"
    )  # titles that say nothing
    async with here.client() as client:
        page = await upload(client, data)
        assert page.status_code == 422
        assert "Comment ce texte est-il écrit ?" in words(page)
        wrong = await client.post(where(page), data={"action": "apply", "encoding": "UTF-8"}, follow_redirects=True)
        assert "n’est pas en UTF-8" in words(wrong)
        await client.post(where(page), data={"action": "apply", "encoding": "IBM 850"})
        assert "École Fictive Ü" in (await client.get(where(page))).text
