"""Answer a poll, with an account or behind the own link; see what became of it. A GET changes nothing, since mail scanners follow links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.vocabulary.network import MEETINGS
from services.events import access, polling
from services.events.organising import links_of, today
from services.events.rules import polls as rules
from services.events.rules.polls import Option
from services.events.secret_links import POLL
from services.events.store import meetings, polls
from services.events.store.polls import KeptPoll

router = APIRouter(include_in_schema=False)
OWN = "/sondages/reponse/{recipient_id}/{code}"
PRIVATE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get(OWN)
async def see_own(request: Request, recipient_id: UUID, code: str, runtime: RuntimeDep, _caller: CallerDep) -> Response:
    kept = await _behind(runtime, recipient_id, code)
    return await own_page(request, runtime, kept, recipient_id, links_of(runtime).poll(recipient_id))


@router.post(OWN)
async def answer_own(request: Request, recipient_id: UUID, code: str, runtime: RuntimeDep, _caller: CallerDep) -> Response:
    kept = await _behind(runtime, recipient_id, code)
    return await _answer(request, runtime, kept, recipient_id, links_of(runtime).poll(recipient_id), None)


@router.post(OWN + "/proposer")
async def propose_own(request: Request, recipient_id: UUID, code: str, runtime: RuntimeDep, _caller: CallerDep) -> Response:
    kept = await _behind(runtime, recipient_id, code)
    return await _propose(request, runtime, kept, recipient_id, links_of(runtime).poll(recipient_id))


@router.post("/sondages/{poll_id}/reponses/{recipient_id}")
async def answer(request: Request, poll_id: UUID, recipient_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _mine(runtime, poll_id, recipient_id, caller)
    return await _answer(request, runtime, kept, recipient_id, _path(kept, recipient_id), caller.person)


@router.get("/sondages/{poll_id}/reponses/{recipient_id}")
async def see(request: Request, poll_id: UUID, recipient_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _mine(runtime, poll_id, recipient_id, caller)
    return await own_page(request, runtime, kept, recipient_id, _path(kept, recipient_id))


@router.post("/sondages/{poll_id}/reponses/{recipient_id}/confirmer")
async def confirm(poll_id: UUID, recipient_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _mine(runtime, poll_id, recipient_id, caller)
    await polling.confirm(runtime, poll_id, recipient_id, caller.person)
    return RedirectResponse(_path(kept, recipient_id), 303)


@router.post("/sondages/{poll_id}/reponses/{recipient_id}/proposer")
async def propose(request: Request, poll_id: UUID, recipient_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    kept = await _mine(runtime, poll_id, recipient_id, caller)
    return await _propose(request, runtime, kept, recipient_id, _path(kept, recipient_id))


async def poll_page(
    request: Request, runtime: Runtime, caller: Caller, kept: KeptPoll, *, typed: Mapping[str, str] | None = None,
    errors: Sequence[LineError] = (), warning: Problem | None = None,
) -> Response:  # fmt: skip
    """What the organiser sees; who is only asked is led to the own answer. Raises 403 for everybody else."""
    async with runtime.pool.acquire() as connection:
        mine = await polling.own(connection, kept, caller)
    if not access.may_organise(caller, kept.question.department):
        if not mine or mine[0].recipient_id is None:
            raise Problem(403, "FORBIDDEN", "Vous n’êtes pas consulté dans ce sondage")
        return RedirectResponse(_path(kept, mine[0].recipient_id), 303)
    silent = [who for who in kept.question.recipients if not rules.has_answered(kept.question, kept.ballots, who)]
    return page(
        request, "events/polls/poll.html", status_code=409 if warning else 422 if errors else 200, kept=kept, question=kept.question,
        state=kept.state_on(today(runtime)), tallies=rules.tallies(kept.question, kept.ballots), silent=silent, mine=mine, answers=rules.ANSWERS,
        when=rules.when, said_by=rules.said_by, typed=typed or {}, errors=forms.by_field(errors), warning=warning, kinds=MEETINGS,
        reminded_today=kept.reminded_on == today(runtime), no_uuid=UUID(int=0),
    )  # fmt: skip


async def own_page(
    request: Request, runtime: Runtime, kept: KeptPoll, recipient_id: UUID, path: str, *, typed: Mapping[str, str] | None = None,
    errors: Sequence[LineError] = (),
) -> Response:  # fmt: skip
    """The form of one recipient. Of the others it says how many, never who."""
    who = kept.recipient(recipient_id)
    if who is None:
        raise polls.unknown()
    meeting = await meetings.get(runtime.pool, kept.meeting_id) if kept.meeting_id else None
    ballot = kept.ballots.get(recipient_id)
    said = {str(option): code for option, code in ballot.answers.items()} if ballot else {}
    return page(
        request, "events/polls/answer.html", status_code=422 if errors else 200, headers=PRIVATE, kept=kept, question=kept.question, who=who,
        called=kept.names[recipient_id], state=kept.state_on(today(runtime)), ballot=ballot, said=said, path=path, typed=typed or {},
        tallies=rules.tallies(kept.question, kept.ballots), answers=rules.ANSWERS, when=rules.when, meeting=meeting,
        errors=forms.by_field(errors), proposals=[p for p in kept.proposals if p.recipient_id == recipient_id], saved="enregistre" in request.query_params,
    )  # fmt: skip


async def _answer(request: Request, runtime: Runtime, kept: KeptPoll, recipient_id: UUID, path: str, by: UUID | None) -> Response:
    typed = await forms.fields(request)
    given = {name.removeprefix("answers."): value for name, value in typed.items() if name.startswith("answers.")}
    try:
        await polling.answer(runtime, kept.poll_id, recipient_id, given, typed.get("comment") or None, by)
    except Refused as refused:
        errors = [error.model_copy(update={"line": None}) for error in refused.errors]
        return await own_page(request, runtime, kept, recipient_id, path, typed=typed, errors=errors)
    return RedirectResponse(f"{path}?enregistre", 303)


async def _propose(request: Request, runtime: Runtime, kept: KeptPoll, recipient_id: UUID, path: str) -> Response:
    typed = await forms.fields(request)
    try:
        begins, ends = (
            datetime.fromisoformat(f"{typed.get('day', '')}T{typed.get(name, '')}").replace(tzinfo=None) for name in ("from", "to")
        )
        await polling.propose(runtime, kept.poll_id, recipient_id, Option(begins, ends))
    except ValueError:
        error = LineError(column="day", code="DATE", value=typed.get("day", "")[:40], message="Indiquez le jour, le début et la fin.")
        return await own_page(request, runtime, kept, recipient_id, path, typed=typed, errors=[error])
    except Refused as refused:
        errors = [error.model_copy(update={"column": "day"}) for error in refused.errors]
        return await own_page(request, runtime, kept, recipient_id, path, typed=typed, errors=errors)
    return RedirectResponse(f"{path}?enregistre", 303)


async def _behind(runtime: Runtime, recipient_id: UUID, code: str) -> KeptPoll:
    """Raises a 404 problem for a code that is not this recipient's."""
    links_of(runtime).check(recipient_id, code, POLL)
    return await polls.get(runtime.pool, await polls.poll_of(runtime.pool, recipient_id))


async def _mine(runtime: Runtime, poll_id: UUID, recipient_id: UUID, caller: Caller) -> KeptPoll:
    """Raises 401, 403 for somebody else's answer, 404."""
    caller.require()
    kept = await polls.get(runtime.pool, poll_id)
    async with runtime.pool.acquire() as connection:
        mine = await polling.own(connection, kept, caller)
    if recipient_id not in {who.recipient_id for who in mine}:
        raise Problem(403, "FORBIDDEN", "Cette réponse n’est pas la vôtre")
    return kept


def _path(kept: KeptPoll, recipient_id: UUID) -> str:
    return f"{kept.page}/reponses/{recipient_id}"
