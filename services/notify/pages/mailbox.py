"""« Boîte locale »: the mails of a local run as their recipients see them. Open without an account, since the login mail is read here."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from icalendar import Calendar

from kit.problems import Problem
from kit.web.layers import POLICY
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.notify.routes import digest_now, require_local
from services.notify.store import mailbox

router = APIRouter(include_in_schema=False)

METHODS: Final = {"REQUEST": "Invitation ou mise à jour", "CANCEL": "Annulation", "PUBLISH": "Pour information"}
_POLICY: Final = f"{POLICY}; style-src 'self' 'unsafe-inline'"
"""A mail brings its own style. Its frame is sandboxed: no script runs in it, no picture comes from elsewhere."""


@dataclass(frozen=True)
class Shown:
    """A mail taken apart for reading."""

    text: str
    html: str
    calendar: list[tuple[str, str]]
    raw: str


@router.get("/boite-locale")
async def show_mailbox(
    request: Request,
    runtime: RuntimeDep,
    caller: CallerDep,
    a: Annotated[str, Query(max_length=320)] = "",
    sujet: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    require_local(runtime)
    rows = await mailbox.search(runtime.pool, to=a.strip(), about=sujet.strip())
    return page(request, "boite.html", mails=[dict(row) for row in rows], to=a, about=sujet, may_send=caller.has("team", "operator"))


@router.post("/boite-locale/resume")
async def send_digest(runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The morning's digest without waiting for the morning."""
    require_local(runtime)
    caller.require("team", "operator")
    await digest_now(runtime)
    return RedirectResponse("/boite-locale", 303)


@router.get("/boite-locale/{mail}")
async def show_mail(request: Request, runtime: RuntimeDep, _caller: CallerDep, mail: UUID) -> HTMLResponse:
    require_local(runtime)
    row = await mailbox.one(runtime.pool, mail)
    if row is None:
        raise Problem(404, "NOT_FOUND", "Ce courriel n’existe pas")
    return page(request, "courriel.html", headers={"Content-Security-Policy": _POLICY}, mail=dict(row), shown=take_apart(row["raw"]))


def take_apart(raw: bytes) -> Shown:
    """What a mail client would show. A part that cannot be read is left out, the source is always there."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    calendars = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return Shown(
        text=str(text.get_content()) if text else "",
        html=f'<base target="_blank">{html.get_content()}' if html else "",
        calendar=_summary(calendars[0].get_content()) if calendars else [],
        raw=raw.decode("utf-8", "replace"),
    )


def _summary(text: Any) -> list[tuple[str, str]]:
    try:
        found = Calendar.from_ical(text)
        event: Any = found.walk("VEVENT")[0]
        method = str(found.get("method", ""))
        return [
            ("Méthode", f"{method} – {METHODS.get(method, 'autre')}"),
            ("Objet", str(event.get("summary", ""))),
            ("Début", f"{event['dtstart'].dt:%d/%m/%Y %H:%M} ({event['dtstart'].dt.tzinfo})"),
            ("Fin", f"{event['dtend'].dt:%d/%m/%Y %H:%M}"),
            ("Lieu", str(event.get("location", ""))),
            ("Participant", str(event.get("attendee", "aucun")).removeprefix("mailto:")),
            ("UID", str(event.get("uid", ""))),
            ("SEQUENCE", str(event.get("sequence", ""))),
        ]
    except (ValueError, KeyError, IndexError):
        return [("Agenda", "illisible")]
