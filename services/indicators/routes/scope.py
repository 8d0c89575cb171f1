"""What a caller of the working face may see: the team everything, a coordination its departments, a declarant its own organisation."""

from __future__ import annotations

from kit.identity import Caller
from kit.problems import Problem
from services.indicators.catalogue.measures import REGION, Scope
from services.indicators.catalogue.questions import Question


def scope_of(caller: Caller) -> Scope:
    """The caller's scope, the widest of the roles held. Raises a 401 problem for nobody, 403 for somebody without figures."""
    caller.require("team", "operator", "coordinator", "declarant", "facilitator")
    if caller.has("team", "operator"):
        return REGION
    if caller.has("coordinator"):
        return Scope(departments=caller.departments)
    if caller.organisation is None:
        raise Problem(403, "FORBIDDEN", "Votre compte n’est rattaché à aucune organisation")
    return Scope(organisation=caller.organisation)


def check(scope: Scope, question: Question) -> None:
    """Raises a 403 problem when the question names a department that is not the caller's."""
    foreign = set(question.filters.get("department", ())) - (scope.departments or set()) if scope.departments is not None else set()
    if foreign:
        raise Problem(403, "FOREIGN_SCOPE", "Ce département n’est pas le vôtre", f"Demandé : {', '.join(sorted(foreign))}.")
