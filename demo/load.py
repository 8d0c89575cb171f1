"""`python -m demo.load --run-dir DIR`: brings the fictional region into a running platform, by HTTP only. Again changes nothing."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, Final

from demo.clock import now_in_paris, today_in_paris
from demo.hours import hand_in_hours
from demo.loading import Load, wait_until_known
from demo.meetings.load import bring_in_meetings
from demo.platform import NotAccepted, Platform
from demo.region.contracts import Contract, contracts
from demo.region.coordinations import mandates
from demo.region.keys import KEYS, Key
from demo.region.organisations import BUYERS, EMPLOYERS, FACILITATOR, NETWORK, STRUCTURES
from demo.region.people import PEOPLE, Person
from demo.run_folder import RunFolder

AT_ONCE: Final = 4
"""Requests side by side: enough to keep two cores busy."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run-dir", type=Path, default=Path(".run"))
    parser.add_argument("--without-hours", action="store_true", help="accounts, mandates, contracts, meetings only")
    chosen = parser.parse_args()
    run = RunFolder(chosen.run_dir)
    load = Load(run, Platform.at(run.gateway, run.key("operator")), run.settle(today_in_paris(), accounts(today_in_paris())))
    try:
        record_directory(load)
        record_contracts(load)
        # Before the hours: its mails have left when somebody waits for the first one about a declaration.
        bring_in_meetings(load, now_in_paris())
        if not chosen.without_hours:
            hand_in_hours(load)
    except NotAccepted as error:
        print(f"  {error}", file=sys.stderr)
        return 1
    return 0


def accounts(today: date) -> list[dict[str, Any]]:
    """Who may sign in, for people to try: name, address, role, department, and the file of a key where there is one."""
    holds = {mandate.person.id: mandate.department for mandate in mandates(today) if mandate.ends_on is None or today < mandate.ends_on}
    key_of = {key.person: key.id for key in KEYS if key.person}
    return [
        {
            "name": f"{person.first_name} {person.name}", "email": person.email, "role": person.roles[0],
            "department": holds.get(person.id), "key": f"{key_of[person.id]}.key" if person.id in key_of else None,
        }
        for person in PEOPLE
        if "coordinator" not in person.roles or person.id in holds
    ]  # fmt: skip


def record_directory(load: Load) -> None:
    """Organisations, people, mandates, then keys; done when ingest knows every key."""
    everyone = [*BUYERS, *STRUCTURES, FACILITATOR, NETWORK]
    _in_parallel(load, "/api/v1/organisations", (
        {"id": str(o.id), "siret": o.siret, "name": o.name, "kind": o.kind, "department": o.department} for o in everyone
    ))  # fmt: skip
    _in_parallel(load, "/api/v1/organisations", (
        {"id": str(e.id), "siret": e.siret, "name": e.name, "kind": "ENTREPRISE", "department": None} for e in EMPLOYERS
    ))  # fmt: skip
    _in_parallel(load, "/api/v1/people", map(_person, PEOPLE))
    record_mandates(load)
    _in_parallel(load, "/api/v1/keys", (_key(load, key) for key in KEYS))
    load.say(
        f"{len(everyone) + len(EMPLOYERS)} organisations, {len(PEOPLE)} personnes, {len(mandates(load.today))} mandats, {len(KEYS)} clés"
    )
    for name in (key.id for key in KEYS if key.id != "coordinator93"):
        wait_until_known(load.caller(name))


def record_mandates(load: Load) -> None:
    """Those that the platform does not know yet. A department whose coordination was changed since stays as it is: its history is somebody's work."""
    wanted = mandates(load.today)
    known = {
        item["id"] for code in sorted({mandate.department for mandate in wanted}) for item in load.operator.get(f"/api/v1/departments/{code}/mandates")["items"]
    }  # fmt: skip
    for mandate in wanted:
        if str(mandate.id) not in known:
            load.operator.post("/api/v1/mandates", {
                "id": str(mandate.id), "department": mandate.department, "structure": str(mandate.structure), "person": str(mandate.person.id),
                "interim": mandate.interim, "from": mandate.starts_on.isoformat(), "to": mandate.ends_on and mandate.ends_on.isoformat(),
                "to_text": mandate.ends_text, "supposed_end": mandate.supposed_end and mandate.supposed_end.isoformat(),
            })  # fmt: skip


def record_contracts(load: Load) -> None:
    found = contracts(load.today)
    team = load.caller("team")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda contract: team.post("/api/v1/contracts", _contract(contract)), found))
    load.say(f"{len(found)} marchés avec clause")


def _in_parallel(load: Load, path: str, bodies: Iterable[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda body: load.operator.post(path, body), bodies))


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": str(person.id), "first_name": person.first_name, "name": person.name, "email": person.email, "roles": person.roles,
        "organisation": str(person.organisation) if person.organisation else None,
    }  # fmt: skip


def _key(load: Load, key: Key) -> dict[str, Any]:
    """The secret stays in the run's folder: the platform gets its hash."""
    return {
        "id": key.id, "name": key.name, "roles": key.roles, "departments": key.departments,
        "organisation": str(key.organisation) if key.organisation else None, "person": str(key.person) if key.person else None,
        "sha256": hashlib.sha256(load.run.own_key(key.id).encode()).hexdigest(),
    }  # fmt: skip


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "number": contract.number, "object": contract.object, "buyer_siret": contract.buyer.siret, "buyer_name": contract.buyer.name,
        "buyer_kind": contract.buyer.kind, "department": contract.department,
        "starts_on": contract.starts_on.isoformat(), "ends_on": contract.ends_on.isoformat(),
        "clause": {
            "revision": 1, "mechanisms": [contract.mechanism], "reserved_to": ["SIAE"] if contract.mechanism == "RESERVE_IAE" else [],
            "hours_committed": contract.hours_committed, "programme": contract.programme, "sector": contract.sector,
            "starts_on": contract.starts_on.isoformat(), "ends_on": contract.ends_on.isoformat(),
        },
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
