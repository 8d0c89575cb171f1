"""Hands in three years of hours, each buyer with a key of its own, then publishes last year's figures."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from demo.filings import Filing, filings
from demo.history import lines
from demo.identifiers import id_of
from demo.loading import Load, wait_until_known
from demo.platform import Platform, wait_until
from demo.region.organisations import BUYERS, DECLARANT, DECLARANT2
from demo.run_folder import SEED

AT_ONCE: Final = 3
PURPOSE: Final = "Chargement : "
"""How the name of a key begins that only lives as long as the load."""


def hand_in_hours(load: Load) -> None:
    found = filings(lines(load.today, SEED))
    total = sum(len(filing.lines) for filing in found)
    load.say(f"{total} lignes de {len(found)} déclarations préparées")
    with _callers(load) as callers, ThreadPoolExecutor(AT_ONCE) as pool:
        numbers = list(pool.map(lambda filing: _hand_in(load, callers[filing.buyer.code], filing), found))
    load.say(f"{total} lignes reçues")
    team = load.caller("team")
    waiting = list(numbers)
    wait_until(lambda: not _still_waiting(team, waiting), 300, f"{len(numbers)} filings counted")
    load.say(f"{len(numbers)} déclarations comptées")
    _publish(load, team)


def _hand_in(load: Load, caller: Platform, filing: Filing) -> str:
    """The same key again gives the same answer, so an interrupted load goes on where it stopped."""
    key = str(id_of("filing", f"{SEED}/{load.today}/{filing.buyer.code}/{filing.period}"))
    receipt = caller.post("/api/v1/declarations", filing.body(), **{"Idempotency-Key": key})
    return str(receipt["number"])


@contextmanager
def _callers(load: Load) -> Iterator[dict[str, Platform]]:
    """A key for each buyer; those made for the load are revoked when it ends, also those of a load that was interrupted."""
    _revoke(load)
    callers = {DECLARANT.code: load.caller("declarant"), DECLARANT2.code: load.caller("declarant2")}
    for buyer in BUYERS:
        if buyer.code not in callers:
            made = load.operator.post(
                "/api/v1/keys", {"name": f"{PURPOSE}{buyer.name}", "organisation": str(buyer.id), "roles": ["declarant"]}
            )
            callers[buyer.code] = load.operator.as_caller(made["key"])
    for caller in callers.values():
        wait_until_known(caller)
    try:
        yield callers
    finally:
        _revoke(load)


def _revoke(load: Load) -> None:
    for key in load.operator.get("/api/v1/keys")["items"]:
        if key["name"].startswith(PURPOSE) and key["revoked_at"] is None:
            load.operator.delete(f"/api/v1/keys/{key['id']}")


def _still_waiting(team: Platform, numbers: list[str]) -> bool:
    """Ask about the first that is not counted; those that are leave the list."""
    while numbers:
        if team.get(f"/api/v1/declarations/{numbers[0]}")["state"] == "received":
            return True
        numbers.pop(0)
    return False


def _publish(load: Load, team: Platform) -> None:
    """The public face shows nothing before a first release."""
    year = load.today.year - 1
    if team.is_known(f"/api/v1/indicators/I01?period={year}"):
        return
    release = team.post("/api/v1/pilotage/releases", {})
    load.say(f"chiffres publiés : {release['cells']} cases, dont {release['hidden']} masquées")
