"""« Déclarer pour le compte de »: a facilitator speaks for a buyer or company of its territory, by a header or, on pages, a cookie."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request

from kit import registry
from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.web import request as web

HEADER: Final = "Macs-On-Behalf-Of"
COOKIE: Final = "macs_pour"
"""Holds the SIRET declared for; sent to the pages of declarations only, and looked at anew by every request."""
PATH: Final = "/declarer"


@dataclass(frozen=True)
class ActingCaller(Caller):
    """A facilitator that speaks for another organisation: `organisation` and `siret` are the represented one's, `within` the facilitator's
    departments, to which everything is limited."""

    acting: UUID | None = None
    acting_name: str = ""
    represented: str = ""
    within: frozenset[str] = frozenset()


async def caller_of(request: Request) -> Caller:
    """The caller, as whom it speaks for. Raises a 403 problem for a header that names an organisation it may not speak for."""
    caller = await web.caller_of(request)
    asked = request.headers.get(HEADER)
    wanted = asked or request.cookies.get(COOKIE)
    if not wanted:
        return caller
    found = await _acting(request, caller, wanted.strip()) if caller.has("facilitator") else None
    if found is None:
        if asked:
            raise Problem(
                403, "NOT_ON_BEHALF", "Vous ne pouvez pas déclarer pour cette organisation",
                "Un facilitateur déclare pour un acheteur ou une entreprise qui a un marché dans son territoire.",
            )  # fmt: skip
        return caller  # a cookie left behind speaks for nobody
    request.state.caller = found
    return found


CallerDep = Annotated[Caller, Depends(caller_of)]


async def _acting(request: Request, caller: Caller, siret: str) -> ActingCaller | None:
    runtime = web.runtime_of(request)
    async with runtime.pool.acquire() as connection:
        if not await may_speak_for(connection, caller, siret):
            return None
        represented = await registry.organisation(connection, siret=siret)
        own = await registry.organisation(connection, id=caller.organisation)
    if represented is None or own is None:
        return None
    said = {field.name: getattr(caller, field.name) for field in fields(Caller)}
    said |= {
        "organisation": represented.id, "siret": represented.siret, "roles": caller.roles - {"facilitator"} | {"declarant"},
        "name": f"{caller.name or own.name}, pour le compte de {represented.name}",
    }  # fmt: skip
    return ActingCaller(**said, acting=own.id, acting_name=own.name, represented=represented.name, within=caller.departments)


async def may_speak_for(connection: Connection, caller: Caller, siret: str) -> bool:
    """The organisation buys or holds a contract that is carried out in the facilitator's territory, or that names this facilitator."""
    return bool(
        await connection.fetchval(
            """
            select exists (
                select from contracts where (buyer_siret = $1 or holder_sirets @> array[$1])
                    and (department = any($2::text[]) or facilitator_id = $3)
            )
            """,
            siret, sorted(caller.departments), caller.organisation,
        )
    )  # fmt: skip


async def represented_by(connection: Connection, caller: Caller, words: str) -> list[dict[str, str]]:
    """Organisations of the directory that the facilitator may speak for, by name or SIRET."""
    rows = await connection.fetch(
        """
        select o.siret, o.name, o.kind from registry_organisations o
        where o.organisation_id is distinct from $2 and (o.name ilike '%' || $3 || '%' or o.siret = $4)
            and exists (
                select from contracts c where (c.buyer_siret = o.siret or c.holder_sirets @> array[o.siret])
                    and (c.department = any($1::text[]) or c.facilitator_id = $2)
            )
        order by o.name, o.siret limit 30
        """,
        sorted(caller.departments), caller.organisation, words.replace("\\", "").replace("%", "").replace("_", " "), words.replace(" ", ""),
    )  # fmt: skip
    return [dict(row) for row in rows]
