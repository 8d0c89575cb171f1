"""Pages for people: the inbox, preferences, handovers, what a mail leads to. All work without JavaScript."""

from __future__ import annotations

from fastapi import APIRouter

from services.notify.pages import answers, handover, inbox, mailbox, preferences, webhooks

router = APIRouter(include_in_schema=False)
for part in (inbox, preferences, webhooks, answers, handover, mailbox):
    router.include_router(part.router)
