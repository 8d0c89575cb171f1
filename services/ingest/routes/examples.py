"""Requests that work, as the interface's document shows them; a test sends each."""

from __future__ import annotations

import json
from typing import Any, Final

PERSON: Final[dict[str, Any]] = {
    "contract": "2026-045", "employer_siret": "12345678200010", "period": "2026-03", "department": "93", "residence": "93048", "worker_id": "A12",
    "sex": "F", "birth": "1990-04", "modality": "ETTI", "work_contract": "INTERIM_INSERTION", "public": "BRSA", "hours": "7.50",
}  # fmt: skip
GROUP: Final[dict[str, Any]] = {
    "contract": "2026-045", "employer_name": "Chantiers Solidaires", "period": "2026-02", "department": "93", "group": "Équipe lot 2",
    "persons": 12, "women": 3, "under_26": 4, "qpv": 5, "modality": "AI", "hours": "310.25",
}  # fmt: skip
PERSONS_BODY: Final = {"period": "2026-03", "mode": "all", "reason": None, "lines": [PERSON]}
GROUP_BODY: Final = {"period": "2026-02", "mode": "partial", "reason": None, "lines": [GROUP]}
CORRECTION_BODY: Final = {**PERSONS_BODY, "reason": "TYPING_ERROR", "lines": [{**PERSON, "hours": "8.00"}]}
WITHDRAWAL_BODY: Final = {"reason": "WRONG_CONTRACT"}
BULK: Final = "\n".join(json.dumps(line, ensure_ascii=False) for line in (PERSON, {**PERSON, "worker_id": "B13", "hours": "35.00"}))
RECEIPT: Final[dict[str, Any]] = {
    "number": "D-2026-000456", "revision": 1, "received_at": "2026-04-02T09:30:12.345678Z", "lines": 1, "replaced": 0, "parked": 0,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "links": {"self": "/api/v1/declarations/D-2026-000456", "page": "/declarer/D-2026-000456", "receipt": "/declarer/recu/D-2026-000456"},
}  # fmt: skip
REFUSAL: Final[dict[str, Any]] = {
    "type": "urn:macs:problem:LINES", "title": "Des lignes sont à corriger", "status": 422, "code": "LINES",
    "errors": [{
        "line": 1, "column": "hours", "code": "V09", "severity": "blocking", "value": "-3",
        "message": "Ligne 1, « hours » : nous avons lu « -3 » ; des heures ne sont jamais négatives.", "example": "151,67",
    }],
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
}  # fmt: skip
TOO_FAST: Final[dict[str, Any]] = {
    "type": "urn:macs:problem:TOO_FAST", "title": "Trop de demandes à la fois", "status": 429, "code": "TOO_FAST",
    "detail": "Réessayez dans 2 secondes ; la limite est de 50 demandes par seconde et par clé.", "trace_id": "0af7651916cd43dd8448eb211c80319c",
}  # fmt: skip


def named(**values: Any) -> dict[str, Any]:
    """`examples` of a media type."""
    return {"examples": {name: {"value": value} for name, value in values.items()}}


def content(media_type: str, **values: Any) -> dict[str, Any]:
    return {media_type: named(**values)}


PROBLEM: Final = "application/problem+json"
COMMON: Final[dict[int | str, dict[str, Any]]] = {
    422: {"description": "Refused: what is wrong, where, and what would be right", "content": content(PROBLEM, lines=REFUSAL)},
    429: {
        "description": "Too many requests of one key at a time",
        "content": content(PROBLEM, too_fast=TOO_FAST),
        "headers": {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}},
    },
}
ACCEPTED: Final[dict[str, Any]] = {"description": "Taken in", "content": content("application/json", receipt=RECEIPT)}
