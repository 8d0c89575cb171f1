"""Who may declare and who may read what was declared. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kit.identity import Caller
from kit.problems import Problem
from services.ingest.acting import ActingCaller
from services.ingest.sources import Declarant


@dataclass(frozen=True)
class Scope:
    """What a caller may read: everything, or its own organisation's filings and those that concern its departments."""

    everything: bool = False
    organisation: UUID | None = None
    departments: frozenset[str] = frozenset()
    within: frozenset[str] | None = None
    """Where the own organisation's filings may be read; None for everywhere (who acts for another reads in its territory)."""

    def covers(self, declarant: UUID, departments: Iterable[str]) -> bool:
        if self.within is not None:
            return declarant == self.organisation and not self.within.isdisjoint(departments)
        return self.everything or declarant == self.organisation or not self.departments.isdisjoint(departments)


def declarant_of(caller: Caller) -> Declarant:
    """The organisation that the caller declares for. Raises a 401 or 403 problem."""
    caller.require("declarant", "facilitator")
    if caller.organisation is None:
        raise Problem(
            403, "NO_ORGANISATION", "Votre compte n’est rattaché à aucune organisation", "Demandez à l’équipe du réseau de le rattacher."
        )
    if isinstance(caller, ActingCaller):
        return Declarant(caller.organisation, caller.siret, acting=caller.acting, within=caller.within)
    territory = caller.departments if caller.has("facilitator") else frozenset()
    return Declarant(caller.organisation, caller.siret, territory)


def scope_of(caller: Caller) -> Scope:
    """Raises a 401 problem for nobody, 403 for a role that reads no filing."""
    caller.require("declarant", "facilitator", "coordinator", "team", "operator")
    if caller.has("team", "operator"):
        return Scope(everything=True)
    if isinstance(caller, ActingCaller):
        return Scope(organisation=caller.organisation, within=caller.within)
    own = caller.organisation if caller.has("declarant", "facilitator") else None
    departments = caller.departments if caller.has("coordinator") else frozenset()
    return Scope(organisation=own, departments=departments)
