"""« Qui inviter »: proposals with their reasons, additions of coordinations, a list from a spreadsheet, the invitations."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from kit.errors import LineError
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from services.events import editing, inviting
from services.events.rules import guests as rules
from services.events.rules.guests import Guest
from services.events.store import editions, guests
from services.events.store.editions import KeptEdition

router = APIRouter(include_in_schema=False)
LARGEST = 1_000_000
_SOURCES = {
    "CONTRACTS": "Marchés de la filière", "ESS": "Structures de l’ESS", "COORDINATION": "Coordinations", "TEAM": "Équipe",
    "IMPORT": "Liste importée",
}  # fmt: skip


@router.get("/openmap/{key}/inviter")
async def see(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _of(runtime, caller, key)
    return await _page(request, runtime, caller, kept, {}, ())


@router.post("/openmap/{key}/inviter/chercher")
async def look(key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _of(runtime, caller, key)
    await inviting.look(runtime, caller, kept)
    return RedirectResponse(f"{kept.path}/inviter", 303)


@router.post("/openmap/{key}/inviter/ajouter")
async def add(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _of(runtime, caller, key)
    typed = await forms.fields(request)
    guest = Guest(
        "TEAM", typed.get("organisation", ""), typed.get("reason", "")[:300], None, typed.get("name") or None, typed.get("email") or None
    )
    if errors := rules.faults(guest):
        return await _page(request, runtime, caller, kept, typed, errors)
    await inviting.add(runtime, caller, kept, guest)
    return RedirectResponse(f"{kept.path}/inviter", 303)


@router.post("/openmap/{key}/inviter/liste")
async def import_list(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _of(runtime, caller, key)
    async with request.form(max_files=1) as form:
        file = form.get("file")
        data = await file.read(LARGEST + 1) if isinstance(file, UploadFile) else b""
    if len(data) > LARGEST:
        raise Problem(413, "TOO_LARGE", "Ce fichier dépasse 1 Mo", "Une liste d’invités tient en 2 000 lignes.")
    found, errors = rules.read_list(data)
    if not errors:
        async with runtime.pool.acquire() as connection, connection.transaction():
            await guests.propose(connection, kept.edition_id, found, by=caller.name, now=runtime.clock(), state="kept")
        return RedirectResponse(f"{kept.path}/inviter", 303)
    return await _page(request, runtime, caller, kept, {}, (), list_errors=errors)


@router.post("/openmap/{key}/inviter/envoyer")
async def send(key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    await inviting.send(runtime, caller, kept)
    return RedirectResponse(f"{kept.path}/inviter", 303)


@router.post("/openmap/{key}/inviter/{guest_id}")
async def decide(request: Request, key: str, guest_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _of(runtime, caller, key)
    typed = await forms.fields(request)
    email = typed.get("email") or None
    if email and (errors := rules.faults(Guest("TEAM", "Structure", "", email=email))):
        return await _page(request, runtime, caller, kept, {}, errors)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await guests.set_state(connection, kept.edition_id, guest_id, typed.get("state", ""), email=email, now=runtime.clock())
    return RedirectResponse(f"{kept.path}/inviter#{guest_id}", 303)


async def _of(runtime: RuntimeDep, caller: CallerDep, key: str) -> KeptEdition:
    """Every coordinator may add guests to an Openmap; a department's event is its own."""
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, None if kept.edition.kind == "OPENMAP" else kept)
    return kept


async def _page(
    request: Request, runtime: RuntimeDep, caller: CallerDep, kept: KeptEdition, typed: forms.Values, errors: Sequence[LineError],
    *, list_errors: Sequence[LineError] = (),
) -> Response:  # fmt: skip
    found = await guests.of_edition(runtime.pool, kept.edition_id)
    return page(
        request, "events/openmap/guests.html", status_code=422 if errors or list_errors else 200, kept=kept, edition=kept.edition,
        guests=found, typed=typed, errors=forms.by_field(errors), list_errors=list_errors, sources=_SOURCES, departments=DEPARTMENTS,
        ready=sum(1 for guest in found if guest.state == "kept" and guest.guest.email),
        without=sum(1 for guest in found if guest.state == "kept" and not guest.guest.email),
        mine=caller.acts_for(kept.edition.department),
    )  # fmt: skip
