"""Who may organise which meeting."""

from __future__ import annotations

from kit.identity import Caller
from kit.problems import Problem


def organiser(caller: Caller, department: str | None) -> None:
    """The team organises everywhere, a coordinator in the own department. Raises 401 or 403."""
    caller.require("team", "coordinator")
    if not may_organise(caller, department):
        raise Problem(403, "FORBIDDEN", "Cette réunion n’est pas de votre département", "Vous organisez les réunions de votre département.")


def acting(caller: Caller, department: str | None) -> None:
    """For a form: who only reads a department is told so before filling it in. Raises 401 or 403."""
    organiser(caller, department)
    if not caller.acts_for(department):
        raise _reads_only()


def planning(caller: Caller) -> None:
    """For the form of something new: the team, or a coordinator of today. Raises 401 or 403."""
    caller.require("team", "coordinator")
    if not (caller.has("team") or caller.own):
        raise _reads_only()


def _reads_only() -> Problem:
    return Problem(
        403, "READS_ONLY", "Vous lisez ce département, sans pouvoir y agir", "La personne qui le coordonne aujourd’hui peut le faire."
    )


def may_organise(caller: Caller, department: str | None) -> bool:
    return caller.has("team") or (caller.has("coordinator") and department is not None and department in caller.departments)


def audience(caller: Caller) -> str:
    """As whom somebody without a link of the own reads the supports of a meeting."""
    return "NETWORK" if caller.has("team", "coordinator", "facilitator") else "PUBLIC"
