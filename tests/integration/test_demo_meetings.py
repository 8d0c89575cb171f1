"""The demonstration's meetings brought into the real service, by HTTP: there, and the same when they are brought in again."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.loading import Load
from demo.meetings.load import bring_in_meetings
from demo.platform import Platform
from demo.region.coordinations import Mandate, mandates
from demo.region.keys import KEYS
from demo.region.organisations import STRUCTURES
from demo.region.people import PEOPLE
from demo.run_folder import RunFolder
from kit import api_keys, registry
from schemas.directory import ApiKeyRecorded, MandateRecorded, PersonRecorded
from schemas.zones import PARIS
from tests.browser.served_events import Served, served
from tests.reading import plain

BUDGET_S = 20.0
"""Two to three seconds where nothing else runs; six are aimed at."""
MOST_MESSAGES = 90
"""Announced on `meetings`: about as many mails."""
PAGES = {
    "/agenda": "Bailleurs sociaux : programmer les heures sur trois ans",
    "/agenda?vue=passees": "Petit-déjeuner des facilitateurs",
    "/openmap": "Openmap ESS : les métiers du paysage",
    "/openmap/1": "Métiers du paysage",
    "/openmap/1/organisation": "1 étape est en retard",
    "/openmap/1/pitchs": "Un jardin d’insertion qui entretient vos parcs",
    "/sondages": "Groupe de travail : suivre les heures des bailleurs",
    "/gouvernance": "Collège des acheteurs : suivi de la feuille de route",
    "/gouvernance/actions": "en retard",
    "/gouvernance/ACHETEURS": "Clause type relue par quatre acheteurs",
    "/diagnostic/2027": "Mobilité",
    "/presence?semestre=2027-S1": "Seine-Saint-Denis",
}


@dataclass
class Region:
    served: Served
    load: Load

    async def brought_in(self, now: datetime) -> None:
        await asyncio.to_thread(bring_in_meetings, self.load, now)

    async def rows(self) -> Counter[str]:
        """How many rows each table has."""
        pool = self.served.events.pool
        names = await pool.fetch("select tablename from pg_tables where schemaname = current_schema()")
        return Counter({row["tablename"]: await pool.fetchval(f"select count(*) from {row['tablename']}") for row in names})


@pytest.fixture
async def region(events_database: str, tmp_path: Path) -> AsyncIterator[Region]:
    """The service with the people and mandates of the fictional region, and a run's folder with keys that it knows."""
    async with served(events_database) as found:
        run = RunFolder(tmp_path)
        today = found.events.clock().astimezone(PARIS).date()
        async with found.events.pool.acquire() as connection:
            for person in PEOPLE:
                known = PersonRecorded(
                    person_id=person.id, first_name=person.first_name, name=person.name, email=person.email, roles=person.roles
                )
                await registry.record(connection, known)
            for mandate in mandates(today):
                await registry.record(connection, _recorded(mandate))
            for key in KEYS:
                found.events.keys[key.id] = run.own_key(key.id)
                await registry.record(connection, ApiKeyRecorded(
                    key_id=key.id, sha256=api_keys.sha256_of(run.own_key(key.id)), name=key.name, organisation_id=key.organisation,
                    person_id=key.person, roles=key.roles, departments=key.departments,
                ))  # fmt: skip
        operator = Platform.at(found.url, run.own_key("team"))
        with operator.http:
            yield Region(found, Load(run, operator, today))


def _recorded(mandate: Mandate) -> MandateRecorded:
    structure = next(found for found in STRUCTURES if found.id == mandate.structure)
    return MandateRecorded(
        mandate_id=mandate.id, department=mandate.department, structure_id=structure.id, structure_siret=structure.siret,
        structure_name=structure.name, person_id=mandate.person.id, interim=mandate.interim, starts_on=mandate.starts_on,
        ends_on=mandate.ends_on, ends_text=mandate.ends_text, supposed_end=mandate.supposed_end,
    )  # fmt: skip


async def test_every_page_of_the_network_has_something_and_a_second_load_changes_nothing(region: Region) -> None:
    clock = region.served.events.clock
    now = clock().astimezone(PARIS).replace(tzinfo=None)
    begun = time.monotonic()
    await region.brought_in(now)
    seconds = time.monotonic() - begun
    print(f"brought in within {seconds:.1f} s")
    assert seconds < BUDGET_S
    async with region.served.events.client() as team:
        for path, expected in PAGES.items():
            answer = await team.get(path, follow_redirects=True)
            assert expected in plain(answer.text), path
        full = next(
            each for each in (await team.get("/api/v1/meetings", params={"department": "94"})).json()["items"] if each["kind"] == "ATELIER"
        )
        [session] = (await team.get(f"/api/v1/meetings/{full['id']}")).json()["sessions"]
        assert (session["capacity"], session["taken"], session["waiting"]) == (4, 4, 3)
        overdue: list[dict[str, Any]] = (await team.get("/api/v1/governance/actions", params={"overdue": True})).json()["items"]
        assert [action["department"] for action in overdue] == ["93"]
        states = {form["department"]: form["state"] for form in (await team.get("/api/v1/diagnostics?year=2027")).json()["items"]}
        assert states["94"] == "SUBMITTED"
        row = plain((await team.get("/presence?semestre=2027-S1")).text).split("Seine-Saint-Denis</a>")[1].split("</tr>")[0]
        assert re.findall(r"<td[^>]*>(\d+)</td>", row) == ["1", "0", "5", "5"], "held, planned, registered, present"
    before = await region.rows()
    print({name: count for name, count in before.items() if count}, Counter(m["type"] for m in await region.served.events.announced()))
    assert before["outbox"] < MOST_MESSAGES
    clock.now += timedelta(days=9)
    await region.brought_in(now + timedelta(days=9))
    assert await region.rows() == before


async def test_a_load_that_was_cut_off_goes_on_without_a_second_meeting(region: Region) -> None:
    """The folder was not written after the last request: the platform has one thing more than the folder says."""
    now = region.served.events.clock().astimezone(PARIS).replace(tzinfo=None)
    await region.brought_in(now)
    before, kept = await region.rows(), region.load.run.path / "meetings.json"
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    for at in range(4, len(lines) - 3, 9):
        kept.write_text("".join([*lines[:at], *lines[at + 1 :]]), encoding="utf-8")
        await region.brought_in(now + timedelta(minutes=1))
        assert await region.rows() == before, lines[at]
