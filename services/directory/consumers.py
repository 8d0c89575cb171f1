"""What became of mails to the people of the directory: a refused address is shown to the team, who correct it."""

from __future__ import annotations

from uuid import UUID

from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas import topics
from schemas.deliveries import MessageBounced, MessageSent
from services.directory.store import people


def reader() -> Reader:
    return Reader(topic=topics.DELIVERIES, name="directory", apply=apply)


async def apply(connection: Connection, batch: Batch) -> None:
    """The last word on an address counts; recipients that are no people of the directory are left alone."""
    for received in batch.records:
        message = received.message
        if not isinstance(message, MessageSent | MessageBounced) or message.channel != "mail":
            continue
        try:
            person = UUID(message.recipient_id)
        except ValueError:
            continue
        if isinstance(message, MessageBounced):
            await people.mail_refused(connection, person, message.reason)
        else:
            await people.mail_accepted(connection, person)
