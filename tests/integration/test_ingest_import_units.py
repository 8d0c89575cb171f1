"""Hours that no month can hold, at the file's page: of the quarter, an example, minutes, several persons."""

from __future__ import annotations

import re
from html import unescape

import httpx

from tests.integration.import_house import HEADER, upload, where
from tests.integration.ingest_house import House
from tests.reading import words
from tests.tables_of_hours import csv


async def test_who_does_not_know_is_shown_an_example_and_answers_then(here: House) -> None:
    await here.contract()
    data = csv(HEADER, ("2026-001", "2026-03", "A", "X", "420,5"), ("2026-001", "2026-03", "B", "X", "7"))
    async with here.client() as client:
        place = where(await upload(client, data))
        asked = (await client.get(place)).text
        answers = re.findall(r'<input type="radio"[^>]*name="hours_are"[^>]*>', asked)
        assert len(answers) == 4
        assert not [one for one in answers if " checked" in one or " required" not in one], (
            "the answer that would count most is not chosen for them"
        )
        assert re.search(r'<button type="submit" formnovalidate[^>]*value="drop"', asked), "nobody has to answer to give up"
        await client.post(place, data={"action": "apply", "hours_are": "example"})
        shown = await client.get(place)
        assert "420,5 h pour le 1er trimestre 2026" in words(shown)
        assert "420,5 h : trop pour un mois" in words(shown)
        assert (await client.post(place, data={"action": "send"})).status_code == 422, "an example is no answer"
        await client.post(place, data={"action": "apply", "hours_are": "quarter"})
        sent = await client.post(place, data={"action": "send"})
        assert sent.status_code == 303, sent.text
        assert "1er trimestre 2026" in words(await client.get(f"/declarer/{sent.headers['location'].rpartition('/')[2]}"))
    assert sorted((await here.held()).values()) == [700, 420_50]


async def test_a_remark_on_a_table_that_lies_names_the_column_that_its_author_sees(here: House) -> None:
    await here.contract()
    rows = [("2026-001", "2026-03", "A", "X", "7"), ("2026-001", "2026-03", "B", "X", "-3")]
    async with here.client() as client:
        page = await upload(client, csv(*zip(HEADER, *rows, strict=True)))
        assert '<th scope="row" class="turned">colonne C</th>' in page.text
        assert "Heures réalisées, colonne C</label>" in page.text
        assert '<th scope="row">3</th>' in (await upload(client, csv(HEADER, *rows))).text


async def test_minutes_are_divided_by_sixty_for_a_line_or_for_all_that_are_too_long(here: House) -> None:
    await here.contract()
    rows = [("2026-001", "2026-03", f"A{n}", "X", hours) for n, hours in enumerate(("9100", "6000", "7"))]
    async with here.client() as client:
        place = where(await upload(client, csv(HEADER, *rows)))
        await client.post(place, data={"action": "apply", "hours_are": "period"})
        page = await client.get(place)
        assert "Ce sont des minutes" in words(page)
        assert "et 1 autre au-dessus de 213 h" in words(page)
        await client.post(place, data={"minutes": "4:hours"})
        assert "Rien de bloquant" not in words(await client.get(place)), "seven hours are no minutes that anybody asked about"
        await client.post(place, data={"minutes": "2:hours", "over:2": "oui"})
        assert "Rien de bloquant" in words(await client.get(place))
        assert (await client.post(place, data={"action": "send"})).status_code == 303
    assert sorted((await here.held()).values()) == [700, 100_00, 151_67]


async def test_several_persons_become_a_group_without_what_is_said_of_one(here: House) -> None:
    await here.contract()
    data = csv((*HEADER, "Sexe"), ("2026-001", "2026-03", "A", "X", "1 250,5", "F"), ("2026-001", "2026-02", "B", "X", "7", "M"))
    async with here.client() as client:
        place = where(await upload(client, data))
        await client.post(place, data={"action": "apply", "hours_are": "period"})
        await client.post(place, data={"several": "2", "persons:2": "12"})
        assert "Rien de bloquant" in words(await client.get(place))
        assert (await client.post(place, data={"action": "send"})).status_code == 303
    rows = await here.pool.fetch(
        "select content::jsonb -> 'group' ->> 'persons' as persons, content::jsonb -> 'person' as person from line_values order by line"
    )
    assert [row["persons"] for row in rows] == ["12", None]
    assert rows[0]["person"] in (None, "null")


async def test_several_persons_beside_others_or_of_unknown_number_wait_aside(here: House) -> None:
    await here.contract()
    data = csv(
        HEADER,
        ("2026-001", "2026-03", "A", "X", "1 250,5"), ("2026-001", "2026-03", "B", "X", "7"), ("2026-001", "2026-02", "C", "X", "900"),
    )  # fmt: skip
    async with here.client() as client:
        place = where(await upload(client, data))
        await client.post(place, data={"action": "apply", "hours_are": "period"})
        await client.post(place, data={"several": "2", "persons:2": "12", "mode": "all"})
        await client.post(place, data={"several": "4", "mode": "all"})
        page = await client.get(place)
        assert words(page).count("Gardée de côté") == 2
        sent = await client.post(place, data={"action": "send", "mode": "partial"})
        assert sent.status_code == 303
        assert (
            "1 250,5" in words(await client.get("/declarer/a-completer")) or "1 250,5" in (await client.get("/declarer/a-completer")).text
        )
    assert sorted((await here.held()).values()) == [700], "the others are counted once they are completed"


async def test_a_row_set_aside_is_put_into_hours_or_becomes_a_group_where_it_waits(here: House) -> None:
    await here.contract()
    rows = [("2026-001", "2026-03", f"A{n}", "X", hours) for n, hours in enumerate(("9100", "7"))]
    rows.append(("2026-001", "2026-02", "C", "X", "900"))
    async with here.client() as client:
        place = where(await upload(client, csv(HEADER, *rows)))
        await client.post(place, data={"action": "apply", "hours_are": "period"})
        await client.post(place, data={"action": "send", "mode": "partial"})
        waits = await client.get("/declarer/a-completer")
        first, last = re.findall(r'name="minutes" value="([^"]+)"', waits.text)
        await client.post("/declarer/a-completer", data={**typed(waits), "minutes": first})
        again = await client.get("/declarer/a-completer")
        assert 'value="151,67"' in again.text
        assert list((await here.held()).values()) == [700], "looked at before it goes"
        form = {**typed(again), f"v:{last}:persons": "6", f"v:{last}:group": "Équipe"}
        assert (await client.post("/declarer/a-completer", data={**form, "action": "send"})).status_code == 303
    assert sorted((await here.held()).values()) == [700, 151_67, 900_00]


def typed(page: httpx.Response) -> dict[str, str]:
    """The fields of the page as they stand."""
    return {name: unescape(value) for name, value in re.findall(r'name="(v:[^"]+)" type="text" value="([^"]*)"', page.text)}
