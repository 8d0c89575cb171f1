"""A receipt as every door answers it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from fastapi import Response

from kit.errors import LineError
from kit.idempotency import Answer
from services.ingest.store import reading
from services.ingest.store.filings import Receipt

SHOWN_ERRORS: Final = 100
_RANK: Final = {"blocking": 0, "check": 1, "info": 2}


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


def remarked(answer: Answer, errors: Sequence[LineError]) -> Response:
    """The answer with what there is to look at in the filing, the most serious first: who hands in by a program sees no page. It is kept without
    remarks, since they repeat what was read; so a repeated request has none."""
    if answer.replayed or not errors:
        return answer.response()
    first = sorted(errors, key=lambda error: _RANK[error.severity])[:SHOWN_ERRORS]
    content = {**json.loads(answer.body), "remarks": [error.model_dump() for error in first]}
    return Answer.of(answer.status, content, answer.headers).response()
