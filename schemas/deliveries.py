"""What became of messages to people."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from schemas.message import Code, Department, Message

Channel = Literal["inbox", "mail", "webhook"]


class Delivery(Message):
    """`about` is the bare number of a filing or a meeting's id. `recipient_id` is a person of the directory, a registration, or `team`."""

    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    delivery_id: UUID
    channel: Channel
    kind: Code
    about: str
    department: Department | None = None
    mandate_id: UUID | None = None
    """The mandate through which the recipient was found."""
    revision: int | None = None
    """Of the filing or the meeting that the message tells of; None from before it was said."""


class MessageSent(Delivery):
    """Handed over: visible in the inbox, accepted by the mail server or the webhook's host."""

    sent_at: AwareDatetime
    copies: int = 1


class MessageBounced(Delivery):
    """Refused by the recipient's side."""

    reason: str


class MessageAbandoned(Delivery):
    """Given up, with the reason: superseded, cancelled meanwhile, too many tries."""

    reason: str
