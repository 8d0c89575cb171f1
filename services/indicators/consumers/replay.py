"""`hours-replay`: the record once more, put together beside the facts in use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from pydantic import TypeAdapter

from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas.hours import HoursDeclared, HoursRetracted, LineReplayed, ReplayEnded, ReplayStarted
from schemas.topics import HOURS, HOURS_REPLAY
from services.indicators.consumers.decoding import LineRow
from services.indicators.consumers.decoding import decode as decode_line
from services.indicators.store import copying, replays
from services.indicators.store.staging import stage

BATCH: Final = 5_000
_NO_PARTITION: Final = copying.integer(0)


class Replayed(msgspec.Struct, frozen=True, gc=False):
    """A line of a replay, packed for COPY."""

    replay_id: UUID
    line: LineRow


class _Envelope(msgspec.Struct, gc=False):
    replay_id: UUID
    declared: msgspec.Raw = msgspec.Raw(b"null")
    retracted: msgspec.Raw = msgspec.Raw(b"null")


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_MARKS: Final[dict[str, TypeAdapter[ReplayStarted | ReplayEnded]]] = {
    HOURS_REPLAY.type_name(kind): TypeAdapter(kind) for kind in (ReplayStarted, ReplayEnded)
}
_LINE: Final = HOURS_REPLAY.type_name(LineReplayed)
_DECLARED, _RETRACTED = HOURS.type_name(HoursDeclared), HOURS.type_name(HoursRetracted)


def decode(ce_type: str, value: bytes) -> Replayed | ReplayStarted | ReplayEnded:
    """Raises ValueError for a value that is not of its type, KeyError for a type that is not known here."""
    if ce_type != _LINE:
        return _MARKS[ce_type].validate_json(value)
    try:
        found = _ENVELOPE.decode(value)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    declared = bytes(found.declared)
    kind, raw = (_RETRACTED, bytes(found.retracted)) if declared == b"null" else (_DECLARED, declared)
    return Replayed(found.replay_id, decode_line(kind, raw))


def reader(service: str, clock: Callable[[], datetime]) -> Reader:
    """Only the newest replay counts; lines may come before its ReplayStarted, which has another key, or after its ReplayEnded."""

    async def apply(connection: Connection, batch: Batch) -> None:
        said = [received.message for received in batch.records]
        replay = await replays.newest(connection, {message.replay_id for message in said}, clock())
        if replay is None:
            return
        rows: dict[bytes, LineRow] = {}
        for message in said:
            if isinstance(message, Replayed) and message.replay_id == replay:
                held = rows.get(message.line.line_id)
                if held is None or message.line.revision > held.revision:
                    rows[message.line.line_id] = message.line
        if rows:
            await stage(connection, [line.row + _NO_PARTITION for _, line in sorted(rows.items())])
            await replays.put_staged(connection, replay)
        for message in said:
            if isinstance(message, ReplayEnded) and message.replay_id == replay:
                await replays.announced(connection, replay, message.count)

    return Reader(topic=HOURS_REPLAY, name=service, apply=apply, batch=BATCH, decode=decode)
