"""Pages of those who make an edition: the form, its retro-planning, announcing the date, publishing the programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.buyers import SECTORS
from schemas.vocabulary.network import SESSIONS
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access, editing, following_up
from services.events.organising import today
from services.events.pages import typed as reading
from services.events.rules.editions import HALVES, Edition, Slot
from services.events.store import editions
from services.events.store.editions import KeptEdition

router = APIRouter(include_in_schema=False)
ROWS = 10
_KINDS = {"OPENMAP": "Openmap", "EVENEMENT_DEPARTEMENTAL": "Événement départemental (entreprises × ESS)"}


@router.get("/openmap/nouvelle")
async def new(request: Request, runtime: RuntimeDep, caller: CallerDep, type: str = "", diagnostic: str = "") -> Response:  # noqa: A002  the address is French
    access.planning(caller)
    if diagnostic:
        wanted, source = await following_up.event_of(runtime, caller, diagnostic)
        return _form(request, {**written(wanted), "diagnostic": str(source)}, None, ())
    kind = type if type in _KINDS else "OPENMAP" if caller.has("team") else "EVENEMENT_DEPARTEMENTAL"
    wanted, copied_from = await editing.last_of(runtime, caller, kind, today(runtime) + timedelta(days=180))
    return _form(request, {**written(wanted), "copied_from": str(copied_from or "")}, None, ())


@router.post("/openmap/nouvelle")
async def plan(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    editing.organiser(caller)
    typed = await forms.fields(request)
    try:
        wanted = read(typed)
        access.organiser(caller, wanted.department)
        source = await following_up.source_of(runtime, caller, typed.get("diagnostic", ""))
        kept = await editing.plan(runtime, caller, wanted, _uuid(typed.get("copied_from")), source)
    except Refused as refused:
        return _form(request, typed, None, refused.errors)
    return RedirectResponse(f"{kept.path}/organisation", 303)


@router.get("/openmap/{key}/modifier")
async def edit(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    access.acting(caller, kept.edition.department)
    return _form(request, written(kept.edition), kept, ())


@router.post("/openmap/{key}/modifier")
async def change(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    typed = await forms.fields(request)
    try:
        wanted = read(typed)
        access.organiser(caller, wanted.department)
        kept = await editing.change(runtime, caller, kept.edition_id, reading.revision(typed), wanted, typed.get("reason") or None)
    except Refused as refused:
        return _form(request, typed, kept, refused.errors)
    except Problem as problem:
        if problem.status not in {409, 412}:
            raise
        return _form(request, typed, kept, [LineError(column="", code=problem.code, message=f"{problem.title}. {problem.detail or ''}")])
    return RedirectResponse(f"{kept.path}/organisation", 303)


@router.get("/openmap/{key}/organisation")
async def steps(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    found = await editions.steps(runtime.pool, kept.edition_id)
    late = sum(1 for step in found if step.done_on is None and step.due < today(runtime))
    return page(request, "events/openmap/steps.html", kept=kept, edition=kept.edition, steps=found, late=late, today=today(runtime))


@router.post("/openmap/{key}/etapes/{step}")
async def tick(request: Request, key: str, step: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    typed = await forms.fields(request)
    async with runtime.pool.acquire() as connection, connection.transaction():
        if due := typed.get("due"):
            await editions.move_step(connection, kept.edition_id, step, _day("due", due))
        else:
            done = typed.get("done") == "oui"
            await editions.tick(connection, kept.edition_id, step, done=done, on=today(runtime), by=caller.name)
    return RedirectResponse(f"{kept.path}/organisation", 303)


@router.post("/openmap/{key}/annoncer")
async def announce(key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    await editing.announce(runtime, caller, kept.edition_id)
    return RedirectResponse(f"{kept.path}/organisation", 303)


@router.post("/openmap/{key}/publier")
async def publish(key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    await editing.publish(runtime, caller, kept.edition_id)
    return RedirectResponse(kept.path, 303)


def read(typed: Mapping[str, str]) -> Edition:
    """The edition that a person typed. Raises Refused with every date, hour or number that cannot be read."""
    errors: list[LineError] = []
    day = reading.day(typed, "day", errors)
    pitch_until = reading.day(typed, "pitch_until", errors, required=False)
    programme = [slot for row in range(ROWS) if (slot := _slot(typed, row, errors)) is not None]
    if errors or day is None:
        raise Refused(errors, code="EDITION_REFUSED", title="L’événement ne peut pas être enregistré tel quel")
    return Edition(
        kind=typed.get("kind", ""), title=typed.get("title", ""), trade=typed.get("trade", ""), day=day, half=typed.get("half", ""),
        place=typed.get("place", ""), department=typed.get("department") or None,
        sectors=tuple(code for code in SECTORS if typed.get(f"sectors.{code}")), cpv=tuple(typed.get("cpv", "").replace(",", " ").split()),
        access=typed.get("access") or None, accessibility=typed.get("accessibility") or None, summary=typed.get("summary") or None,
        pitch_criteria=tuple(line.strip() for line in typed.get("pitch_criteria", "").splitlines() if line.strip()),
        pitch_until=pitch_until, programme=tuple(programme),
    )  # fmt: skip


def written(edition: Edition) -> dict[str, str]:
    """An edition as the fields of its form."""
    found = {
        "kind": edition.kind, "title": edition.title, "trade": edition.trade, "day": edition.day.isoformat(), "half": edition.half,
        "place": edition.place, "department": edition.department or "", "cpv": " ".join(edition.cpv), "access": edition.access or "",
        "accessibility": edition.accessibility or "", "summary": edition.summary or "", "pitch_criteria": "\n".join(edition.pitch_criteria),
        "pitch_until": edition.pitch_until.isoformat() if edition.pitch_until else "", **{f"sectors.{code}": "oui" for code in edition.sectors},
    }  # fmt: skip
    for row, slot in enumerate(edition.programme):
        name = f"programme.{row}"
        found |= {
            f"{name}.name": slot.name, f"{name}.kind": slot.kind, f"{name}.starts_at": f"{slot.starts_at:%H:%M}",
            f"{name}.ends_at": f"{slot.ends_at:%H:%M}", f"{name}.capacity": str(slot.capacity or ""), f"{name}.place": slot.place or "",
            f"{name}.travel_minutes": "" if slot.travel_minutes is None else str(slot.travel_minutes),
            f"{name}.session_id": str(slot.session_id or ""),
        }  # fmt: skip
    return found


def _slot(typed: Mapping[str, str], row: int, errors: list[LineError]) -> Slot | None:
    name = f"programme.{row}"
    if not typed.get(f"{name}.name"):
        return None
    starts_at, ends_at = (_hour(typed, f"{name}.{end}", errors) for end in ("starts_at", "ends_at"))
    capacity, travel = (_whole(typed, f"{name}.{what}", errors) for what in ("capacity", "travel_minutes"))
    if starts_at is None or ends_at is None:
        return None
    return Slot(
        typed[f"{name}.name"], typed.get(f"{name}.kind", ""), starts_at, ends_at, capacity, typed.get(f"{name}.place") or None, travel,
        _uuid(typed.get(f"{name}.session_id")),
    )  # fmt: skip


def _hour(typed: Mapping[str, str], name: str, errors: list[LineError]) -> time | None:
    text = typed.get(name, "")
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        errors.append(LineError(column=name, code="TIME", value=text[:40], message="Indiquez l’heure.", example="09:30"))
        return None


def _whole(typed: Mapping[str, str], name: str, errors: list[LineError]) -> int | None:
    text = typed.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        errors.append(LineError(column=name, code="NUMBER", value=text[:40], message="Un nombre entier est attendu.", example="25"))
        return None
    return int(text)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        error = LineError(column=name, code="DATE", value=text[:40], message="Cette date ne se lit pas.", example="2027-11-15")
        raise Refused([error], code="EDITION_REFUSED") from None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _form(request: Request, typed: Mapping[str, str], kept: KeptEdition | None, errors: Sequence[LineError]) -> Response:
    used = len(kept.edition.programme) if kept else sum(1 for row in range(ROWS) if typed.get(f"programme.{row}.name"))
    return page(
        request, "events/openmap/form.html", status_code=422 if errors else 200, typed=typed, kept=kept, errors=forms.by_field(errors),
        rows=range(min(ROWS, used + 2)), kinds=list(_KINDS.items()), halves=list(HALVES.items()), sectors=SECTORS,
        session_kinds=forms.choices(SESSIONS, blank=None),
        departments=forms.choices({code: f"{code} – {name}" for code, name in DEPARTMENTS.items()}, blank="Toute la région"),
    )  # fmt: skip
