"""`meetings`: what is to come in a department, for its public page. Registrations, polls and diagnostics are none of our business."""

from __future__ import annotations

from typing import Final

from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas.meetings import Meeting
from schemas.topics import MEETINGS
from services.indicators.store import agenda

PUBLIC: Final = frozenset({"ATELIER", "OPENMAP", "EVENEMENT_DEPARTEMENTAL"})
"""Committees, colleges and working groups are in the agenda of those who sit in them."""


def reader(service: str) -> Reader:
    return Reader(topic=MEETINGS, name=service, apply=apply)


async def apply(connection: Connection, batch: Batch) -> None:
    found = [received.message for received in batch.records]
    await agenda.record(connection, [said for said in found if isinstance(said, Meeting) and said.kind in PUBLIC])
