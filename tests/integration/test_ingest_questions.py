"""A coordinator asks about a line, the declarant answers, both are told; nobody else reads or writes it."""

from __future__ import annotations

import re

from kit.web.filters import siret
from tests.integration.ingest_house import House, value
from tests.reading import plain

PAGE = {"Accept": "text/html"}


async def test_a_question_on_a_line_is_answered_once(here: House) -> None:
    number = (await here.file([value(await here.contract(), "A", 1_250_500)])).number
    async with here.client("coordinator93") as asker, here.client() as buyer:
        seen = (await asker.get(f"/declarer/{number}")).text
        assert f"/declarer/{number}/question?ligne=1" in seen
        assert f"<td>Chantiers Fictifs ({siret('12345678200010')})</td>" in seen, "an employer by the name that the directory has"
        assert (await asker.get(f"/declarer/{number}/question", params={"ligne": 1})).status_code == 200
        for text, said in (("", "Écrivez"), ("Appelez le 06 12 34 56 78", "contient"), ("x" * 1001, "1000 caractères")):
            answer = await asker.post(f"/declarer/{number}/question", data={"line": "1", "text": text})
            assert (answer.status_code, said in answer.text) == (422, True), answer.text
        assert (await asker.post(f"/declarer/{number}/question", data={"line": "9", "text": "Pourquoi ?"})).status_code == 422
        asked = await asker.post(f"/declarer/{number}/question", data={"line": "1", "text": "Est-ce bien 12 505 heures ?"})
        assert asked.headers["location"] == f"/declarer/{number}#questions"
        assert f"/declarer/{number}#questions" in (await buyer.get("/declarer")).text
        [message] = [m for m in await here.announced("declarations") if m["type"] == "QuestionAsked"]
        assert (message["line"], message["contract"], message["departments"]) == (1, "2026-001", ["93"])
        assert "Est-ce bien 12 505 heures" in (await buyer.get(f"/declarer/{number}")).text
        where = f"/declarer/{number}/questions/{message['question_id']}"
        assert (await asker.post(where, data={"text": "Oui"}, headers=PAGE)).status_code == 404, "not the declarant"
        assert (await buyer.post(where, data={"text": "Non : 1 250,5, je corrige."})).status_code == 303
        assert (await buyer.post(where, data={"text": "Autre réponse"}, headers=PAGE)).status_code == 409
        [answered] = [m for m in await here.announced("declarations") if m["type"] == "QuestionAnswered"]
        assert (answered["asked_by"], answered["text"]) == ("coordinator93", "Non : 1 250,5, je corrige.")
        assert "je corrige" in (await asker.get(f"/declarer/{number}")).text
        assert f"/declarer/{number}#questions" not in (await buyer.get("/declarer")).text


async def test_an_answer_that_is_refused_is_given_back_to_its_author(here: House) -> None:
    number = (await here.file([value(await here.contract(), "A")])).number
    async with here.client("coordinator93") as asker, here.client() as buyer:
        await asker.post(f"/declarer/{number}/question", data={"line": "1", "text": "Lot 2 ?\nOu lot 3 ?"})
        [message] = [m for m in await here.announced("declarations") if m["type"] == "QuestionAsked"]
        field = f"reponse-{message['question_id']}"
        refused = await buyer.post(
            f"/declarer/{number}/questions/{message['question_id']}", data={"text": "Lot 3, appelez le 06 12 34 56 78"}
        )
        assert refused.status_code == 422
        page = plain(refused.text)
        assert "<title>Erreur : Déclaration" in page
        assert f'<a href="#{field}">Ce texte contient un numéro de téléphone' in page
        assert re.search(rf'<textarea id="{field}"[^>]*aria-invalid="true">Lot 3, appelez le 06 12 34 56 78</textarea>', page)
        assert re.search('class="as-written"><strong>Lot 2[^<]\\?\nOu lot 3[^<]\\?<', refused.text), "lines stay lines"
        assert [m for m in await here.announced("declarations") if m["type"] == "QuestionAnswered"] == []


async def test_a_coordination_lists_what_was_declared_for_its_departments(here: House) -> None:
    number = (await here.file([value(await here.contract(), "A")])).number
    for who, listed in (("coordinator93", True), ("coordinator77", False), ("team", True)):
        async with here.client(who) as client:
            page = await client.get("/declarer", headers=PAGE)
        assert (page.status_code, f"/declarer/{number}" in page.text) == (200, listed), who
        assert "/declarer/nouvelle" not in page.text


async def test_only_those_who_follow_the_department_ask(here: House) -> None:
    number = (await here.file([value(await here.contract(), "A")])).number
    for who, status in (("buyer", 403), ("company", 403), ("coordinator77", 404), ("team", 303)):
        async with here.client(who) as client:
            answer = await client.post(f"/declarer/{number}/question", data={"text": "Pourquoi ?"}, headers=PAGE)
            assert (who, answer.status_code) == (who, status)
