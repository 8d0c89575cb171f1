"""The diagnostic form by HTTP on a real database: sent, filled in by several, saved field by field, told."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from kit import registry
from schemas.directory import MandateRecorded, PersonRecorded
from services.events import diagnosing
from tests.integration.diagnostic_house import API, FORM, moved, sent
from tests.integration.events_house import House


async def test_it_is_sent_once_to_eight_and_filled_in_with_what_is_known(events: House) -> None:
    person, organisation = uuid4(), uuid4()
    async with events.pool.acquire() as connection:
        await registry.record(
            connection, PersonRecorded(person_id=person, first_name="Awa", name="Fictive", email="awa@exemple.test", roles=("coordinator",))
        )
        mandate = MandateRecorded(
            mandate_id=uuid4(), department="93", structure_id=organisation, structure_siret="12345678200010", structure_name="PLIE fictif",
            person_id=person, starts_on=date(2026, 1, 1),
        )  # fmt: skip
        await registry.record(connection, mandate)
    await moved(events)
    await moved(events, centihours=5, occurred_at=events.clock() - timedelta(hours=1))  # late: older than what is known
    await sent(events)
    await sent(events)
    said = await events.announced()
    assert [message["type"] for message in said] == ["DiagnosticRequested"] * 8
    assert said[0]["page"] == "/diagnostic/2027/75"
    async with events.client("coordinator93") as coordinator, events.client("coordinator77") as other:
        page = (await coordinator.get(FORM)).text
        assert 'value="12480,5"' in page
        assert 'value="PLIE fictif"' in page
        assert "awa@exemple.test" in page
        assert "Prérempli d’après l’observatoire, 2026" in page
        assert (await other.get(FORM)).status_code == 403
        assert (await other.get("/diagnostic/2027/77")).status_code == 200
        form = (await coordinator.get(f"{API}/93")).json()
        assert form["answers"]["heures"] == {
            "value": "12480.5",
            "revision": 0,
            "by": "observatoire",
            "at": "2027-01-04T09:00:00Z",
            "prefilled": True,
        }
        await moved(events, persons=60, occurred_at=events.clock() + timedelta(hours=1))
        assert (await coordinator.get(f"{API}/93")).json()["answers"]["beneficiaires"]["value"] == "60", (
            "it follows while nobody has answered"
        )


async def test_each_field_is_saved_by_itself_and_a_wrong_one_says_why(events: House) -> None:
    await sent(events)
    async with events.client("coordinator93") as coordinator:
        saved = await coordinator.post(
            f"{FORM}/reponses/moyens", data={"a.moyens": "Un  départ\r\nUne arrivée", "r.moyens": "0", "editor": str(uuid4())}
        )
        assert saved.status_code == 200
        assert "enregistré à 10:00" in saved.text
        assert 'name="r.moyens" value="1"' in saved.text
        wrong = await coordinator.post(
            f"{FORM}/reponses/etp_facilitateurs", data={"a.etp_facilitateurs": "deux", "r.etp_facilitateurs": "0"}
        )
        assert wrong.status_code == 422
        assert "Un nombre est attendu" in wrong.text
        right = await coordinator.post(
            f"{FORM}/reponses/etp_facilitateurs", data={"a.etp_facilitateurs": "1 002,50", "r.etp_facilitateurs": "0"}
        )
        assert right.status_code == 200
        assert 'value="1002,5"' in (await coordinator.get(FORM)).text
        chosen = {"a.difficultes.0": "oui", "a.difficultes.3": "oui", "r.difficultes": "0"}
        assert (await coordinator.post(f"{FORM}/reponses/difficultes", data=chosen)).status_code == 200
        answers = (await coordinator.get(f"{API}/93")).json()["answers"]
        assert answers["difficultes"]["value"] == "Recours aux ETT\nMobilité"
        assert answers["moyens"]["value"] == "Un  départ\nUne arrivée"
        assert (await coordinator.post(f"{FORM}/reponses/rien", data={})).status_code == 404
        hostile = "<script>alert(1)</script>\u202e{{7*7}}"
        await coordinator.post(f"{FORM}/reponses/commentaires", data={"a.commentaires": hostile, "r.commentaires": "0"})
        page = (await coordinator.get(FORM)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


async def test_two_people_at_once_lose_nothing(events: House) -> None:
    await sent(events)
    mine, theirs = str(uuid4()), str(uuid4())
    async with events.client("coordinator93") as coordinator, events.client() as team:
        field = f"{FORM}/reponses/moyens"
        assert (await coordinator.post(field, data={"a.moyens": "Version A", "r.moyens": "0", "editor": mine})).status_code == 200
        clash = await team.post(field, data={"a.moyens": "Version B", "r.moyens": "0", "editor": theirs})
        assert clash.status_code == 412
        assert "Version A" in clash.text
        assert "Version B" in clash.text
        assert "coordinator93" in clash.text
        overtaken = await coordinator.post(field, data={"a.moyens": "Version A bis", "r.moyens": "0", "editor": mine})
        assert overtaken.status_code == 200, "one opened page never contradicts itself"
        assert (await team.post(field, data={"a.moyens": "Version A bis", "r.moyens": "0", "editor": theirs})).status_code == 200, (
            "they agree"
        )
        both = await team.post(field, data={"value": "A et B", "revision": "2", "block": "oui", "editor": theirs})
        assert both.status_code == 200
        assert ">A et B</textarea>" in both.text
        # as a whole form, without JavaScript: the untouched field is no conflict, the touched one comes back with both values
        stale = {"a.moyens": "Version A bis", "r.moyens": "2", "a.commentaires": "Bonjour", "r.commentaires": "0", "editor": mine}
        assert (await coordinator.post(FORM, data=stale)).status_code == 303
        refused = await coordinator.post(FORM, data={**stale, "a.moyens": "Version C"})
        assert refused.status_code == 412
        assert "A et B" in refused.text
        assert "Version C" in refused.text
        kept = await coordinator.post(FORM, data={"r.moyens": "3", "pick.moyens": "both", "both.moyens": "A, B et C", "editor": mine})
        assert kept.status_code == 303
        answers = (await team.get(f"{API}/93")).json()["answers"]
        assert answers["moyens"]["value"] == "A, B et C"
        assert answers["commentaires"]["value"] == "Bonjour"
    past = await events.pool.fetch("select value from diagnostic_answers where question = 'moyens' order by revision")
    assert [row["value"] for row in past] == ["Version A", "Version A bis", "A et B", "A, B et C"]


async def test_the_interface_wants_the_revision_and_shows_what_stands(events: House) -> None:
    await sent(events)
    async with events.client("coordinator93") as coordinator, events.client("coordinator77") as other, events.client(None) as anybody:
        at = f"{API}/93/answers/moyens"
        assert (await coordinator.put(at, json={"value": "A"})).status_code == 428
        assert (await coordinator.put(at, json={"value": "A"}, headers={"If-Match": "neuf"})).status_code == 412
        first = await coordinator.put(at, json={"value": "A"}, headers={"If-Match": '"0"'})
        assert first.headers["etag"] == '"1"'
        stale = await coordinator.put(at, json={"value": "B"}, headers={"If-Match": '"0"'})
        assert stale.status_code == 412
        assert stale.json()["current"]["value"] == "A"
        assert stale.json()["yours"] == "B"
        ahead = await coordinator.put(at, json={"value": "B"}, headers={"If-Match": '"7"'})
        assert ahead.status_code == 412
        assert (await other.put(at, json={"value": "B"}, headers={"If-Match": '"1"'})).status_code == 403
        assert (await anybody.get(f"{API}/93")).status_code == 401
        assert (await coordinator.get(f"{API}/13")).status_code == 404
        assert (await coordinator.get("/api/v1/diagnostics/1066/93")).status_code == 404
        assert (await coordinator.get("/api/v1/diagnostics/2026/93")).status_code == 404
        assert (await coordinator.post(API, json={"answer_by": "2027-03-01"})).status_code == 403
        wrong = await coordinator.put(f"{API}/93/answers/difficultes", json={"value": "La pluie"}, headers={"If-Match": '"0"'})
        assert wrong.status_code == 422
        assert wrong.json()["errors"][0]["example"] == "Recours aux ETT"
    async with events.client() as team:
        for day in ("2027-01-03", "2029-01-01"):
            assert (await team.post(API, json={"answer_by": day})).status_code == 422
        assert (await team.post("/api/v1/diagnostics/2031", json={"answer_by": "2027-03-01"})).status_code == 422
        assert [item["department"] for item in (await team.get("/api/v1/diagnostics?year=2027")).json()["items"]] == [
            "75", "77", "78", "91", "92", "93", "94", "95",
        ]  # fmt: skip


async def test_its_states_are_told_and_a_closed_form_does_not_change(events: House) -> None:
    await moved(events)
    await sent(events)
    async with events.client("coordinator93") as coordinator, events.client() as team:
        await coordinator.post(f"{FORM}/reponses/moyens", data={"a.moyens": "A", "r.moyens": "0"})
        assert await diagnosing.tell_progress_once(events.runtime) == 0, "not before ten minutes"
        events.clock.now += timedelta(minutes=11)
        assert await diagnosing.tell_progress_once(events.runtime) == 1
        assert await diagnosing.tell_progress_once(events.runtime) == 0
        assert "sans réponse" in (await coordinator.get(f"{FORM}/transmettre")).text
        for _ in range(2):
            assert (await coordinator.post(f"{FORM}/transmettre")).status_code == 303
        late = await coordinator.post(f"{FORM}/reponses/moyens", data={"a.moyens": "B", "r.moyens": "1"})
        assert late.status_code == 409
        assert "Non enregistré" in late.text
        assert (await coordinator.post(f"{FORM}/relire")).status_code == 403
        await moved(events, centihours=9, occurred_at=events.clock())
        assert "12\u202f480,5" in (await coordinator.get(FORM)).text, "what was handed in stands"
        assert (await team.post(f"{FORM}/relire", data={"comment": "Merci"})).status_code == 303
        assert (await coordinator.post(f"{FORM}/rouvrir")).status_code == 409
        assert (await team.post(f"{FORM}/rouvrir", data={"comment": "Complétez les contacts"})).status_code == 303
        assert "Complétez les contacts" in (await coordinator.get(FORM)).text
        assert (await team.post("/diagnostic/2027/77/relancer")).status_code == 303
    said = [message for message in await events.announced() if message["department"] in {"93", "77"}][2:]
    assert [message["type"] for message in said] == [
        "DiagnosticProgressed", "DiagnosticSubmitted", "DiagnosticReviewed", "DiagnosticRequested", "DiagnosticRequested",
    ]  # fmt: skip
    assert [message["revision"] for message in said] == [2, 3, 4, 5, 2]
    assert said[2]["comment"] == "Merci"
    assert said[3]["reminder"] is True
    assert said[4]["department"] == "77"
    assert said[0]["progress"] > 0
