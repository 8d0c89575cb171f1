"""The inbox: à traiter, plus tard, suivi, tout."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.problems import Problem
from kit.web.forms import fields
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.notify.access import scope_of
from services.notify.rules import links, wording, workdays
from services.notify.rules.workdays import is_working_day, paris_day
from services.notify.store import inbox
from services.notify.store.inbox import View

router = APIRouter(include_in_schema=False)

PAGE: Final = 50
VIEWS: Final[tuple[tuple[str, View, str], ...]] = (
    ("a-traiter", "open", "À traiter"), ("plus-tard", "later", "Plus tard"), ("suivi", "followed", "Suivi"), ("tout", "all", "Tout"),
)  # fmt: skip
LABELS: Final = {
    "FILING_COUNTED": ("Comptée", "good"),
    "FILING_CORRECTED": ("Corrigée", "wait"),
    "FILING_WITHDRAWN": ("Retirée", "bad"),
    "MEETING_INVITATION": ("Invitation", "plain"),
    "MEETING_CHANGE": ("Changement", "wait"),
    "MEETING_CANCELLATION": ("Annulation", "bad"),
    "MEETING_UNASSIGNED": ("À transmettre", "wait"),
    "MEETING_ANSWER": ("Réponse", "plain"),
    "MEETING_REMINDER": ("Rappel", "plain"),
    "MAIL_REFUSED": ("Adresse à corriger", "bad"),
    "POLL": ("Sondage", "wait"),
    "DIAGNOSTIC": ("Diagnostic", "wait"),
    "DIAGNOSTIC_SUBMITTED": ("Diagnostic", "plain"),
    "DIAGNOSTIC_REVIEWED": ("Diagnostic", "good"),
    "EDITION_REVIEW": ("Édition à relire", "wait"),
    "ACTION": ("Action", "wait"),
    "HANDOVER": ("Passation", "plain"),
    "PLACE_TO_CONFIRM": ("Lieu à reconfirmer", "wait"),
    "INTERIM": ("Intérim", "wait"),
    "HOURS_COUNTED": ("Comptée", "good"),
    "SOURCE_CHANGED": ("Rapprochement", "plain"),
    "RECEIPT": ("Reçue", "plain"),
    "QUESTION": ("Question", "wait"),
    "ANSWER": ("Réponse", "plain"),
    "SILENCE": ("Rien reçu", "wait"),
    "SILENCE_UNANSWERED": ("Rien reçu", "wait"),
    "WEBHOOK_STOPPED": ("Webhook arrêté", "bad"),
    "CONTACT_CHANGED": ("Contact à corriger", "wait"),
}
EMPTY: Final = {
    "a-traiter": (
        "Rien à traiter",
        "Ce qui vous concerne arrive ici à l’instant même : déclarations de votre département, réunions, questions.",
    ),
    "plus-tard": ("Rien pour plus tard", "Ce que vous reportez revient ici, puis dans « À traiter » le jour choisi."),
    "suivi": ("Rien de suivi", "Ce que vous suivez reste ici, traité ou non."),
    "tout": ("Rien pour le moment", "Tout ce qui vous a été dit se retrouve ici."),
}


@router.get("/coordination")
async def show_inbox(
    request: Request,
    runtime: RuntimeDep,
    caller: CallerDep,
    vue: Annotated[str, Query(max_length=10)] = "a-traiter",
    suite: UUID | None = None,
) -> HTMLResponse:
    scope = await scope_of(runtime, caller)
    code, view, title = next((each for each in VIEWS if each[0] == vue), VIEWS[0])
    today = paris_day(runtime.clock())
    rows = await inbox.items(runtime.pool, scope, view=view, today=today, after=suite, limit=PAGE + 1)
    in_network = caller.has("team", "coordinator", "facilitator")
    return page(
        request,
        "coordination.html",
        items=[
            {**row, "page": links.opened_by(links.page_of(row["kind"], row["about"], row["page"]), in_network=in_network)}
            for row in rows[:PAGE]
        ],
        counted=await inbox.counted_ones(runtime.pool, scope) if view == "open" else 0,
        labels=LABELS,
        vue=code,
        view_title=title,
        views=VIEWS,
        counts=await inbox.counts(runtime.pool, scope, today),
        empty=EMPTY[code],
        more=rows[PAGE - 1]["delivery_id"] if len(rows) > PAGE else None,
        where=[wording.department(code) for code in scope.departments] + (["équipe du réseau"] if scope.team else []),
        instead=len(scope.people) > 1,
        later=_later(today),
        next_digest=workdays.next_digest(runtime.clock()) if caller.person is not None else None,
    )


@router.post("/coordination/comptees")
async def mark_counted_ones(runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Filings that were counted and ask for nothing, all at once."""
    await inbox.mark_counted_ones(runtime.pool, await scope_of(runtime, caller), by=caller.id, now=runtime.clock())
    return RedirectResponse("/coordination", 303)


@router.post("/coordination/{item}")
async def mark_item(request: Request, runtime: RuntimeDep, caller: CallerDep, item: UUID) -> Response:
    """`action`: traite, rouvrir, suivre, ne-plus-suivre, or a day to which the item is put off."""
    form = await fields(request)
    scope, action = await scope_of(runtime, caller), form.get("action") or "traite"
    match action:
        case "suivre" | "ne-plus-suivre":
            row = await inbox.follow(runtime.pool, scope, item, followed=action == "suivre")
        case "traite" | "rouvrir":
            row = await inbox.mark(runtime.pool, scope, item, done=action == "traite", by=caller.id, now=runtime.clock())
        case _:
            row = await inbox.put_off(runtime.pool, scope, item, _day(action, paris_day(runtime.clock())))
    if row is None:
        raise Problem(404, "NOT_FOUND", "Cet élément n’est pas dans votre boîte de réception")
    vue = form.get("vue", "")
    known = vue in {code for code, _, _ in VIEWS[1:]}
    return RedirectResponse(f"/coordination?vue={vue}" if known else "/coordination", 303)


def _later(today: date) -> list[tuple[str, str]]:
    """Days to put an item off to: the next working day, the next week, a month ahead."""
    following = today + timedelta(days=1)
    while not is_working_day(following):
        following += timedelta(days=1)
    monday = today + timedelta(days=7 - today.weekday())
    month = today + timedelta(days=28)
    found = {following: "", monday: "", month: ""}
    return [(day.isoformat(), wording.day(day)) for day in sorted(found)]


def _day(text: str, today: date) -> date:
    """Raises a 422 problem for what is no day to come."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if not today < day <= today + timedelta(days=366):
        raise Problem(422, "INVALID", "Ce jour ne convient pas", "Choisissez un jour à venir, dans l’année : 2027-01-29.")
    return day
