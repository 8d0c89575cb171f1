"""« Brouillon de lettre de rentrée »: written from what changed, edited on the page, taken home as text or for Word."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.events import governing
from services.events.organising import today
from services.events.pages.governance.bodies import standings
from services.events.rules import letter as rules
from services.events.store import letter
from services.events.take_home import letter_docx
from services.events.take_home.files import attachment

router = APIRouter(include_in_schema=False)
AHEAD = timedelta(days=120)


@router.get("/lettre-de-rentree")
async def draft(request: Request, runtime: RuntimeDep, caller: CallerDep, depuis: str = "") -> Response:
    """Generated afresh at each visit; nothing is sent and nothing is kept."""
    caller.require("team")
    now = today(runtime)
    since = _since(depuis, now)
    text = rules.write(await facts(runtime, since))
    return page(request, "events/letter.html", text=text, since=since, today=now)


@router.post("/lettre-de-rentree/{kind}")
async def take_home(request: Request, kind: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    caller.require("team")
    text = (await forms.fields(request)).get("text", "")
    name = f"lettre-de-rentree-{today(runtime).year}"
    if kind == "docx":
        return attachment(letter_docx.document(text, fictional=runtime.settings.fictional), f"{name}.docx")
    if kind == "txt":
        banner = "Données fictives\n\n" if runtime.settings.fictional else ""
        return attachment((banner + text).replace("\r\n", "\n").encode(), f"{name}.txt")
    raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", "Formats : docx et txt.")


async def facts(runtime: Runtime, since: date) -> rules.Facts:
    """Mandates up to four months ahead, the team, milestones not long past, meetings of the next four months."""
    now, wall = today(runtime), governing.wall_clock(runtime)
    stones = [each for each in await standings(runtime) if (each.milestone.done_on or now) >= since]
    return rules.Facts(
        since, now, await letter.mandates(runtime.pool, now + AHEAD), await letter.team(runtime.pool), stones,
        await letter.gatherings(runtime.pool, wall, datetime.combine(now + AHEAD, time())), await letter.forms_open(runtime.pool),
    )  # fmt: skip


def _since(text: str, now: date) -> date:
    """The day typed; else the last 1 July, before which the summer's changes were told. Raises a 422 problem."""
    if not text:
        return date(now.year if now.month >= 7 else now.year - 1, 7, 1)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Problem(422, "DATE", "Cette date ne se lit pas", f"« {text[:20]} » : par exemple {now.year}-07-01.") from None
    if not 2000 <= found.year <= now.year or found > now:
        raise Problem(422, "DATE", "Choisissez un jour passé", f"« {text[:20]} » : par exemple {now.year - 1}-07-01.")
    return found
