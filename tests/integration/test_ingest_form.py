"""The form in four steps on a real database: drafts that are saved and taken up again, what is said while looking, sent once."""

from __future__ import annotations

import re
from datetime import date, timedelta

import httpx

from services.ingest.parts import Declared
from services.ingest.store.contracts import Entry
from tests.integration.ingest_house import BUYER, FACILITATOR, House
from tests.reading import hidden, plain, words

PAGE = {"Accept": "text/html"}
HTMX = {"HX-Request": "true"}
PERSON = {
    "lines.1.kind": "person", "lines.1.employer_name": "Jardins Fictifs", "lines.1.worker_id": "A12", "lines.1.sex": "F",
    "lines.1.hours.0": "7,5", "lines.1.hours.1": "140", "lines.1.modality": "ACI",
}  # fmt: skip
GROUP = {
    "lines.1.kind": "group", "lines.1.employer_name": "Chantiers Fictifs", "lines.1.group": "Lot 2", "lines.1.hours.0": "1 250,5",
    "lines.1.persons.0": "12", "lines.1.women.0": "3", "lines.1.men.0": "9",
}  # fmt: skip


async def started(client: httpx.AsyncClient, contract: object, quarter: str = "2026-Q3", kind: str = "person") -> str:
    """The address of a new draft, without its step."""
    answer = await client.post("/declarer/nouvelle", data={"contract": str(contract), "quarter": quarter, "type": kind})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removesuffix("/marche")


