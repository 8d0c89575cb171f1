"""Messages to programs after Standard Webhooks 1.0.0: what they say, how they are signed, when one is tried again. Pure."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from standardwebhooks import Webhook

MOST: Final = 5
"""Webhooks of one person."""
ROTATION: Final = timedelta(hours=24)
"""How long the former secret goes on signing beside the new one."""
WAITS: Final = tuple(
    timedelta(seconds=s) for s in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000)
)  # fmt: skip
"""Before the second attempt, the third…; after the last the webhook is stopped, two days after the first."""
TRIAL: Final = "webhook.test"


def new_secret() -> str:
    """`whsec_` and 256 random bits, as the standard writes them."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def type_of(kind: str) -> str:
    """`FILING_COUNTED` → `filing.counted`."""
    return kind.lower().replace("_", ".", 1)


def body(kind: str, at: datetime, data: dict[str, Any]) -> str:
    """What a receiver reads; thin on purpose: `page` says where the whole of it is."""
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data}, ensure_ascii=False, separators=(",", ":"))


def headers(call: UUID, text: str, keys: Iterable[str], now: datetime) -> dict[str, str]:
    """One signature for each key that is good now, so that a receiver may change keys at leisure."""
    message = f"msg_{call.hex}"
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(message, now, text) for key in keys),
    }


def next_try(attempts: int, now: datetime, jitter: float) -> datetime | None:
    """When to try again after so many attempts; None when that was the last. `jitter` in [0, 1) spreads the waits over a fifth more."""
    return now + WAITS[attempts - 1] * (1 + jitter / 5) if attempts <= len(WAITS) else None
