"""« Se connecter »: a link by mail, used once. The page says the same to known and unknown addresses."""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, BackgroundTasks, Query, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.service import Runtime
from kit.web.forms import by_field, fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.directory import PersonRecorded
from services.directory import mail
from services.directory.accounts import drop_cookie, set_cookie, token_of
from services.directory.routes.sessions import revoke, session_of
from services.directory.rules.accounts import address, local_path
from services.directory.store import people, sessions

router = APIRouter(include_in_schema=False)
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/connexion")
async def form(request: Request, _caller: CallerDep, suite: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    return page(request, "connexion.html", headers=_PRIVATE, suite=local_path(suite), email="", errors={})


@router.post("/connexion")
async def ask(request: Request, runtime: RuntimeDep, _caller: CallerDep, after: BackgroundTasks) -> Response:
    """Known or not, at the same speed: the mail leaves after the answer."""
    typed = await fields(request)
    suite = local_path(typed.get("suite"))
    try:
        email = address(typed.get("email", ""))
    except Refused as refused:
        return _again(request, suite, typed.get("email", ""), refused.errors, 422)
    token = secrets.token_urlsafe(32)
    async with runtime.pool.acquire() as connection, connection.transaction():
        if not await sessions.may_ask(connection, email, runtime.clock()):
            message = (
                "Cinq liens ont déjà été demandés pour cette adresse depuis une heure. Regardez vos courriels, ou réessayez plus tard."
            )
            return _again(request, suite, email, [LineError(column="email", code="TOO_MANY", message=message)], 429)
        person = await people.of_address(connection, email)
        if person is not None and person.active:
            await sessions.keep_link(connection, token, person.person_id, suite, runtime.clock())
            after.add_task(_send, runtime, person, token)
    return RedirectResponse("/connexion/envoye", 303)


@router.get("/connexion/envoye")
async def sent(request: Request, runtime: RuntimeDep, _caller: CallerDep) -> Response:
    mailbox = bool(runtime.settings.mailbox_smtp) and not runtime.settings.smtp
    return page(request, "connexion_envoye.html", headers=_PRIVATE, mailbox=mailbox)


@router.get("/connexion/lien")
async def offered(request: Request, runtime: RuntimeDep, jeton: Annotated[str, Query(max_length=100)] = "") -> Response:
    """A button, because mail scanners open links: looking consumes nothing."""
    good = await sessions.link_is_good(runtime.pool, jeton, runtime.clock())
    return page(request, "connexion_lien.html", status_code=200 if good else 410, headers=_PRIVATE, good=good, jeton=jeton)


@router.post("/connexion/lien")
async def enter(request: Request, runtime: RuntimeDep) -> Response:
    typed = await fields(request)
    async with runtime.pool.acquire() as connection, connection.transaction():
        opened = await sessions.open_by_link(connection, typed.get("jeton", "")[:100], runtime.clock())
    token = await token_of(runtime, opened.session, opened.person) if opened else None
    if opened is None or token is None:
        return page(request, "connexion_lien.html", status_code=410, headers=_PRIVATE, good=False, jeton="")
    answer = RedirectResponse(local_path(opened.next), 303, headers=_PRIVATE)
    set_cookie(runtime, answer, token)
    return answer


@router.get("/deconnexion")
async def leaving(request: Request, _caller: CallerDep) -> Response:
    return page(request, "deconnexion.html", headers=_PRIVATE)


@router.post("/deconnexion")
async def leave(request: Request, runtime: RuntimeDep) -> Response:
    """Also when the token has expired meanwhile: who wants to leave is not asked to sign in first."""
    session = await session_of(runtime, request)
    if session is not None:
        await revoke(runtime, session.session)
    answer = RedirectResponse("/", 303)
    drop_cookie(answer)
    return answer


async def _send(runtime: Runtime, person: PersonRecorded, token: str) -> None:
    link = f"{runtime.settings.gateway.rstrip('/')}/connexion/lien?jeton={quote(token)}"
    await mail.send(runtime, mail.login_mail(person, link, fictional=runtime.settings.fictional))


def _again(request: Request, suite: str, email: str, errors: list[LineError], status: int) -> Response:
    return page(request, "connexion.html", status_code=status, headers=_PRIVATE, suite=suite, email=email, errors=by_field(errors))
