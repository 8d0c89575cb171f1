"""A second process of each service beside the first: they share the work, nothing is done twice, and either may go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import ports
from deploy.local.folder import read_json
from deploy.local.part import Part
from tests.e2e.expected import expected_of
from tests.e2e.standing import Standing
from tests.fixtures.stack import Stack
from tests.waiting import finally_

SERVICES = ("directory", "ingest", "indicators", "events", "notify")


@pytest.fixture
def seconds(stack: Stack) -> Iterator[list[Part]]:
    """Every process of every service once more, as the supervisor starts it, on a port of its own."""
    stack.wait_ready(120)
    planned = [Part.read(part) for part in read_json(stack.folder.plan)["parts"]]
    own = [part for part in planned if part.name.partition("-")[0] in SERVICES]
    made: list[Part] = []
    try:
        for part, port in zip(own, ports.some(len(own)), strict=True):
            second = Part(
                f"{part.name}-2", part.command, str(stack.folder.logs / f"{part.name}-2.log"), {**part.environment, "MACS_HTTP_PORT": str(port)},
                probe=f"http://127.0.0.1:{port}/health/ready",
            )  # fmt: skip
            made.append(second)
            second.look(startable=True)
        for second in made:
            assert finally_(lambda: _is_ready(second), 90), Path(second.log).read_text()[-3_000:]  # noqa: B023  asked at once
        yield made
    finally:
        for second in made:
            second.ask_to_stop()
        for second in made:
            second.wait_stopped()


def _is_ready(part: Part) -> bool:
    part.look(startable=False)
    return part.ready


def test_two_processes_of_each_service_do_the_work_of_one(stack: Stack, seconds: list[Part], tmp_path: Path, seed: int) -> None:
    assert len(seconds) == 7
    standing = Standing(stack)
    file = tmp_path / "heures.csv"
    stack.macs("demo", "generate", "--lines", "600", "--seed", str(seed + 1), "--out", str(file))
    before = standing.figures()
    sent = stack.json("submit", str(file), "--as", "declarant", "--wait")
    standing.moves_to(before, expected_of(file), 30)

    def told() -> int:
        items = stack.client("coordinator93").get("/api/v1/coordination/inbox").json()["items"]
        return sum(item["about"] == sent["number"] for item in items)

    assert finally_(told, 30) == 1, "told once, whoever of the two did it"
    assert stack.kill("indicators-worker")  # the second goes on with its partitions while the first comes back
    standing.withdraw(sent["number"])
    standing.moves_to(before, {}, 60)
    stack.macs("verify")
    stack.wait_ready(60)
