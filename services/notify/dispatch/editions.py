"""An edition is to be read by the coordinations → a letter with its deadline and an item until it is published or abandoned."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from kit.postgres import Connection
from schemas.indicators import EditionAbandoned, EditionPublished, EditionReviewOpened
from schemas.meetings import Addressee
from schemas.zones import PARIS
from services.notify.dispatch.tellings import Telling, done, tell
from services.notify.rules import task_letters

KIND = "EDITION_REVIEW"


async def review_opened(connection: Connection, message: EditionReviewOpened, traceparent: str | None, now: datetime) -> None:
    """Each coordination asked, once for each draft and deadline; what was asked before is done with. Reminded once, by a letter alone."""
    about = f"edition:{message.edition}"
    name = f"{about}:{message.draft}:{message.deadline}{':reminder' if message.reminder else ''}"
    if await _told(connection, name):
        return
    if not message.reminder:
        await done(connection, KIND, about, "later", now)
    for department in message.departments:
        what = Telling(
            name=name, kind=KIND, about=about, title=task_letters.edition_title(message, department),
            letter=task_letters.edition(message, department),
            expires_at=datetime.combine(message.deadline + timedelta(days=1), time(0), PARIS), in_app=not message.reminder,
            traceparent=traceparent,
        )  # fmt: skip
        await tell(connection, Addressee(department=department), what, now)


async def _told(connection: Connection, name: str) -> bool:
    return bool(await connection.fetchval("select exists (select from deliveries where dedupe like $1)", f"{name}:%"))


async def published(connection: Connection, message: EditionPublished, now: datetime) -> None:
    """Nothing is left to be read."""
    if message.edition is not None:
        await done(connection, KIND, f"edition:{message.edition}", "published", now)


async def abandoned(connection: Connection, message: EditionAbandoned, traceparent: str | None, now: datetime) -> None:
    """Nothing is left to be read, and those who were asked are told why, by a letter alone."""
    about = f"edition:{message.edition}"
    if await _told(connection, f"{about}:abandoned"):
        return
    await done(connection, KIND, about, "abandoned", now)
    for department in message.departments:
        what = Telling(
            name=f"{about}:abandoned", kind=KIND, about=about, title=task_letters.edition_abandoned_title(message),
            letter=task_letters.edition_abandoned(message, department), in_app=False, traceparent=traceparent,
        )  # fmt: skip
        await tell(connection, Addressee(department=department), what, now)
