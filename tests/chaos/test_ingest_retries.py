"""ingest killed between commit and reply: who asks again with the same key gets the same number, and every number counts once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx

from tests.fixtures.profile import Profile
from tests.fixtures.stack import Stack
from tests.waiting import finally_


def test_a_retry_of_an_unknown_outcome_is_harmless(stack: Stack, profile: Profile) -> None:
    kills = profile.pick("kills of ingest between commit and reply", short=3, long=10)
    stack.wait_ready(120)
    with stack.client("declarant") as client:
        # a part that another test killed may still be catching up with the accounts: it says 503 until then
        contract = finally_(lambda: client.get("/api/v1/contracts", params={"department": "93"}).json()["items"][0], 60)
    month = contract["starts_on"][:7]
    done = threading.Event()
    receipts: dict[str, set[str]] = {}

    def one_after_the_other(sender: int) -> None:
        with stack.client("declarant") as client:
            while not done.is_set():
                key = str(uuid4())
                receipts[key] = {_until_told(client, key, _body(contract, month, f"R{sender}-{key[:8]}"))}
                receipts[key].add(_until_told(client, key, _body(contract, month, f"R{sender}-{key[:8]}")))

    with ThreadPoolExecutor(6) as pool:
        senders = [pool.submit(one_after_the_other, sender) for sender in range(6)]
        for _ in range(kills):
            time.sleep(1.0)
            stack.kill("ingest-web")
            stack.wait_ready()
        done.set()
        for sender in senders:
            sender.result(120)

    assert all(len(numbers) == 1 for numbers in receipts.values()), "one key, two numbers"
    assert len(set().union(*receipts.values())) == len(receipts), "two keys, one number"
    assert stack.json("verify")["equal"]


def _until_told(client: httpx.Client, key: str, body: dict[str, Any]) -> str:
    """Send until there is an answer: an error of the gateway or a broken connection says nothing of what was done."""
    end = time.monotonic() + 120
    while True:
        try:
            answer = client.post("/api/v1/declarations", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 202:
            return str(answer.json()["number"])
        assert answer is None or answer.status_code in {409, 500, 502, 503}, answer.text
        assert time.monotonic() < end, "no answer within two minutes"
        time.sleep(0.1)


def _body(contract: dict[str, Any], month: str, worker: str) -> dict[str, Any]:
    line = {
        "contract": contract["uid"], "employer_siret": "12345678200010", "period": month, "department": contract["department"],
        "worker_id": worker, "sex": "F", "modality": "ETTI", "hours": "7.50",
    }  # fmt: skip
    return {"period": month, "mode": "all", "reason": None, "lines": [line]}
