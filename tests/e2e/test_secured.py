"""The whole platform on a secured Kafka: the region is loaded and counted, and a declaration goes from HTTP to the coordination."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from deploy.local.folder import RunFolder
from tests.e2e.standing import Standing
from tests.fixtures.servers import in_memory
from tests.fixtures.stack import Stack
from tests.waiting import finally_


@pytest.fixture
def secured() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="macs-secured-", dir=in_memory(), ignore_cleanup_errors=True) as path:
        Path(path).chmod(0o755)
        found = Stack(RunFolder(Path(path) / "run"))
        try:
            found.macs("up", "--demo", "--secure", "--no-traces", "--lives-with", str(os.getpid()), seconds=1200)
            yield found
        finally:
            found.close()
            found.macs("down", "--purge", ok=False)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_everything_works_with_no_more_rights_than_the_map_gives(secured: Stack) -> None:
    secured.wait_ready(120)
    standing = Standing(secured)
    before = standing.figures()
    line = standing.line("7.50")
    receipt = standing.declare([line])
    standing.moves_to(before, {f"{line['period'][:4]}/93": Decimal("7.50")})
    finally_(lambda: [step for step in standing.filing(receipt["number"])["journey"] if step["step"] == "told"], 20)
    assert secured.json("verify")["equal"]
    answer = secured.json("replay", "--from", "record")
    assert answer["equal"], answer
    assert not [log.name for log in secured.folder.logs.glob("*.log") if "not authorized" in log.read_text().lower()]
    again = secured.macs("up", "--secure", ok=False)
    assert again.returncode == 0, again.stderr
