"""`hours`: every line is applied exactly once and its filing ticked off, whatever comes twice, late or in another order."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from kit.consumer import Batch, Reader, Received
from kit.postgres import Connection
from schemas.topics import HOURS
from services.indicators.consumers.decoding import MOST_LINES, LineRow, decode
from services.indicators.store import copying, facts, progress
from services.indicators.store.copying import Packed
from services.indicators.store.progress import FilingRevision, Progress
from services.indicators.store.staging import stage

log = logging.getLogger(__name__)

BATCH: Final = 5_000
"""Records in a transaction at most. With 500 half of the time goes into round trips; little is waiting under light load."""

_PARTITION: Final = Packed(copying.integer)


def reader(service: str, clock: Callable[[], datetime], after_commit: Callable[[Batch], None] | None = None) -> Reader:
    """The reader of `hours`. `clock` says when a filing was counted."""

    async def apply(connection: Connection, batch: Batch) -> None:
        await stage(connection, _newest(batch.records))
        await facts.apply_staged(connection, {partition: batch_no for (_, partition), batch_no in batch.positions.items()})
        await progress.tick(connection, _ticked_off(batch), clock())

    async def on_dead(connection: Connection, received: Received, reason: str) -> None:
        place = place_of(received.raw)
        if place is None:
            log.error("a dead line names no filing: one filing stays open", extra={"key": received.key, "reason": reason})
            return
        filing, line_no, expected = place
        dead = Progress(expected, received.traceparent)
        dead.bit(line_no, dead=True)
        await progress.tick(connection, {filing: dead}, clock())

    return Reader(topic=HOURS, name=service, apply=apply, after_commit=after_commit, on_dead=on_dead, batch=BATCH, decode=decode)


def _newest(records: list[Received]) -> list[bytes]:
    """The highest revision of each line, packed, in the order of the line ids."""
    newest: dict[bytes, tuple[LineRow, int]] = {}
    for received in records:
        line: LineRow = received.message
        held = newest.get(line.line_id)
        if held is None or line.revision > held[0].revision:
            newest[line.line_id] = (line, received.partition)
    return [line.row + _PARTITION[partition] for _, (line, partition) in sorted(newest.items())]


def _ticked_off(batch: Batch) -> dict[FilingRevision, Progress]:
    """The filings of these records; a superseded or repeated line is dealt with too. In sorted order, as rows are locked."""
    filings: dict[FilingRevision, Progress] = {}
    for received in batch.records:
        line: LineRow = received.message
        if line.filing is None:
            continue
        found = filings.get(line.filing)
        if found is None:
            found = filings[line.filing] = Progress(line.lines_in_revision)
        if line.lines_in_revision != found.expected:
            log.error("lines disagree about their number", extra={"filing": line.filing, "said": line.lines_in_revision})
            continue
        found.bit(line.line_no)
        found.told_by(received.traceparent)
        place = (received.topic, received.partition)
        found.positions[f"{received.topic}/{received.partition}"] = batch.positions[place]
    return dict(sorted(filings.items()))


class _Place(msgspec.Struct):
    declaration_id: str
    declaration_revision: int
    line_no: int
    lines_in_revision: int


_PLACE: Final = msgspec.json.Decoder(_Place)
_NUMBER: Final = re.compile(r"D-\d{4}-\d{6}", re.ASCII)
_BROKEN: Final = {
    "declaration_id": re.compile(rb'"declaration_id"\s*:\s*"(D-\d{4}-\d{6})"'),
    "declaration_revision": re.compile(rb'"declaration_revision"\s*:\s*(\d{1,9})\b'),
    "line_no": re.compile(rb'"line_no"\s*:\s*(\d{1,9})\b'),
    "lines_in_revision": re.compile(rb'"lines_in_revision"\s*:\s*(\d{1,9})\b'),
}


def place_of(raw: bytes) -> tuple[FilingRevision, int, int] | None:
    """(filing, line number, lines) of a record that could not be read, as far as its bytes still say it."""
    try:
        place = _PLACE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = {name: pattern.search(raw) for name, pattern in _BROKEN.items()}
        texts = {name: match[1].decode() for name, match in found.items() if match}
        if len(texts) < len(_BROKEN):
            return None
        place = msgspec.convert(texts, _Place, strict=False)
    sound = _NUMBER.fullmatch(place.declaration_id) and 1 <= place.line_no <= place.lines_in_revision <= MOST_LINES
    if not sound or not 0 <= place.declaration_revision < 2**31:
        return None
    return (place.declaration_id, place.declaration_revision), place.line_no, place.lines_in_revision
