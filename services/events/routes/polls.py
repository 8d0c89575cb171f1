"""Polls for scripts: ask, answer, remind, propose another date, choose."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from kit.identity import Caller
from kit.preconditions import ExpectedRevision, etag
from kit.problems import Problem
from kit.service import Runtime
from kit.web.instants import Day
from kit.web.request import CallerDep, RuntimeDep
from services.events import access, polling
from services.events.organising import today
from services.events.rules import polls as rules
from services.events.rules.polls import Option, Question, Recipient
from services.events.store import polls
from services.events.store.polls import KeptPoll

router = APIRouter(prefix="/api/v1/polls", tags=["sondages"])


class OptionBody(BaseModel):
    """A date, Europe/Paris wall clock without offset; `id` names one that is there already."""

    model_config = ConfigDict(extra="ignore")

    id: UUID | None = None
    starts_at: NaiveDatetime
    ends_at: NaiveDatetime
    place: str | None = None


class RecipientBody(BaseModel):
    """Exactly one of `person_id`, `department` and `email`."""

    model_config = ConfigDict(extra="ignore")

    person_id: UUID | None = None
    department: str | None = None
    email: str | None = None
    name: str | None = None
    organisation: str | None = None
    required: bool = False


class PollBody(BaseModel):
    """A poll as its organiser wants it. Without `remind_on` the reminder goes three days before the end."""

    model_config = ConfigDict(extra="ignore")

    title: str
    kind: str = "ATELIER"
    options: list[OptionBody]
    recipients: list[RecipientBody]
    answer_by: Day
    department: str | None = None
    theme: str | None = None
    place: str | None = None
    remind_on: Day | None = None
    words: str | None = None
    contact: str | None = None

    def question(self) -> Question:
        return Question(
            self.title.strip(), self.kind, tuple(Option(o.starts_at, o.ends_at, o.place, o.id) for o in self.options),
            tuple(Recipient(r.person_id, r.department, r.email, r.name, r.organisation, r.required) for r in self.recipients),
            self.answer_by, self.department, self.theme, self.place, self.remind_on, self.words, self.contact,
        )  # fmt: skip


class AnswerBody(BaseModel):
    """`answers`: option → YES, IF_NEEDED or NO, for every option. `recipient` is needed by who speaks for several."""

    answers: dict[str, str] = Field(max_length=200)
    comment: str | None = None
    recipient: UUID | None = None


class DateBody(BaseModel):
    """Another date that a recipient would rather have."""

    starts_at: NaiveDatetime
    ends_at: NaiveDatetime
    recipient: UUID | None = None


class ChoiceBody(BaseModel):
    """The date kept; without one the poll ends and nothing is planned. `despite_no`: a required person's « non » is known."""

    option: UUID | None = None
    place: str | None = Field(default=None, max_length=200)
    despite_no: bool = False


@router.post("", status_code=201, summary="Ouvrir un sondage de dates")
async def create(
    request: Request, body: PollBody, runtime: RuntimeDep, caller: CallerDep, idempotency_key: Annotated[str | None, Header()] = None
) -> Response:
    access.organiser(caller, body.department)
    return await polling.create_once(
        runtime, caller, request, body.question(), idempotency_key, lambda kept: answer(kept, today(runtime), organiser=True)
    )


