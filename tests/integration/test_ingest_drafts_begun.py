"""Every way to begin a draft where one is open already: it is taken up again or shown, never doubled unseen."""

from __future__ import annotations

import asyncio
from datetime import date

from services.ingest.parts import Declared
from services.ingest.store.contracts import Entry
from tests.integration.ingest_house import BUYER, House
from tests.integration.test_ingest_form import HTMX, PERSON, started
from tests.reading import words


async def drafts_of(here: House) -> int:
    found: int = await here.pool.fetchval("select count(*) from drafts where number is null")
    return found


async def test_a_second_draft_of_the_same_hours_is_not_begun_but_the_open_one_shown(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        await client.post(f"{draft}/heures", data=PERSON)
        again = await client.post("/declarer/nouvelle", data={"contract": str(uid), "quarter": "2026-Q3", "type": "group"})
        assert again.status_code == 409
        assert f'href="{draft}/heures"' in again.text
        assert "une déclaration est déjà commencée" in words(again.text)
        assert 'value="2026-Q3"' not in again.text, "the quarter that is taken is not offered"
        assert 'value="2026-Q2"' in again.text
        card = await client.post("/declarer/nouvelle", data={"contract": str(uid), "quarter": "2026-Q3"})
        assert card.headers["location"] == f"{draft}/heures"
        assert await drafts_of(here) == 1
        other = await client.post("/declarer/nouvelle", data={"contract": str(uid), "quarter": "2026-Q2", "type": "person"})
        assert other.status_code == 303, "another quarter is other hours"


async def test_two_clicks_at_once_begin_one_draft(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        ask = {"contract": str(uid), "quarter": "2026-Q3"}
        answers = await asyncio.gather(*(client.post("/declarer/nouvelle", data=ask) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"].rpartition("/")[0] for answer in answers}) == 1
    assert await drafts_of(here) == 1


async def test_a_quarter_changed_to_one_that_has_a_draft_says_so(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        await started(client, uid)
        second = await started(client, uid, "2026-Q2")
        said = await client.post(f"{second}/marche", data={"quarter": "2026-Q3"}, headers=HTMX)
        assert "un autre brouillon de ce marché est ouvert pour le 3e trimestre 2026" in words(said.text)
        assert "un autre brouillon" in words((await client.get(f"{second}/recapitulatif")).text), "and once more before it is sent"
        moved = await client.post(f"{second}/marche", data={"quarter": "2026-Q1"}, headers=HTMX)
        assert "un autre brouillon" not in words(moved.text)


async def test_home_and_the_list_of_contracts_lead_back_to_open_drafts(here: House) -> None:
    part = Declared(number="A-1", object="Gros œuvre", department="93", starts_on=date(2026, 1, 1))
    recorded = await here.record(Entry(str(BUYER.siret), part, in_region=True))
    async with here.client() as client:
        assert "brouillon" not in words((await client.get("/declarer")).text)
        draft = await started(client, recorded.contract.uid)
        home, listed = await client.get("/declarer"), await client.get("/declarer/nouvelle")
    assert "1 brouillon n’est pas encore envoyé" in words(home.text)
    assert f'href="{draft}/heures"' in home.text
    assert "Reprendre le brouillon" in words(home.text), "on the card of what is due"
    assert listed.text.count(f'href="{draft}/heures"') == 2, "above, and on the contract's card"
