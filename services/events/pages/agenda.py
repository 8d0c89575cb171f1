"""« Agenda » and the page of one meeting, with its registration form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary import Vocabulary
from schemas.vocabulary.network import MEETINGS, PARTICIPANTS, SESSIONS, THEMES
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access, governing, markup, registering
from services.events.organising import links_of
from services.events.rules.meetings import begins
from services.events.rules.months import Month
from services.events.rules.papers import AUDIENCES
from services.events.rules.registrations import Applicant
from services.events.store import meetings, papers, seats
from services.events.store.governance import sittings
from services.events.store.meetings import Kept

router = APIRouter(include_in_schema=False)


VIEWS: Final = (("a-venir", "À venir"), ("mois", "Par mois"), ("passees", "Passées"))


@router.get("/agenda")
async def agenda(
    request: Request,
    runtime: RuntimeDep,
    caller: CallerDep,
    departement: str = "",
    kind: Annotated[str, Query(alias="type")] = "",
    theme: str = "",
    vue: str = "",
    mois: str = "",
) -> Response:
    """A filter that does not exist is left out; the list, a month or what is past."""
    now = governing.wall_clock(runtime)
    department, of_kind, of_theme = _known(departement, DEPARTMENTS), _known(kind, MEETINGS), _known(theme, THEMES)
    view = vue if vue in dict(VIEWS) else "a-venir"
    month = Month.read(mois) or Month.of(now.date())
    if view == "mois":
        since, until = datetime.combine(month.starts_on, time()), datetime.combine(month.ends_on, time())
    else:
        since, until = now, None
    if view == "passees":
        found = await meetings.past(runtime.pool, now, department=department, kind=of_kind, theme=of_theme, limit=100)
    else:
        found = await meetings.upcoming(runtime.pool, since, department=department, kind=of_kind, theme=of_theme, until=until, limit=500)
    return page(
        request, "events/agenda.html", meetings=found, department=department or "", kind=of_kind or "", theme=of_theme or "",
        departments=DEPARTMENTS, kinds=MEETINGS, themes=THEMES, views=VIEWS, view=view, month=month,
        of_day=_by_day(found) if view == "mois" else {}, may_plan=caller.has("team") or bool(caller.own), staff=caller.has("team", "coordinator"), today=now.date(),
        filtered=bool(department or of_kind or of_theme), links=_links({"department": department, "kind": of_kind, "theme": of_theme}, month),
    )  # fmt: skip


def _known(code: str, vocabulary: Vocabulary) -> str | None:
    return code if code in vocabulary else None


def _by_day(found: Sequence[Kept]) -> dict[date, list[Kept]]:
    """Each meeting on every day that it touches."""
    days: dict[date, list[Kept]] = {}
    for kept in found:
        day = kept.plan.starts_at.date()
        while day <= (kept.plan.ends_at - timedelta(seconds=1)).date():
            days.setdefault(day, []).append(kept)
            day += timedelta(days=1)
    return days


def _links(wanted: Mapping[str, str | None], month: Month) -> dict[str, str]:
    """Queries of the neighbouring months and of the feed, with the same filters."""
    french = {"department": "departement", "kind": "type", "theme": "theme"}
    kept = {french[name]: value for name, value in wanted.items() if value}
    return {
        "before": urlencode({**kept, "vue": "mois", "mois": str(month.before)}),
        "after": urlencode({**kept, "vue": "mois", "mois": str(month.after)}),
        "feed": urlencode({name: value for name, value in wanted.items() if value}),
    }


@router.get("/agenda/{meeting_id}")
async def one(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return await _page(request, runtime, caller, meeting_id, {}, ())


@router.post("/agenda/{meeting_id}/inscription")
async def register(request: Request, meeting_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    typed = await forms.fields(request)
    try:
        session_id = UUID(typed.get("session", ""))
    except ValueError:
        raise Problem(422, "UNKNOWN_SESSION", "Choisissez une séance") from None
    applicant = Applicant(typed.get("name", ""), typed.get("email", ""), typed.get("organisation", ""), typed.get("role", ""))
    try:
        seat = await registering.register(runtime, request, meeting_id, session_id, applicant)
    except Refused as refused:
        return await _page(request, runtime, caller, meeting_id, typed, refused.errors)
    return RedirectResponse(links_of(runtime).path(seat.registration_id), 303)


async def _page(
    request: Request, runtime: RuntimeDep, caller: CallerDep, meeting_id: UUID, typed: forms.Values, errors: Sequence[LineError]
) -> Response:
    kept = await meetings.get(runtime.pool, meeting_id)
    counts = await seats.counts(runtime.pool, meeting_id)
    over = runtime.clock() >= begins(kept.plan.starts_at, kept.plan.zone)
    network = caller.has("team", "coordinator", "facilitator")
    mine = access.may_organise(caller, kept.plan.department)
    return page(
        request, "events/meeting.html", status_code=422 if errors else 200, kept=kept, plan=kept.plan,
        sessions=[(session, *counts.get(session.session_id or UUID(int=0), (0, 0))) for session in kept.plan.sessions],
        open=not kept.cancelled and not over, over=over, typed=typed, errors=forms.by_field(errors),
        kinds=MEETINGS, themes=THEMES, session_kinds=SESSIONS, departments=DEPARTMENTS,
        participants=forms.choices(PARTICIPANTS, blank="Choisissez"),
        may_organise=mine, acts=caller.acts_for(kept.plan.department), overlaps=await meetings.overlapping(runtime.pool, kept) if mine and not (over or kept.cancelled) else [], papers=await papers.of_meeting(runtime.pool, meeting_id, access.audience(caller)), audiences=AUDIENCES,
        minutes=(await sittings.minutes(runtime.pool, meeting_id, published_only=not network))[:1], network=network, door=_door(kept), markup=markup.event(kept, runtime.settings.gateway),
    )  # fmt: skip


def _door(kept: Kept) -> str:
    """An edition's door is on its own page."""
    own = kept.plan.page
    return f"{own if own and own.startswith('/openmap/') else f'/agenda/{kept.meeting_id}'}/accueil"
