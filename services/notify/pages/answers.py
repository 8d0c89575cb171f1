"""What the addresses in a mail open, without an account: the answer to an invitation, the end of a digest. A GET shows, a POST acts."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.errors import LineError
from kit.problems import Problem
from kit.service import Runtime
from kit.web.forms import by_field, fields
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.meetings import MeetingCancelled
from services.notify.dispatch import declarants
from services.notify.rules import meeting_letters
from services.notify.store import answers, preferences
from services.notify.store import declarants as store
from services.notify.store.answers import Answer
from services.notify.store.declarants import Silence

router = APIRouter(include_in_schema=False)


@router.get("/desabonnement/{secret}")
async def ask_to_stop(request: Request, runtime: RuntimeDep, secret: str) -> HTMLResponse:
    """A page: mail scanners follow addresses, so only the button unsubscribes."""
    mail = await _mail(runtime, secret, "FILING_DIGEST")
    return page(request, "desabonnement.html", done=False, instead=mail["instead_of"] is not None)


@router.post("/desabonnement/{secret}")
async def stop_digest(request: Request, runtime: RuntimeDep, secret: str) -> HTMLResponse:
    """Also the one-click address of RFC 8058: no cookie, no redirect. A digest in somebody's place ends with the delegation."""
    mail = await _mail(runtime, secret, "FILING_DIGEST")
    async with runtime.pool.acquire() as connection, connection.transaction():
        if mail["instead_of"] is not None:
            await preferences.set_absence(connection, mail["instead_of"], None)
        else:
            await preferences.stop_digests(connection, mail["recipient_id"])
    return page(request, "desabonnement.html", done=True, instead=mail["instead_of"] is not None)


@router.get("/coordination/reponse/{secret}")
async def ask_answer(request: Request, runtime: RuntimeDep, secret: str, r: Annotated[str, Query(max_length=10)] = "") -> HTMLResponse:
    """A page with three buttons: the address in the mail answers nothing by itself."""
    return await _answer_page(request, runtime, await _mail(runtime, secret, "MEETING"), proposed=r)


@router.post("/coordination/reponse/{secret}")
async def give_answer(request: Request, runtime: RuntimeDep, secret: str) -> Response:
    mail, form = await _mail(runtime, secret, "MEETING"), await fields(request)
    meeting = await answers.meeting_of(runtime.pool, mail["about"])
    answer = form.get("reponse")
    if meeting is None or answer not in answers.SAID:
        raise Problem(422, "INVALID", "Choisissez une réponse")
    async with runtime.pool.acquire() as connection, connection.transaction():
        await answers.record(connection, mail, meeting, cast("Answer", answer), runtime.clock())
    runtime.wake_relay()
    return RedirectResponse(f"/coordination/reponse/{secret}", 303)


@router.get("/coordination/pas-moi/{secret}")
async def ask_for_another(request: Request, runtime: RuntimeDep, secret: str) -> HTMLResponse:
    """« Ce n'est plus moi »: who is the right person?"""
    found = await _silence(runtime, secret)
    return page(request, "pas_moi.html", name=found.name, done=False, typed={"nom": "", "adresse": ""}, errors={})


@router.post("/coordination/pas-moi/{secret}")
async def name_another(request: Request, runtime: RuntimeDep, secret: str) -> HTMLResponse:
    found, typed = await _silence(runtime, secret), await fields(request)
    name, address = typed.get("nom", ""), typed.get("adresse", "")
    errors = []
    if not 0 < len(name) <= 120:
        errors.append(
            LineError(column="nom", code="NAME", value=name, message="Écrivez un nom, en 120 caractères au plus.", example="Camille Martin")
        )
    if address and not (len(address) <= 254 and "@" in address[1:-1]):
        message = f"« {address} » n’est pas une adresse électronique."
        errors.append(LineError(column="adresse", code="ADDRESS", value=address, message=message, example="prenom.nom@exemple.fr"))
    shown = {"nom": name, "adresse": address}
    if errors:
        return page(request, "pas_moi.html", status_code=422, name=found.name, done=False, typed=shown, errors=by_field(errors))
    async with runtime.pool.acquire() as connection, connection.transaction():
        await declarants.somebody_else(connection, found, f"{name}, {address}" if address else name, runtime.clock())
    runtime.wake_relay()
    return page(request, "pas_moi.html", name=found.name, done=True, typed=shown, errors={})


async def _silence(runtime: Runtime, secret: str) -> Silence:
    found = await store.by_secret(runtime.pool, secret)
    if found is None:
        raise Problem(404, "NOT_FOUND", "Ce lien n’est plus valable")
    return found


async def _answer_page(request: Request, runtime: Runtime, mail: Any, *, proposed: str) -> HTMLResponse:
    meeting = await answers.meeting_of(runtime.pool, mail["about"])
    if meeting is None:
        raise Problem(404, "NOT_FOUND", "Cette réunion n’existe plus")
    return page(
        request,
        "reponse.html",
        name=meeting_letters.name_of(meeting),
        when=meeting_letters.when(meeting),
        place=meeting.place,
        who=mail["recipient_name"],
        cancelled=isinstance(meeting, MeetingCancelled),
        given=await answers.given(runtime.pool, meeting, mail["recipient_id"]),
        proposed=proposed,
    )


async def _mail(runtime: Runtime, secret: str, kind: str) -> Any:
    """The mail that led here. Raises a 404 problem for a secret of no mail or of another kind."""
    found = await answers.by_secret(runtime.pool, secret)
    if found is None or not found["kind"].startswith(kind):
        raise Problem(404, "NOT_FOUND", "Ce lien n’est plus valable")
    return found
