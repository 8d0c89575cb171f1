"""A receipt as every door answers it."""

from __future__ import annotations

from typing import Any

from services.ingest.store import reading
from services.ingest.store.filings import Receipt


def answer_of(receipt: Receipt) -> dict[str, Any]:
    """The 202 body, the same from every door, ready to be written as JSON."""
    return {
        "number": receipt.number,
        "revision": receipt.revision,
        "received_at": receipt.received_at.isoformat(),
        "lines": receipt.lines,
        "replaced": receipt.replaced,
        "parked": receipt.parked,
        "sha256": receipt.sha256,
        "trace_id": receipt.trace_id,
        **({"ended": receipt.ended} if receipt.ended else {}),
        "links": reading.links(receipt.number),
    }
