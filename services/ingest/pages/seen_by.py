"""« /declarer/qui-voit »: who reads what of a declaration, with the names of today's coordinations."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from kit import registry
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep

router = APIRouter(include_in_schema=False)


@router.get("/declarer/qui-voit")
async def who_sees(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The coordinations are those of the departments in which the declarant's filings and contracts lie."""
    declarant = declarant_of(caller)
    today = runtime.clock().astimezone(PARIS).date()
    async with runtime.pool.acquire() as connection:
        rows = await connection.fetch(
            """
            select distinct department from contracts
            where department is not null and declared is not null and (buyer_id = $1 or facilitator_id = $1 or buyer_siret = $2)
            """,
            declarant.id,
            declarant.siret,
        )
        people = []
        for department in sorted(row["department"] for row in rows if row["department"] in DEPARTMENTS):
            holder = await registry.holder_on(connection, department, today)
            people.append(
                (
                    DEPARTMENTS[department],
                    f"{holder.first_name or ''} {holder.name or ''}, {holder.structure_name}".strip(" ,")
                    if holder
                    else "vacance, l’équipe du réseau",
                )
            )
    return page(request, "declarer_qui_voit.html", people=people)
