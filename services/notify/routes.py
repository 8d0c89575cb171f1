"""What comes in by HTTP for scripts: the coordination's inbox, and the mailbox of a local run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from kit.problems import Problem
from kit.service import Runtime
from kit.web.request import CallerDep, RuntimeDep
from services.notify.access import scope_of
from services.notify.dispatch import digests
from services.notify.rules import links
from services.notify.rules.workdays import paris_day
from services.notify.store import inbox, mailbox

router = APIRouter(prefix="/api/v1")


class Item(BaseModel):
    """An inbox item. `about` is the bare number of a filing or a meeting's id."""

    id: UUID
    kind: str
    about: str
    department: str | None
    at: datetime
    title: str
    done: bool
    followed: bool
    later_until: date | None
    page: str | None = Field(description="la page de ce dont il s’agit, à partir de la racine du site")


class Inbox(BaseModel):
    items: list[Item]
    next: UUID | None = Field(description="give it as `after` to read on; null on the last page")


class Mark(BaseModel):
    model_config = ConfigDict(extra="forbid")

    done: bool | None = None
    later_until: date | None = Field(default=None, description="« plus tard » : l’élément revient ce jour-là")
    followed: bool | None = None


class Mail(BaseModel):
    id: UUID
    to: str
    subject: str
    at: datetime


class Mailbox(BaseModel):
    items: list[Mail]


class Digests(BaseModel):
    mails: int


@router.get("/coordination/inbox", tags=["coordination"], summary="La boîte de réception de la coordination", operation_id="list_inbox")
async def list_inbox(
    runtime: RuntimeDep,
    caller: CallerDep,
    state: Annotated[inbox.View, Query(description="open : à traiter ; later : plus tard ; followed : suivi")] = "all",
    about: Annotated[str | None, Query(max_length=64)] = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Inbox:
    scope, today = await scope_of(runtime, caller), paris_day(runtime.clock())
    rows = await inbox.items(runtime.pool, scope, view=state, today=today, about=about, after=after, limit=limit + 1)
    page = [_item(row) for row in rows[:limit]]
    return Inbox(items=page, next=page[-1].id if len(rows) > limit else None)


@router.post(
    "/coordination/inbox/{item}", tags=["coordination"], summary="Traiter, rouvrir, reporter ou suivre un élément", operation_id="mark_item"
)
async def mark_item(runtime: RuntimeDep, caller: CallerDep, item: UUID, mark: Mark) -> Item:
    """Sans rien dans le corps, l’élément est traité."""
    scope, row = await scope_of(runtime, caller), None
    if mark.later_until is not None:
        row = await inbox.put_off(runtime.pool, scope, item, mark.later_until)
    if mark.followed is not None:
        row = await inbox.follow(runtime.pool, scope, item, followed=mark.followed)
    if mark.done is not None or (mark.later_until is None and mark.followed is None):
        row = await inbox.mark(runtime.pool, scope, item, done=mark.done is not False, by=caller.id, now=runtime.clock())
    if row is None:
        raise Problem(404, "NOT_FOUND", "Cet élément n’est pas dans votre boîte de réception")
    return _item(row)


@router.post(
    "/coordination/digest", status_code=202, tags=["local"], summary="Envoyer le résumé sans attendre 8 h", operation_id="send_digest"
)
async def send_digest(runtime: RuntimeDep, caller: CallerDep) -> Digests:
    require_local(runtime)
    caller.require("team", "operator")
    return Digests(mails=await digest_now(runtime))


@router.get("/mailbox", tags=["local"], summary="La boîte aux lettres de l’installation locale", operation_id="list_mailbox")
async def list_mailbox(
    runtime: RuntimeDep,
    caller: CallerDep,
    to: Annotated[str | None, Query(max_length=320)] = None,
    about: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Mailbox:
    require_local(runtime)
    caller.require("team", "operator")
    rows = await mailbox.search(runtime.pool, to=to, about=about, limit=limit)
    return Mailbox(items=[Mail(id=row["id"], to=row["recipient"], subject=row["subject"], at=row["received_at"]) for row in rows])


@router.get(
    "/mailbox/{mail}/raw",
    tags=["local"],
    summary="Un courriel tel qu’il est parti (RFC 5322)",
    operation_id="read_mail",
    response_class=Response,
    responses={200: {"content": {"message/rfc822": {}}}},
)
async def read_mail(runtime: RuntimeDep, caller: CallerDep, mail: UUID) -> Response:
    require_local(runtime)
    caller.require("team", "operator")
    row = await mailbox.one(runtime.pool, mail)
    if row is None:
        raise Problem(404, "NOT_FOUND", "Ce courriel n’existe pas")
    return Response(row["raw"], media_type="message/rfc822")


def require_local(runtime: Runtime) -> None:
    """The mailbox exists in a local run only. Raises a 404 problem elsewhere, whoever asks."""
    if not runtime.settings.local:
        raise Problem(404, "NOT_FOUND", "Cette page n’existe pas")


async def digest_now(runtime: Runtime) -> int:
    async with runtime.pool.acquire() as connection, connection.transaction():
        written = await digests.ahead_of_time(connection, runtime.clock())
    runtime.state["mail_wake"].set()
    return written


def _item(row: asyncpg.Record) -> Item:
    return Item(
        id=row["delivery_id"],
        kind=row["kind"],
        about=row["about"],
        department=row["department"],
        at=row["created_at"],
        title=row["title"],
        done=row["done_at"] is not None,
        followed=row["followed"],
        later_until=row["later_until"],
        page=links.page_of(row["kind"], row["about"], row["page"]),
    )
