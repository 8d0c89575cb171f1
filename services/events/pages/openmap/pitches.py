"""Propose a pitch, follow one's own application, choose among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit import digits
from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import PARTICIPANTS
from services.events import editing
from services.events.organising import links_of, today
from services.events.pages.openmap.taking_part import PRIVATE
from services.events.registering import rate_of
from services.events.rules import pitches as rules
from services.events.rules.guests import ESS_ROLES
from services.events.rules.pitches import Pitch
from services.events.rules.registrations import Applicant
from services.events.secret_links import PITCH
from services.events.store import editions, pitches
from services.events.store.editions import KeptEdition

router = APIRouter(include_in_schema=False)
OWN = "/openmap/pitch/{pitch_id}/{code}"


@router.get("/openmap/{key}/pitchs/proposer")
async def ask(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    kept = await _announced(runtime, key)
    return _form(request, runtime, kept, {}, ())


@router.post("/openmap/{key}/pitchs/proposer")
async def apply(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    kept = await _announced(runtime, key)
    typed = await forms.fields(request)
    wanted = _pitch(typed, kept)
    try:
        rules.check(wanted, kept.edition, today(runtime))
        rate_of(runtime).admit(request)
        async with runtime.pool.acquire() as connection, connection.transaction():
            made = await pitches.apply(connection, kept.edition_id, wanted, now=runtime.clock())
    except Refused as refused:
        return _form(request, runtime, kept, typed, refused.errors)
    except Problem as problem:
        if problem.status != 409:
            raise
        return _form(
            request, runtime, kept, typed, [LineError(column="email", code=problem.code, message=f"{problem.title}. {problem.detail}")]
        )
    return RedirectResponse(f"/openmap/pitch/{made.pitch_id}/{links_of(runtime).code(made.pitch_id, PITCH)}", 303)


@router.get(OWN)
async def see(request: Request, pitch_id: UUID, code: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    del caller
    links_of(runtime).check(pitch_id, code, PITCH)
    found = await pitches.get(runtime.pool, pitch_id)
    kept = await editions.get(runtime.pool, found.edition_id)
    return page(request, "events/openmap/pitch.html", headers=PRIVATE, kept=kept, edition=kept.edition, found=found, path=request.url.path)


@router.post(OWN + "/retirer")
async def withdraw(pitch_id: UUID, code: str, runtime: RuntimeDep) -> Response:
    links_of(runtime).check(pitch_id, code, PITCH)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await pitches.withdraw(connection, pitch_id, now=runtime.clock())
    return RedirectResponse(f"/openmap/pitch/{pitch_id}/{code}", 303)


@router.get("/openmap/{key}/pitchs")
async def listed(request: Request, key: str, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    return await _list(request, runtime, kept, ())


@router.post("/openmap/{key}/pitchs/{pitch_id}")
async def decide(request: Request, key: str, pitch_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await editions.of_key(runtime.pool, key)
    editing.organiser(caller, kept)
    typed = await forms.fields(request)
    state, reason = typed.get("state", ""), typed.get("reason", "")[:500] or None
    try:
        rules.check_decision(state, reason)
    except Refused as refused:
        return await _list(request, runtime, kept, refused.errors)
    async with runtime.pool.acquire() as connection, connection.transaction():
        await pitches.decide(connection, kept.edition_id, pitch_id, state, reason, now=runtime.clock())
    return RedirectResponse(f"{kept.path}/pitchs#{pitch_id}", 303)


async def _announced(runtime: RuntimeDep, key: str) -> KeptEdition:
    kept = await editions.of_key(runtime.pool, key)
    if kept.meeting_id is None:
        raise editions.unknown()
    return kept


def _pitch(typed: Mapping[str, str], kept: KeptEdition) -> Pitch:
    return Pitch(
        Applicant(typed.get("name", ""), typed.get("email", ""), typed.get("organisation", ""), typed.get("role", "")),
        typed.get("title", ""), typed.get("about", ""),
        tuple(typed.get(f"answers.{number}", "") for number in range(len(kept.edition.pitch_criteria))),
        digits.joined(typed.get("siret", "")) or None,
    )  # fmt: skip


def _form(request: Request, runtime: RuntimeDep, kept: KeptEdition, typed: forms.Values, errors: Sequence[LineError]) -> Response:
    until = kept.edition.pitch_until
    roles = forms.choices({code: label for code, label in PARTICIPANTS.items() if code in ESS_ROLES}, blank="Choisissez")
    return page(
        request, "events/openmap/pitch_form.html", status_code=422 if errors else 200, kept=kept, edition=kept.edition, typed=typed,
        errors=forms.by_field(errors), open=until is not None and today(runtime) <= until, roles=roles,
    )  # fmt: skip


async def _list(request: Request, runtime: RuntimeDep, kept: KeptEdition, errors: Sequence[LineError]) -> Response:
    found = await pitches.of_edition(runtime.pool, kept.edition_id)
    return page(
        request, "events/openmap/pitches.html", status_code=422 if errors else 200, kept=kept, edition=kept.edition, pitches=found,
        errors=errors, selected=sum(1 for pitch in found if pitch.state == "selected"), roles=PARTICIPANTS,
    )  # fmt: skip
