"""Pages for people: the coordination's inbox, preferences, the answers that a mail leads to. All work without JavaScript."""

from __future__ import annotations

from typing import Annotated, Any, Final, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web.forms import fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.meetings import MeetingCancelled
from services.notify import handover_pages, mailbox_pages
from services.notify.routes import scope_of
from services.notify.rules import meeting_letters, wording, workdays
from services.notify.store import answers, inbox, preferences
from services.notify.store.answers import Answer
from services.notify.store.preferences import Frequency, Subject

router = APIRouter(include_in_schema=False)
router.include_router(mailbox_pages.router)
router.include_router(handover_pages.router)

PAGE: Final = 50
LABELS: Final = {
    "FILING_COUNTED": ("Comptée", "good"),
    "FILING_CORRECTED": ("Corrigée", "wait"),
    "FILING_WITHDRAWN": ("Retirée", "bad"),
    "MEETING_INVITATION": ("Invitation", "plain"),
    "MEETING_CHANGE": ("Changement", "wait"),
    "MEETING_CANCELLATION": ("Annulation", "bad"),
    "MEETING_UNASSIGNED": ("À transmettre", "wait"),
    "MEETING_ANSWER": ("Réponse", "plain"),
    "MAIL_REFUSED": ("Courriel refusé", "bad"),
    "POLL": ("Sondage", "wait"),
    "DIAGNOSTIC": ("Diagnostic", "wait"),
    "DIAGNOSTIC_SUBMITTED": ("Diagnostic", "plain"),
    "DIAGNOSTIC_REVIEWED": ("Diagnostic", "good"),
    "ACTION": ("Action", "wait"),
    "HANDOVER": ("Passation", "plain"),
    "PLACE_TO_CONFIRM": ("Lieu à reconfirmer", "wait"),
    "INTERIM": ("Intérim", "wait"),
}
SUBJECTS: Final[tuple[tuple[Subject, str, str], ...]] = (
    ("FILINGS", "Déclarations de mon département", "comptées, corrigées ou retirées"),
    ("CORRECTIONS", "Grandes corrections", "plus de 10 % ou plus de 1 000 heures"),
    ("PREPARATION", "Copies « pour préparation »", "réunions d’un jour où une autre personne sera en fonction"),
)
FREQUENCIES: Final[tuple[tuple[Frequency, str], ...]] = (("immediate", "immédiat"), ("daily", "quotidien, 8 h"), ("never", "jamais"))
ALLOWED: Final[dict[Subject, tuple[Frequency, ...]]] = {
    "FILINGS": ("immediate", "daily", "never"),
    "CORRECTIONS": ("immediate", "daily"),
    "PREPARATION": ("immediate", "never"),
}


@router.get("/coordination")
async def show_inbox(
    request: Request,
    runtime: RuntimeDep,
    caller: CallerDep,
    vue: Annotated[str, Query(max_length=10)] = "a-traiter",
    suite: UUID | None = None,
) -> HTMLResponse:
    scope = scope_of(caller)
    rows = await inbox.items(runtime.pool, scope, only_open=vue != "tout", after=suite, limit=PAGE + 1)
    return page(
        request,
        "coordination.html",
        items=[dict(row) for row in rows[:PAGE]],
        labels=LABELS,
        everything=vue == "tout",
        to_do=await inbox.count_open(runtime.pool, scope),
        more=rows[PAGE - 1]["delivery_id"] if len(rows) > PAGE else None,
        where=[wording.department(code) for code in scope.departments] + (["équipe du réseau"] if scope.team else []),
        next_digest=workdays.next_digest(runtime.clock()) if caller.has("coordinator") else None,
    )


@router.post("/coordination/{item}")
async def mark_item(request: Request, runtime: RuntimeDep, caller: CallerDep, item: UUID) -> Response:
    form = await fields(request)
    done = form.get("action") != "rouvrir"
    row = await inbox.mark(runtime.pool, scope_of(caller), item, done=done, by=caller.id, now=runtime.clock())
    if row is None:
        raise Problem(404, "NOT_FOUND", "Cet élément n’est pas dans votre boîte de réception")
    return RedirectResponse("/coordination?vue=tout" if form.get("vue") == "tout" else "/coordination", 303)


@router.get("/preferences")
async def show_preferences(request: Request, runtime: RuntimeDep, caller: CallerDep) -> HTMLResponse:
    person = _person(caller)
    return await _preferences_page(request, runtime, person, saved="enregistre" in request.query_params)


@router.post("/preferences")
async def save_preferences(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    person, form = _person(caller), await fields(request)
    async with runtime.pool.acquire() as connection, connection.transaction():
        for subject, allowed in ALLOWED.items():
            if form.get(subject) in allowed:
                await preferences.choose(connection, person, subject, cast("Frequency", form[subject]))
    return RedirectResponse("/preferences?enregistre", 303)


@router.get("/desabonnement/{secret}")
async def ask_to_stop(request: Request, runtime: RuntimeDep, secret: str) -> HTMLResponse:
    """A page: mail scanners follow addresses, so only the button unsubscribes."""
    await _mail(runtime, secret, "FILING_DIGEST")
    return page(request, "desabonnement.html", done=False)


@router.post("/desabonnement/{secret}")
async def stop_digest(request: Request, runtime: RuntimeDep, secret: str) -> HTMLResponse:
    """Also the one-click address of RFC 8058: no cookie, no redirect."""
    mail = await _mail(runtime, secret, "FILING_DIGEST")
    async with runtime.pool.acquire() as connection:
        await preferences.choose(connection, mail["recipient_id"], "FILINGS", "never")
    return page(request, "desabonnement.html", done=True)


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


def _person(caller: Caller) -> str:
    caller.require()
    if caller.person is None:
        raise Problem(403, "NO_PERSON", "Cette clé n’est pas celle d’une personne", "Connectez-vous avec votre compte.")
    return str(caller.person)


async def _preferences_page(request: Request, runtime: Runtime, person: str, *, saved: bool) -> HTMLResponse:
    async with runtime.pool.acquire() as connection:
        chosen = await preferences.all_of(connection, person)
    rows = [
        (code, label, hint, [(f, text) for f, text in FREQUENCIES if f in ALLOWED[code]], chosen[code]) for code, label, hint in SUBJECTS
    ]
    return page(request, "preferences.html", rows=rows, saved=saved, next_digest=workdays.next_digest(runtime.clock()))
