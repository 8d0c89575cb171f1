"""What a caller of the working face may see: the team everything, a coordination its departments, a declarant its own organisation."""

from __future__ import annotations

from kit.identity import Caller
from kit.postgres import Pool
from kit.problems import Problem
from services.indicators.catalogue.measures import REGION, Scope
from services.indicators.catalogue.questions import Question
from services.indicators.catalogue.territories import department_of, departments_of_territory
from services.indicators.store import parameters


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


async def check(pool: Pool, caller: Caller, scope: Scope, question: Question) -> None:
    """Raises a 403 problem, and keeps a row of the audit, when the question names a place that is not the caller's."""
    foreign = sorted(foreign_places(scope, question))
    if foreign:
        async with pool.acquire() as connection:
            await parameters.audit(connection, str(caller.id), "foreign_scope", f"{question.indicator.id}: {', '.join(foreign)}")
        raise Problem(403, "FOREIGN_SCOPE", "Ce territoire n’est pas le vôtre", f"Demandé : {', '.join(foreign)[:200]}.")


def foreign_places(scope: Scope, question: Question) -> set[str]:
    """The places of work of the question that lie outside the departments of the scope."""
    if scope.departments is None:
        return set()
    found = set(question.filters.get("department", ())) - scope.departments
    found |= {code for code in question.filters.get("commune", ()) if department_of().get(code) not in scope.departments}
    around = departments_of_territory()
    return found | {code for code in question.filters.get("ept", ()) if not around.get(code, frozenset()) & scope.departments}
