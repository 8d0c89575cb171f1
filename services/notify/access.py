"""Whose inbox somebody reads, and as whom preferences are set."""

from __future__ import annotations

from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from services.notify.rules.workdays import paris_day
from services.notify.store import preferences
from services.notify.store.inbox import Scope

_NETWORK = ("coordinator", "team", "operator")


async def scope_of(runtime: Runtime, caller: Caller) -> Scope:
    """A coordinator reads the departments followed today, the team and operators what is theirs to hand on, everybody what was told to them.

    Whoever reads in an absent person's place reads that person's too. Raises a 403 problem for a key that is no person's.
    """
    caller.require(*(() if caller.person is not None else _NETWORK))
    departments = set(caller.departments) if caller.has("coordinator") else set()
    people: tuple[str, ...] = (str(caller.person),) if caller.person else ()
    if caller.person is not None:
        today = paris_day(runtime.clock())
        async with runtime.pool.acquire() as connection:
            absent = await preferences.absent_for(connection, str(caller.person), today)
            departments |= await preferences.departments_held(connection, absent, today) if absent else set()
        people += tuple(absent)
    return Scope(tuple(sorted(departments)), team=caller.has("team", "operator"), people=people)


def person_of(caller: Caller) -> str:
    """The id of the person who asks. Raises a 403 problem for a key that is no person's."""
    caller.require()
    if caller.person is None:
        raise Problem(403, "NO_PERSON", "Cette clé n’est pas celle d’une personne", "Connectez-vous avec votre compte.")
    return str(caller.person)
