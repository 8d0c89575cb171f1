"""Two windows on one draft: none writes over what it has not seen, each is shown what the other saved, and one's own savings stay quick."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.ingest_house import House
from tests.integration.test_ingest_form import HTMX, PERSON, started
from tests.reading import hidden, words


async def opened(client: httpx.AsyncClient, address: str) -> dict[str, str]:
    """A window on the step: what its form sends along."""
    page = await client.get(address)
    assert page.status_code == 200
    return hidden(page)


async def test_what_another_window_saved_is_not_written_over(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        mine, theirs = [await opened(client, f"{draft}/heures") for _ in range(2)]
        assert mine["page"] != theirs["page"]
        assert mine["seen"] == theirs["seen"]
        assert (await client.post(f"{draft}/heures", data={**mine, **PERSON})).status_code == 303
        told = await client.post(f"{draft}/heures", data={**theirs, **PERSON, "lines.1.hours.1": "35"}, headers=HTMX)
        assert "Pas enregistré : cette étape a été enregistrée à 10 h 00 par vous-même, dans une autre fenêtre" in words(told)
        assert "Comparer et choisir" in told.text
        assert hidden(told) == {name: theirs[name] for name in ("page", "seen")}, "still what this window saw"
        both = await client.post(f"{draft}/heures", data={**theirs, **PERSON, "lines.1.hours.1": "35", "action": "next"})
        assert both.status_code == 409
        assert "Personne 1, août 2026, Heures réalisées 35 140" in words(both)
        assert 'value="35"' in both.text, "the page shows what was written here"
        assert "hx-post" not in both.text, "a field that changes here chooses neither"
        assert 'value="140"' in (await client.get(f"{draft}/heures")).text, "and nothing of it is saved"
        kept = await client.post(f"{draft}/heures", data={**hidden(both), **PERSON, "lines.1.hours.1": "35"})
        assert kept.status_code == 303
        assert 'value="35"' in (await client.get(f"{draft}/heures")).text
        late = await client.post(f"{draft}/heures", data={**mine, **PERSON, "lines.1.hours.1": "36"})
        assert late.status_code == 409, "the first window has not seen the choice either"


async def test_a_windows_own_savings_never_stand_in_its_way(here: House) -> None:
    """An answer that never arrived (the network, the next change) leaves the page with what it knew before."""
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        mine = await opened(client, f"{draft}/heures")
        answers = [
            await client.post(f"{draft}/heures", data={**mine, **PERSON, "lines.1.hours.1": h}, headers=HTMX) for h in ("1", "14", "141")
        ]
        assert all("Enregistré à" in words(answer) for answer in answers)
        assert hidden(answers[-1])["page"] == mine["page"]
        assert (await client.post(f"{draft}/heures", data={**mine, **PERSON, "action": "next"})).headers[
            "location"
        ] == f"{draft}/complements"
        other = await opened(client, f"{draft}/heures")
        same = await client.post(f"{draft}/heures", data={**other, **PERSON, "action": "next"})
        assert same.status_code == 303
        again = await client.post(f"{draft}/heures", data={**mine, **PERSON, "action": "next"})
        assert again.status_code == 303, "the same said twice is no conflict"


async def test_a_line_that_another_window_took_away_leaves_no_token_to_its_neighbour(here: House) -> None:
    """Tokens follow their line, not its place."""
    uid = await here.contract()
    people = {
        "lines.1.kind": "person", "lines.1.birth_name": "PREMIÈRE", "lines.1.first_name": "Ada", "lines.1.birth_date": "12/04/1990",
        "lines.1.employer_name": "Jardins Fictifs", "lines.1.hours.0": "10", "lines.1.modality": "ACI", "lines.1.sex": "F",
        "lines.2.kind": "person", "lines.2.worker_id": "B2", "lines.2.employer_name": "Jardins Fictifs", "lines.2.hours.0": "20", "lines.2.modality": "ACI",
        "lines.2.sex": "M",
    }  # fmt: skip
    async with here.client() as client:
        draft = await started(client, uid)
        await client.post(
            f"{draft}/heures", data={**await opened(client, f"{draft}/heures"), "lines.1.kind": "person", "action": "add_person"}
        )
        window = await opened(client, f"{draft}/heures")
        await client.post(f"{draft}/heures", data={**window, **people})
        typed = {name: value for name, value in people.items() if name.rsplit(".", 1)[1] not in {"birth_name", "first_name", "birth_date"}}
        first, second = [await opened(client, f"{draft}/heures") for _ in range(2)]
        await client.post(f"{draft}/heures", data={**first, **typed, "action": "remove.1"})
        both = await client.post(f"{draft}/heures", data={**second, **typed, "lines.2.hours.0": "21", "action": "next"})
        assert both.status_code == 409
        assert "Personne 1 Jardins Fictifs, heures : 10 enlevé ou absent" in words(both)
        assert "Personne 2, juillet 2026, Heures réalisées 21 20" in words(both)
        alone = await opened(client, f"{draft}/heures")
        assert alone["lines.1.key"] == second["lines.2.key"], "what was the second is the first now"
        assert "il n’en reste qu’un jeton" not in (await client.get(f"{draft}/heures")).text
        recap = await opened(client, f"{draft}/recapitulatif")
        await client.post(f"{draft}/envoyer", data=recap)
    [message] = await here.announced()
    assert (message["centihours"], message["person"]["regional"]) == (2_000, None)


async def test_a_typed_identity_comes_back_in_the_page_and_into_no_draft(here: House) -> None:
    uid = await here.contract()
    identity = {"lines.1.birth_name": "DUPONT", "lines.1.first_name": "Zoé", "lines.1.birth_date": "12/04/1990"}
    async with here.client() as client:
        draft = await started(client, uid)
        mine, theirs = [await opened(client, f"{draft}/heures") for _ in range(2)]
        await client.post(f"{draft}/heures", data={**mine, **PERSON})
        both = await client.post(f"{draft}/heures", data={**theirs, **PERSON, **identity, "lines.1.hours.1": "35"})
        assert both.status_code == 409
        assert "Personne 1, Identité saisie –" in words(both)
        assert 'value="DUPONT"' in both.text
        [(sealed, draft_id)] = await here.pool.fetch("select sealed, draft_id from drafts")
        assert b"DUPONT" not in here.runtime.state["spool"].opened(sealed, draft_id)
        await client.post(f"{draft}/heures", data={**hidden(both), **PERSON, **identity, "lines.1.hours.1": "35"})
        assert "il n’en reste qu’un jeton" in (await client.get(f"{draft}/heures")).text


async def test_another_quarter_is_a_conflict_for_whoever_types_hours_under_the_old_months(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        hours = await opened(client, f"{draft}/heures")
        await client.post(f"{draft}/heures", data={**hours, **PERSON}, headers=HTMX)
        market = await opened(client, f"{draft}/marche")
        await client.post(f"{draft}/marche", data={**market, "quarter": "2026-Q2"})
        both = await client.post(f"{draft}/heures", data={**hours, **PERSON, "action": "next"})
        assert both.status_code == 409
        assert "avril 2026" in words(both), "the months of today's draft"


@pytest.mark.parametrize("step", ["marche", "complements"])
async def test_the_steps_about_the_contract_are_held_too(here: House, step: str) -> None:
    uid = await here.contract()
    said = {"marche": ("mechanism", "CONDITION_EXECUTION", "CRITERE_ATTRIBUTION"), "complements": ("anru", "TRAVAUX", "")}[step]
    name, first, second = said
    async with here.client() as client:
        draft = await started(client, uid)
        mine, theirs = [await opened(client, f"{draft}/{step}") for _ in range(2)]
        await client.post(f"{draft}/{step}", data={**mine, name: first})
        both = await client.post(f"{draft}/{step}", data={**theirs, name: second, "action": "next"})
        assert both.status_code == 409
        assert "Deux versions de cette étape" in words(both)
        assert f'<option value="{first}" selected>' in (await client.get(f"{draft}/{step}")).text


async def test_only_what_was_read_is_sent(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        await client.post(f"{draft}/heures", data={**await opened(client, f"{draft}/heures"), **PERSON})
        read = await opened(client, f"{draft}/recapitulatif")
        other = await opened(client, f"{draft}/heures")
        await client.post(f"{draft}/heures", data={**other, **PERSON, "lines.1.hours.1": "35"})
        refused = await client.post(f"{draft}/envoyer", data=read)
        assert refused.status_code == 409
        assert "a changé depuis que vous l’avez relue" in words(refused)
        assert "42,50" in words(refused)
        assert await here.held() == {}
        sent = await client.post(f"{draft}/envoyer", data=hidden(refused))
        assert sent.headers["location"].startswith("/declarer/recu/")
        gone = await client.post(f"{draft}/heures", data={**other, **PERSON}, headers=HTMX)
        assert "a été envoyée depuis une autre fenêtre" in gone.text
        assert f'href="{sent.headers["location"]}"' in gone.text
    assert sorted((await here.held()).values()) == [750, 3_500]


NONSENSE = ("", "x" * 5_000, "<script>alert(1)</script>", "../../etc", "🙂" * 40, "' or 1=1 --", "0" * 32, "\u202e")


@pytest.mark.parametrize("name", ["page", "seen"])
async def test_a_forged_window_damages_nothing_and_is_shown_as_text(here: House, name: str) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        mine = await opened(client, f"{draft}/heures")
        for nonsense in NONSENSE:
            for headers in (HTMX, {}):
                said = await client.post(f"{draft}/heures", data={**mine, **PERSON, name: nonsense}, headers=headers)
                assert said.status_code in {200, 303, 409}, (nonsense, said.status_code)
                assert "<script>alert" not in said.text
        shown = await client.get(f"{draft}/heures")
        assert 'value="140"' in shown.text
        sent = await client.post(f"{draft}/envoyer", data={"seen": "x" * 5_000})
        assert (sent.status_code, "a changé depuis que vous l’avez relue" in words(sent)) == (409, True), "not what anybody has read"
        assert (await client.post(f"{draft}/heures", data={**mine, name: "\0"})).status_code == 422
    assert await here.held() == {}


async def test_a_forged_key_takes_no_token_of_another_line_and_no_two_lines_share_one(here: House) -> None:
    uid, other = await here.contract(), await here.contract("2026-002")
    identity = {"lines.1.birth_name": "PREMIÈRE", "lines.1.first_name": "Ada", "lines.1.birth_date": "12/04/1990"}
    async with here.client() as client:
        theirs = await started(client, other)
        foreign = await opened(client, f"{theirs}/heures")
        await client.post(f"{theirs}/heures", data={**foreign, **PERSON, **identity})
        draft = await started(client, uid)
        mine = await opened(client, f"{draft}/heures")
        await client.post(f"{draft}/heures", data={**mine, **PERSON, **identity})
        window = await opened(client, f"{draft}/heures")
        second = {name.replace("lines.1", "lines.2"): text for name, text in PERSON.items()} | {"lines.2.worker_id": "B2"}
        twice = {**window, **PERSON, **second, "lines.2.key": window["lines.1.key"]}
        assert (await client.post(f"{draft}/heures", data=twice)).status_code == 303
        shown = await client.get(f"{draft}/heures")
        assert shown.text.count("il n’en reste qu’un jeton") == 1, "the first line has it, the second has none"
        keys = hidden(shown)
        assert keys["lines.1.key"] != keys["lines.2.key"]
        stolen = {**keys, **PERSON, **second, "lines.1.key": foreign["lines.1.key"], "lines.2.key": "'; drop table drafts"}
        assert (await client.post(f"{draft}/heures", data=stolen)).status_code == 303
        assert "il n’en reste qu’un jeton" not in (await client.get(f"{draft}/heures")).text, "a key of another draft opens nothing"
        group = {**await opened(client, f"{theirs}/heures"), "lines.1.kind": "group", "lines.1.group": "Lot", "lines.1.hours.0": "9"}
        await client.post(f"{theirs}/heures", data=group)
        await client.post(f"{theirs}/heures", data={**await opened(client, f"{theirs}/heures"), **PERSON})
        assert "il n’en reste qu’un jeton" not in (await client.get(f"{theirs}/heures")).text, "a group is nobody, and no person again"
