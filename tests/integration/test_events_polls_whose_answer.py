# ruff: noqa: F811  fixtures are taken by their name
"""Who answers a poll: a mandate's holder and the one who follows, a person whose address is known."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from kit import registry
from schemas.directory import MandateRecorded, PersonRecorded
from services.events.store import ballots
from tests.integration.events_house import House, mandate
from tests.integration.polls_house import PERSON, POLLS, QUESTION, answers, events, opened  # noqa: F401  fixtures


async def test_answers_are_inherited_to_be_confirmed_when_the_mandate_changes_hands(events: House) -> None:
    poll = await opened(events)
    where, successor = f"{POLLS}/{poll['id']}", uuid4()
    async with events.client("coordinator93") as client:
        await client.put(f"{where}/answer", json=answers(poll, "YES", "NO"))

    async def recorded(*mandates: MandateRecorded) -> int:
        async with events.pool.acquire() as connection, connection.transaction():
            for each in mandates:
                await registry.record(connection, each)
            return await ballots.inherit(connection, "93", events.clock())

    assert await recorded() == 0, "the same mandate changes nothing"
    old = await events.pool.fetchval("select mandate_id from registry_mandates where department = '93'")
    ends = mandate("93", PERSON, mandate_id=old, ends_on=date(2027, 2, 1))
    follows = mandate("93", successor, starts_on=date(2027, 2, 1))
    assert await recorded(ends, follows) == 1
    assert await recorded(ends, follows) == 0, "a second delivery changes nothing"
    told = (await events.announced())[-1]
    assert (told["type"], told["by"]["department"], told["to_confirm"]) == ("PollAnswered", "93", True)
    async with events.client("coordinator93") as client:
        seen = (await client.get(where)).json()
        mine = next(who for who in seen["recipients"] if who["department"] == "93")
        assert (mine["to_confirm"], mine["answers"][poll["options"][1]["id"]]) == (True, "NO")
        path = f"/sondages/{poll['id']}/reponses/{mine['id']}"
        assert "Confirmez-les ou changez-les" in (await client.get(path)).text
        assert "à confirmer" in (await client.get(f"/sondages/{poll['id']}")).text
        assert (await client.post(f"{path}/confirmer")).status_code == 303
        seen = (await client.get(where)).json()
        assert not next(who for who in seen["recipients"] if who["department"] == "93")["to_confirm"]


async def test_a_known_address_is_the_person_of_the_directory_and_only_that_person_answers(events: House) -> None:
    person = PersonRecorded(
        person_id=uuid4(),
        first_name="Sam",
        name="Exemple",
        email="Sam.Exemple@exemple.fr",
        organisation_id=None,
        roles=("team",),
        active=True,
    )
    async with events.pool.acquire() as connection:
        await registry.record(connection, person)
    poll = await opened(events, recipients=[{"email": "sam.exemple@exemple.fr", "required": True}, {"department": "77"}])
    assert poll["recipients"][0]["person_id"] == str(person.person_id)
    async with events.client("coordinator77") as client:
        stranger = await client.put(
            f"{POLLS}/{poll['id']}/answer", json={**answers(poll, "YES", "YES"), "recipient": poll["recipients"][0]["id"]}
        )
        assert stranger.status_code == 403
        assert (await client.get(f"/sondages/{poll['id']}/reponses/{poll['recipients'][0]['id']}")).status_code == 403
    async with events.client() as client:
        unknown = await client.post(POLLS, json={**QUESTION, "recipients": [{"person_id": str(uuid4())}]})
        assert unknown.json()["errors"][0]["code"] == "UNKNOWN_PERSON"
