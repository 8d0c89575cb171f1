"""The session of a browser: renewed while it lives, ended on demand."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from kit import sessions as tokens
from kit.service import Runtime
from kit.sessions import BadToken, Session
from kit.web.request import CallerDep, RuntimeDep
from services.directory.accounts import drop_cookie, set_cookie, token_of
from services.directory.rules.accounts import local_path
from services.directory.store import keys, sessions

router = APIRouter(prefix="/api/v1/session", tags=["directory"])


@router.get("", summary="Qui suis-je", operation_id="who_am_i")
async def who_am_i(caller: CallerDep) -> dict[str, Any]:
    caller.require()
    return {
        "kind": caller.kind, "name": caller.name, "roles": sorted(caller.roles), "departments": sorted(caller.departments - caller.reads),
        "reads": sorted(caller.reads), "organisation": caller.organisation, "siret": caller.siret, "person": caller.person,
    }  # fmt: skip


@router.post("/renew", include_in_schema=False)
@router.get(
    "/renew", summary="Renouveler la session et revenir", operation_id="renew_session", response_class=RedirectResponse, status_code=303
)
async def renew(request: Request, runtime: RuntimeDep, next: Annotated[str, Query(max_length=2000)] = "/") -> Response:  # noqa: A002  the kit's name
    """With a session that lives: a fresh token and back to `next` (a path of this site). Without: the cookie goes, and the page asks to sign in.
    What was typed and sent along goes back with it."""
    back, status = local_path(next), 303 if request.method == "GET" else 307
    session = await session_of(runtime, request)
    if session is not None and await sessions.alive(runtime.pool, session.session, runtime.clock()):
        token = await token_of(runtime, session.session, session.person)
        if token is not None:
            answer = RedirectResponse(back, status)
            set_cookie(runtime, answer, token)
            return _unkept(answer)
    answer = RedirectResponse(back, status)
    drop_cookie(answer)
    return _unkept(answer)


@router.delete("", summary="Se déconnecter", operation_id="end_session", status_code=204)
async def end(runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require()
    answer = Response(status_code=204)
    if caller.session is not None:
        await revoke(runtime, caller.session)
        drop_cookie(answer)
    return answer


async def revoke(runtime: Runtime, session: UUID) -> None:
    """End the session everywhere: its tokens are refused once the topic has told."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        await sessions.revoke(connection, session, by=str(session))
    runtime.wake_relay()


async def session_of(runtime: Runtime, request: Request) -> Session | None:
    """The session of a cookie whose signature is ours, expired or not."""
    token = request.cookies.get(tokens.COOKIE)
    if not token:
        return None
    try:
        jwk = await keys.jwk_of(runtime.pool, tokens.kid_of(token), runtime.clock())
        return tokens.verify(token, jwk) if jwk else None
    except BadToken:
        return None


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