async def test_from_the_contract_to_the_receipt_sent_once(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        assert "2026-001" in (await client.get("/declarer/nouvelle?q=joliot")).text
        draft = await started(client, uid)
        market = {"mechanism": "CONDITION_EXECUTION", "hours_committed": "1 200", "programme": "ANRU_NPNRU", "operation": "Îlot Joliot"}
        assert (await client.post(f"{draft}/marche", data={**market, "action": "next"})).headers["location"] == f"{draft}/heures"
        assert (await client.post(f"{draft}/heures", data={**PERSON, "action": "next"})).headers["location"] == f"{draft}/complements"
        more = {"anru": "TRAVAUX", "worked_hours": "12 000", "transfer": "oui", "transfer_headcount": "4", "action": "next"}
        assert (await client.post(f"{draft}/complements", data=more)).headers["location"] == f"{draft}/recapitulatif"
        recap = await client.get(f"{draft}/recapitulatif")
        assert "147,50" in recap.text
        assert "1,2 % des heures travaillées" in plain(recap.text)
        sent = [await client.post(f"{draft}/envoyer") for _ in range(2)]
        assert sent[0].headers["location"] == sent[1].headers["location"]
        assert (await client.get(f"{draft}/heures")).headers["location"] == sent[0].headers["location"]
        assert "Îlot Joliot".lower() not in (await client.get("/declarer/nouvelle?q=autre")).text
        assert "2026-001" in (await client.get("/declarer/nouvelle?q=ilot")).text, "found by its operation"
    assert sorted((await here.held()).values()) == [750, 14_000]
    [clause] = [m["clause"] for m in await here.announced("contracts")][-1:]
    assert (clause["hours_committed"], clause["operation"], clause["anru"], clause["staff_transfer"]["headcount"]) == (
        1200,
        "Îlot Joliot",
        "TRAVAUX",
        4,
    )
    assert await here.pool.fetchval("select centihours from worked_hours") == 1_200_000
    assert await here.pool.fetchval("select octet_length(sealed) from drafts") == 0, "nothing of the draft is left"


async def test_contracts_that_are_over_stand_after_those_that_run(here: House) -> None:
    for number, ends in (("A-2024", date(2026, 6, 30)), ("B-2025", date(2026, 7, 1)), ("C-2026", None)):
        part = Declared(number=number, object="Gros œuvre", department="93", starts_on=date(2025, 1, 1), ends_on=ends)
        await here.record(Entry(str(BUYER.siret), part, in_region=True))
    async with here.client() as client:
        page = words((await client.get("/declarer/nouvelle")).text)
        listed = (await client.get("/api/v1/contracts")).json()["items"]
    assert page.index("Vos marchés") < page.index("B-2025") < page.index("C-2026") < page.index("Marchés terminés") < page.index("A-2024")
    assert "Finis avant le 3e trimestre 2026" in page
    assert ([one["number"] for one in listed], "over" in listed[0]) == (["A-2024", "B-2025", "C-2026"], False), (
        "the interface keeps its order"
    )
    assert "Ville de Fictive" in page, "the buyer by the name that the directory has"
    assert str(BUYER.siret) not in page


async def test_each_change_is_saved_and_what_is_wrong_is_said_at_once(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client, here.client("company") as other:
        draft = await started(client, uid, kind="group")
        answer = await client.post(f"{draft}/heures", data={**GROUP, "lines.1.women.0": "4"}, headers=HTMX)
        assert "<html" not in answer.text
        assert "Enregistré à 10" in answer.text, "Paris time"
        assert "Groupe 1, juillet 2026 : " in plain(answer.text)
        assert "13 pour 12 personnes" in answer.text
        stays = await client.post(f"{draft}/heures", data={**GROUP, "lines.1.women.0": "4", "action": "next"})
        assert stays.status_code == 422
        assert 'id="lines-1-persons-0"' in stays.text
        assert 'aria-invalid="true"' in stays.text
        assert (await client.post(f"{draft}/envoyer")).headers["location"] == f"{draft}/recapitulatif", "not while something blocks"
        waiting = await client.get("/declarer/nouvelle")
        assert f"{draft}/heures" in waiting.text
        assert 'value="1 250,5"' in (await client.get(f"{draft}/heures")).text, "taken up again where it was left"
        assert (await other.get(f"{draft}/heures", headers=PAGE)).status_code == 404
        assert (await client.post(f"{draft}/abandon")).status_code == 303
        assert (await client.get(f"{draft}/heures", headers=PAGE)).status_code == 404
    assert await here.held() == {}


async def test_an_identity_becomes_its_token_and_is_in_no_draft(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        identity = {"lines.1.birth_name": "DUPONT", "lines.1.first_name": "Zoé", "lines.1.birth_date": "12/04/1990"}
        await client.post(f"{draft}/heures", data={**PERSON, **identity})
        page = await client.get(f"{draft}/heures")
        assert "DUPONT" not in page.text
        assert "il n’en reste qu’un jeton" in page.text
        assert 'value="1990-04"' in page.text
        sealed = await here.pool.fetchval("select sealed from drafts")
        content = here.runtime.state["spool"].opened(sealed, await here.pool.fetchval("select draft_id from drafts"))
        assert b"DUPONT" not in content
        assert b"A12" not in sealed
        await client.post(f"{draft}/heures", data={**hidden(page), **PERSON})
        await client.post(f"{draft}/envoyer")
    people = {(m["person"]["regional"], m["person"]["birth"]) for m in await here.announced()}
    assert len(people) == 1
    assert people.pop()[0] is not None


async def test_the_quarter_before_is_suggested_with_the_same_persons(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid, "2026-Q2")
        await client.post(f"{draft}/heures", data=PERSON)
        await client.post(f"{draft}/envoyer")
        before = {m["line_id"]: m["person"]["local"] for m in await here.announced()}
        draft = await started(client, uid, "2026-Q3")
        assert "2 lignes déclarées" in re.sub("<[^>]+>", "", (await client.get(f"{draft}/heures")).text)
        await client.post(f"{draft}/heures", data={"action": "repeat"})
        page = await client.get(f"{draft}/heures")
        assert "Trimestre précédent : 7,5" in plain(page.text)
        assert 'value="Jardins Fictifs"' in page.text
        assert "A12" not in page.text
        nothing = {name: value for name, value in PERSON.items() if ".hours" not in name and "worker" not in name}
        await client.post(f"{draft}/heures", data={**hidden(page), **nothing, "lines.1.hours.2": "100"})
        await client.post(f"{draft}/envoyer")
    after = [m for m in await here.announced() if m["line_id"] not in before]
    assert [(m["centihours"], m["period"]["start"], m["person"]["local"]) for m in after] == [(10_000, "2026-09-01", before.popitem()[1])]


async def test_a_landlord_gives_a_quarters_total(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid, kind="group")
        await client.post(f"{draft}/heures", data={**GROUP, "grain": "quarter"})
        page = await client.get(f"{draft}/heures")
        assert page.text.count('class="month"') == 1
        await client.post(f"{draft}/envoyer")
    [message] = await here.announced()
    assert (message["period"]["grain"], message["centihours"], message["group"]["women"]) == ("quarter", 125_050, 3)


async def test_more_than_was_committed_is_looked_at_and_a_company_says_no_clause(here: House) -> None:
    uid = await here.contract()
    await here.pool.execute("update contracts set holder_sirets = '{12345678200010}' where uid = $1", uid)
    async with here.client() as client, here.client("company") as company:
        draft = await started(client, uid, kind="group")
        await client.post(f"{draft}/marche", data={"mechanism": "CONDITION_EXECUTION", "hours_committed": "1200"})
        answer = await client.post(f"{draft}/heures", data=GROUP, headers=HTMX)
        assert "104 % des heures prévues" in plain(answer.text)
        theirs = await started(company, uid)
        assert "dite par l’acheteur" in (await company.get(f"{theirs}/marche")).text
        await company.post(f"{theirs}/marche", data={"mechanism": "CRITERE_ATTRIBUTION", "hours_committed": "9"})
        await company.post(f"{theirs}/heures", data=PERSON)
        assert (await company.post(f"{theirs}/envoyer")).status_code == 303
    assert all((m["clause"] or {}).get("hours_committed") != 9 for m in await here.announced("contracts"))


async def test_what_is_wrong_in_the_clause_is_said_beside_it(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        for typed, said in (
            ({"mechanism": "CONDITION_EXECUTION"}, "Heures prévues"),
            ({"hours_committed": "beaucoup"}, "nous avons lu « beaucoup »"),
            ({"ends_on": "hier"}, "n’est pas une date"),
            ({"starts_on": "01/02/2026", "ends_on": "01/01/2026"}, "avant son début"),
            ({"operation": "Appeler jean@exemple.fr"}, "contient une adresse"),
        ):
            answer = await client.post(f"{draft}/marche", data={**typed, "action": "next"})
            assert (answer.status_code, said in plain(answer.text)) == (422, True), typed
        assert (await client.get("/declarer/calculette", params={"amount": "1 000 000 €"})).text.count(">833<") == 1
        assert (await client.get("/declarer/calculette", params={"amount": "cher"})).status_code == 422
        assert "Qui voit quoi" in (await client.get("/declarer/qui-voit")).text


async def test_a_contract_of_somebody_else_starts_nothing_and_old_drafts_are_forgotten(here: House) -> None:
    uid = await here.contract()
    async with here.client("company") as other, here.client("facilitator") as facilitator:
        for contract in (str(uid), "pas un identifiant"):
            assert (await other.post("/declarer/nouvelle", data={"contract": contract}, headers=PAGE)).status_code == 404
        await started(facilitator, uid)
    assert await here.pool.fetchval("select declarant_id from drafts") == FACILITATOR.id
    old = here.clock() + timedelta(days=31)
    assert await here.pool.fetchval("select count(*) from drafts where saved_at <= $1", old - timedelta(days=30)) == 1


async def test_a_contract_that_nobody_told_of_is_added_and_declared(here: House) -> None:
    new = {
        "number": "2026-777",
        "object": "Entretien des espaces verts",
        "department": "93",
        "starts_on": "05/01/2026",
        "ends_on": "31/12/2027",
    }
    async with here.client() as client, here.client("team") as team:
        none = await client.get("/declarer/nouvelle?q=2026-777")
        assert "/declarer/nouveau-marche?q=2026-777" in none.text
        assert 'value="2026-777"' in (await client.get("/declarer/nouveau-marche?q=2026-777")).text
        wrong = await client.post(
            "/declarer/nouveau-marche", data={**new, "object": "Voir jean@exemple.fr", "department": "", "starts_on": "hier"}
        )
        assert (wrong.status_code, wrong.text.count('aria-invalid="true"')) == (422, 3)
        added = await client.post("/declarer/nouveau-marche", data=new)
        draft = added.headers["location"].removesuffix("/marche")
        market = {"mechanism": "CONDITION_EXECUTION", "hours_committed": "900", "sector": "BATIMENT", "action": "next"}
        assert (await client.post(f"{draft}/marche", data=market)).headers["location"] == f"{draft}/heures"
        await client.post(f"{draft}/heures", data=PERSON)
        asked = await client.post(f"{draft}/complements", data={"transfer": "oui"}, headers=HTMX)
        assert "le secteur du marché est « Bâtiment »" in plain(asked.text)
        assert (await client.post(f"{draft}/envoyer")).headers["location"].startswith("/declarer/recu/D-2026-")
        again = await client.post("/declarer/nouveau-marche", data={**new, "number": " 2026-777 "})
        assert (again.status_code, "/declarer/nouvelle?q=2026-777" in again.text) == (422, True)
        assert (await team.post("/declarer/nouveau-marche", data=new)).status_code == 403
        by_api = {"number": "2026-778", "clause": {"sector": "INDUSTRIE", "staff_transfer": {"headcount": 3}}}
        answer = await client.post("/api/v1/contracts", json=by_api)
    assert [(error["code"], error["severity"]) for error in answer.json()["remarks"]] == [("V17", "check")]
    found = (await here.announced("contracts"))[0]
    assert (found["number"], found["department"], found["ends_on"], found["buyer_name"]) == (
        "2026-777",
        "93",
        "2027-12-31",
        "Ville de Fictive",
    )
    assert sorted((await here.held()).values()) == [750, 14_000]


async def test_hours_too_many_for_a_month_are_answered_as_minutes_or_as_several_persons(here: House) -> None:
    uid = await here.contract()
    async with here.client() as client:
        draft = await started(client, uid)
        typed = {**PERSON, "lines.1.hours.0": "9 100", "lines.1.hours.1": "900"}
        assert (await client.post(f"{draft}/heures", data={**typed, "action": "save"})).status_code == 303
        page = await client.get(f"{draft}/heures")
        assert page.text.count("Ce sont des minutes") == 2
        await client.post(f"{draft}/heures", data={**typed, "action": "minutes.1.0"})
        page = await client.get(f"{draft}/heures")
        assert 'value="151,67"' in page.text
        assert page.text.count("Ce sont des minutes") == 1, "the other month was not said to be minutes"
        await client.post(f"{draft}/heures", data={**typed, "lines.1.hours.0": "151,67", "action": "group.1"})
        page = await client.get(f"{draft}/heures")
        assert 'name="lines.1.kind" value="group"' in page.text
        assert "A12" not in page.text, "what is said of one person is not said of a group"
        for name in ("Jardins Fictifs", "151,67", "900"):
            assert f'value="{name}"' in page.text
        for unknown in ("group.7", "minutes.0.1", "minutes.1.9"):
            assert (await client.post(f"{draft}/heures", data={**GROUP, "action": unknown})).status_code == 303
