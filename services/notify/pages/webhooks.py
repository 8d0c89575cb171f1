"""Webhooks of a person: where programs hear what comes into the inbox, with a journal and replay. All work without JavaScript."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.errors import LineError
from kit.identity import Caller
from kit.outgoing import Unreachable
from kit.problems import Problem
from kit.service import Runtime
from kit.web.forms import by_field, fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.notify.access import person_of
from services.notify.rules.routing import TEAM
from services.notify.rules.webhooks import MOST, TRIAL, type_of
from services.notify.sending.hooks import fetcher_of
from services.notify.store import webhooks

router = APIRouter(prefix="/preferences/webhooks", include_in_schema=False)
LISTED: Final = 50
STATES: Final = {"active": ("actif", "good"), "paused": ("en pause", "wait"), "stopped": ("arrêté", "bad")}
CALLS: Final = {
    "waiting": ("en attente", "wait"), "sending": ("en cours", "wait"), "sent": ("reçu", "good"), "abandoned": ("abandonné", "bad"),
}  # fmt: skip


@router.get("")
async def show(request: Request, runtime: RuntimeDep, caller: CallerDep) -> HTMLResponse:
    return await _list(request, runtime, caller)


@router.post("")
async def create(request: Request, runtime: RuntimeDep, caller: CallerDep) -> HTMLResponse:
    """The secret stands on the page that answers, and nowhere after."""
    person, url = person_of(caller), (await fields(request)).get("url", "")
    if problem := await _problem(runtime, url):
        return await _list(request, runtime, caller, url=url, problem=problem)
    if len(await webhooks.of_person(runtime.pool, person)) >= MOST:
        return await _list(request, runtime, caller, url=url, problem=f"Vous avez déjà {MOST} webhooks : retirez-en un d’abord.")
    recipients = [person, TEAM] if caller.has("team", "operator") else [person]
    async with runtime.pool.acquire() as connection, connection.transaction():
        secret = await webhooks.create(connection, person, recipients, url, runtime.clock())
    if secret is None:
        return await _list(request, runtime, caller, url=url, problem="Cette adresse est déjà dans votre liste.")
    return await _list(request, runtime, caller, secret=(url, secret))


@router.get("/{webhook}")
async def show_one(request: Request, runtime: RuntimeDep, caller: CallerDep, webhook: UUID) -> HTMLResponse:
    return await _one(request, runtime, await _mine(runtime, caller, webhook), essai="essai" in request.query_params)


@router.post("/{webhook}")
async def act(request: Request, runtime: RuntimeDep, caller: CallerDep, webhook: UUID) -> Response:
    """`action`: essai, secret, pause, reprendre, retirer, or rejouer with `appel`."""
    hook, form, now = await _mine(runtime, caller, webhook), await fields(request), runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        match form.get("action"):
            case "secret":
                secret = await webhooks.rotate(connection, webhook, now)
            case "essai":
                await webhooks.trial(connection, webhook, now)
            case "pause" | "reprendre" as wanted:
                await webhooks.set_state(connection, webhook, "paused" if wanted == "pause" else "active")
            case "retirer":
                await webhooks.delete(connection, webhook)
            case "rejouer" if await webhooks.replay(connection, webhook, _uuid(form.get("appel", "")), now):
                pass
            case _:
                raise Problem(422, "INVALID", "Cette action n’existe pas")
    if form["action"] == "secret":
        return await _one(request, runtime, await _mine(runtime, caller, webhook), secret=(hook["url"], secret))
    if form["action"] == "retirer":
        return RedirectResponse("/preferences/webhooks", 303)
    return RedirectResponse(f"/preferences/webhooks/{webhook}{'?essai' if form['action'] == 'essai' else ''}", 303)


async def _problem(runtime: Runtime, url: str) -> str | None:
    """Why nothing would be sent there now. Where the name leads is looked at again with each call."""
    try:
        parts = await fetcher_of(runtime).check(url)
    except Unreachable as error:
        return error.reason
    if parts.scheme != "https" and not runtime.settings.local:
        return "L’adresse commence par https:// : ce qui est envoyé ne doit pas se lire en chemin."
    return None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(422, "INVALID", "Cet appel n’existe pas") from None


async def _mine(runtime: Runtime, caller: Caller, webhook: UUID) -> Any:
    found = await webhooks.one(runtime.pool, person_of(caller), webhook)
    if found is None:
        raise Problem(404, "NOT_FOUND", "Ce webhook n’existe pas")
    return found


def _shown(hook: Any) -> dict[str, Any]:
    return {**hook, "host": urlsplit(hook["url"]).hostname, "label": STATES[hook["state"]]}


async def _list(
    request: Request,
    runtime: Runtime,
    caller: Caller,
    *,
    url: str = "",
    problem: str | None = None,
    secret: tuple[str, str] | None = None,
) -> HTMLResponse:
    rows = await webhooks.of_person(runtime.pool, person_of(caller))
    errors = [LineError(column="url", code="URL", value=url[:200], message=problem)] if problem else []
    return page(
        request,
        "webhooks.html",
        status_code=422 if problem else 200,
        hooks=[_shown(row) for row in rows],
        url=url,
        errors=by_field(errors),
        secret=secret,
        most=MOST,
        local=runtime.settings.local,
    )


async def _one(
    request: Request, runtime: Runtime, hook: Any, *, secret: tuple[str, str] | None = None, essai: bool = False
) -> HTMLResponse:
    calls = [
        {**row, "type": type_of(row["kind"]) if row["kind"] else TRIAL, "label": CALLS[row["state"]]}
        for row in await webhooks.journal(runtime.pool, hook["webhook_id"], LISTED)
    ]
    return page(request, "webhook.html", hook=_shown(hook), calls=calls, secret=secret, essai=essai, now=runtime.clock(), listed=LISTED)
