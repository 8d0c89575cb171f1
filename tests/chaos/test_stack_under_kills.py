"""The whole platform while its parts are killed: nothing lost, nothing twice, equal to the generator's own sums."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.e2e.expected import expected_of
from tests.e2e.standing import Figures, Standing
from tests.fixtures.profile import Profile
from tests.fixtures.stack import Stack
from tests.waiting import finally_

PARTS = ("indicators-worker", "ingest-worker", "ingest-web", "notify-all", "indicators-worker")
"""ingest-worker holds the relay: a kill of it falls between producing and deleting."""


def sums_of(files: list[Path]) -> Figures:
    found: Figures = {}
    for file in files:
        for name, hours in expected_of(file).items():
            found[name] = found.get(name, Decimal(0)) + hours
    return found


def submitted(stack: Stack, file: Path) -> dict[str, Any]:
    """Handed in; a refusal because a part was away is tried again, as a person would."""

    def attempt() -> dict[str, Any]:
        done = stack.macs("submit", str(file), "--as", "declarant", "--json", ok=False, seconds=600)
        if done.returncode:
            raise OSError(done.stdout + done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return finally_(attempt, 240, pace_s=1)


def test_files_come_out_exact_while_parts_are_killed(stack: Stack, tmp_path: Path, seed: int, profile: Profile) -> None:
    standing = Standing(stack)
    kills = profile.pick("kills of the whole stack", short=4, long=12)
    lines = profile.pick("lines while parts are killed", short=8_000, long=40_000) // 4
    files = [tmp_path / f"heures-{number}.csv" for number in range(4)]
    for number, file in enumerate(files):
        stack.macs("demo", "generate", "--lines", str(lines), "--seed", str(seed + 1 + number), "--out", str(file))
    before = standing.figures()
    dice = random.Random(seed)
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(submitted, stack, file) for file in files]
        for number in range(kills):
            part = PARTS[number % len(PARTS)]
            stack.wait_ready(90)
            _some_progress(sent, dice)
            stack.kill(part)
        receipts = [future.result(600) for future in sent]
    stack.wait_ready(90)
    for receipt in receipts:
        finally_(lambda number=receipt["number"]: standing.filing(number)["state"] == "counted", 120)  # type: ignore[misc]
    # a retry after an unknown outcome makes a second filing of the same lines: it replaces, so the sums are the same
    standing.moves_to(before, sums_of(files), 60)
    stack.macs("verify")


def test_kafka_and_postgresql_come_back_and_nothing_is_lost(stack: Stack) -> None:
    standing = Standing(stack)
    before = standing.figures()
    line = standing.line("4.00")
    name = f"{line['period'][:4]}/93"
    stack.kill("kafka")
    receipt = finally_(lambda: _accepted(standing, line), 60)
    assert receipt, "ingest takes filings while Kafka is away"
    stack.wait_ready(120)
    finally_(lambda: standing.filing(receipt["number"])["state"] == "counted", 60)
    standing.moves_to(before, {name: Decimal("4.00")}, 30)

    more = standing.line("5.00")
    stack.kill("postgres")
    second = finally_(lambda: _accepted(standing, more), 60)
    finally_(lambda: standing.filing(second["number"])["state"] == "counted", 60)
    standing.moves_to(before, {name: Decimal("9.00")}, 30)
    stack.wait_ready(120)
    stack.macs("verify")


def _accepted(standing: Standing, line: dict[str, Any]) -> dict[str, Any]:
    answer = standing.send([line])
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _some_progress(sent: list[Future[dict[str, Any]]], dice: random.Random) -> None:
    """Strike at a moment of its own: after a short while, or when the next file is through."""
    until = time.monotonic() + dice.random() * 0.8
    done = sum(future.done() for future in sent)
    finally_(lambda: time.monotonic() > until or sum(future.done() for future in sent) > done, 30)