@router.get("", summary="Les sondages que l’on organise ou auxquels on est consulté")
async def listed(runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    caller.require("team", "coordinator")
    found = await polls.listed(
        runtime.pool, departments=None if caller.has("team") else sorted(caller.departments), asked=caller.person,
        asked_for=sorted(caller.departments),
    )  # fmt: skip
    day = today(runtime)
    return {
        "items": [
            {
                "id": str(each["poll_id"]), "title": each["title"], "state": rules.state_of(each["state"], each["answer_by"], day),
                "answer_by": each["answer_by"].isoformat(), "department": each["department"], "asked": each["asked"],
                "answered": each["answered"], "waiting_for_me": each["waiting"],
            }
            for each in found
        ]
    }  # fmt: skip


@router.get("/{poll_id}", summary="Un sondage et ses réponses")
async def one(poll_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """The organiser reads who said what; a recipient reads the counts and the own answers."""
    return _given(await polls.get(runtime.pool, poll_id), runtime, caller, await _mine(runtime, poll_id, caller))


@router.put("/{poll_id}", summary="Changer un sondage")
async def change(poll_id: UUID, body: PollBody, runtime: RuntimeDep, caller: CallerDep, revision: ExpectedRevision) -> Response:
    kept = await polling.change(runtime, caller, poll_id, revision, body.question())
    return JSONResponse(answer(kept, today(runtime), organiser=True), headers=etag(kept.revision))


@router.put("/{poll_id}/answer", summary="Répondre à un sondage")
async def say(poll_id: UUID, body: AnswerBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    mine = await _mine(runtime, poll_id, caller)
    kept = await polling.answer(runtime, poll_id, _of(mine, body.recipient), body.answers, body.comment, caller.person)
    return _given(kept, runtime, caller, mine)


@router.post("/{poll_id}/confirm", summary="Confirmer les réponses de son prédécesseur")
async def confirm(poll_id: UUID, runtime: RuntimeDep, caller: CallerDep, recipient: UUID | None = None) -> Response:
    mine = await _mine(runtime, poll_id, caller)
    return _given(await polling.confirm(runtime, poll_id, _of(mine, recipient), caller.person), runtime, caller, mine)


@router.post("/{poll_id}/proposals", status_code=201, summary="Proposer une autre date")
async def propose(poll_id: UUID, body: DateBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    mine = await _mine(runtime, poll_id, caller)
    kept = await polling.propose(runtime, poll_id, _of(mine, body.recipient), Option(body.starts_at, body.ends_at))
    return _given(kept, runtime, caller, mine, 201)


@router.post("/{poll_id}/proposals/{proposal_id}/add", summary="Ajouter au sondage une date proposée")
async def add(poll_id: UUID, proposal_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return _given(await polling.settle(runtime, caller, poll_id, proposal_id, add=True), runtime, caller, [])


@router.post("/{poll_id}/proposals/{proposal_id}/decline", summary="Écarter une date proposée")
async def decline(poll_id: UUID, proposal_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> Response:
    return _given(await polling.settle(runtime, caller, poll_id, proposal_id, add=False), runtime, caller, [])


@router.post("/{poll_id}/remind", summary="Relancer les personnes qui n’ont pas répondu")
async def remind(poll_id: UUID, runtime: RuntimeDep, caller: CallerDep) -> dict[str, Any]:
    return {"reminded": [_who(who, None) for who in await polling.remind(runtime, caller, poll_id)]}


@router.post("/{poll_id}/close", summary="Choisir une date : la réunion est annoncée")
async def close(poll_id: UUID, body: ChoiceBody, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Sent again with the same date, it changes nothing. 409 REQUIRED_NO when a required person said no and `despite_no` is not set."""
    kept = await polling.close(runtime, caller, poll_id, body.option, place=body.place, despite_no=body.despite_no)
    return _given(kept, runtime, caller, [])


async def _mine(runtime: Runtime, poll_id: UUID, caller: Caller) -> list[Recipient]:
    """What the caller may answer for. Raises 401 for nobody, 403 for who is neither asked nor organises."""
    caller.require()
    kept = await polls.get(runtime.pool, poll_id)
    async with runtime.pool.acquire() as connection:
        found = await polling.own(connection, kept, caller)
    if not found and not access.may_organise(caller, kept.question.department):
        raise Problem(403, "FORBIDDEN", "Vous n’êtes pas consulté dans ce sondage")
    return found


def _of(mine: list[Recipient], wanted: UUID | None) -> UUID:
    """The recipient spoken for. Raises 403 for another's, 422 when it has to be said which."""
    ids = [who.recipient_id for who in mine if who.recipient_id and wanted in {None, who.recipient_id}]
    if not ids:
        raise Problem(403, "FORBIDDEN", "Vous n’êtes pas consulté dans ce sondage")
    if len(ids) > 1:
        raise Problem(422, "WHICH", "Indiquez pour qui vous répondez", "Ajoutez « recipient » : vous êtes consulté plusieurs fois.")
    return ids[0]


def _given(kept: KeptPoll, runtime: Runtime, caller: Caller, mine: list[Recipient], status: int = 200) -> Response:
    organiser = access.may_organise(caller, kept.question.department)
    return JSONResponse(answer(kept, today(runtime), organiser=organiser, mine=mine), status, headers=etag(kept.revision))


def answer(kept: KeptPoll, day: date, *, organiser: bool, mine: list[Recipient] | None = None) -> dict[str, Any]:
    """A poll in the API's words. Without `organiser` nobody else's answer and no address is in it."""
    question, own = kept.question, {who.recipient_id for who in mine or ()}
    return {
        "id": str(kept.poll_id), "revision": kept.revision, "state": kept.state_on(day), "title": question.title, "kind": question.kind,
        "department": question.department, "theme": question.theme, "place": question.place, "words": question.words,
        "contact": question.contact, "answer_by": question.answer_by.isoformat(),
        "remind_on": question.remind_on.isoformat() if question.remind_on else None,
        "options": [
            {
                "id": str(t.option.option_id), "starts_at": t.option.starts_at.isoformat(), "ends_at": t.option.ends_at.isoformat(),
                "place": t.option.place or question.place, "yes": t.yes, "if_needed": t.if_needed, "no": t.no, "silent": t.silent,
                "required_no": len(t.missed), "best": t.best,
            }
            for t in rules.tallies(question, kept.ballots)
        ],
        "recipients": [_who(who, kept) for who in question.recipients if organiser or who.recipient_id in own],
        "proposals": [
            {
                "id": str(p.proposal_id), "starts_at": p.option.starts_at.isoformat(), "ends_at": p.option.ends_at.isoformat(), "state": p.state,
                "by": str(p.recipient_id),
            }
            for p in kept.proposals if organiser or p.recipient_id in own
        ],
        "chosen": str(kept.chosen) if kept.chosen else None, "meeting": str(kept.meeting_id) if kept.meeting_id else None,
    }  # fmt: skip


def _who(who: Recipient, kept: KeptPoll | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": str(who.recipient_id), "person_id": str(who.person_id) if who.person_id else None, "department": who.department,
        "email": who.email, "name": who.name, "organisation": who.organisation, "required": who.required,
    }  # fmt: skip
    ballot = kept.ballots.get(who.recipient_id) if kept and who.recipient_id else None
    if kept is not None:
        found |= {
            "answered_at": ballot.answered_at.isoformat() if ballot else None, "to_confirm": bool(ballot and ballot.to_confirm),
            "answers": {str(option): said for option, said in ballot.answers.items()} if ballot else {},
            "comment": ballot.comment if ballot else None,
        }  # fmt: skip
    return found
