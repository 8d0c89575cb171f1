"""Who may declare and who may read what was declared. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kit.identity import Caller
from kit.problems import Problem
from services.ingest.sources import Declarant


@dataclass(frozen=True)
class Scope:
    """What a caller may read: everything, or its own organisation's filings and those that concern its departments."""

    everything: bool = False
    organisation: UUID | None = None
    departments: frozenset[str] = frozenset()

    def covers(self, declarant: UUID, departments: Iterable[str]) -> bool:
        return self.everything or declarant == self.organisation or not self.departments.isdisjoint(departments)


def declarant_of(caller: Caller) -> Declarant:
    """The organisation that the caller declares for. Raises a 401 or 403 problem."""
    caller.require("declarant", "facilitator")
    if caller.organisation is None:
        raise Problem(
            403, "NO_ORGANISATION", "Votre compte n’est rattaché à aucune organisation", "Demandez à l’équipe du réseau de le rattacher."
        )
    territory = caller.departments if caller.has("facilitator") else frozenset()
    return Declarant(caller.organisation, caller.siret, territory)


def scope_of(caller: Caller) -> Scope:
    """Raises a 401 problem for nobody, 403 for a role that reads no filing."""
    caller.require("declarant", "facilitator", "coordinator", "team", "operator")
    if caller.has("team", "operator"):
        return Scope(everything=True)
    own = caller.organisation if caller.has("declarant", "facilitator") else None
    departments = caller.departments if caller.has("coordinator") else frozenset()
    return Scope(organisation=own, departments=departments)
