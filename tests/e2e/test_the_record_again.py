"""`./macs replay --from record` on the platform at work: the same figures, and no request refused meanwhile."""

from __future__ import annotations

import threading
from decimal import Decimal

from tests.e2e.standing import Standing
from tests.fixtures.stack import Stack


def test_the_figures_are_made_again_from_the_record_without_a_pause(stack: Stack) -> None:
    stack.wait_ready(120)
    standing = Standing(stack)
    before = standing.figures()
    line, ended, refused = standing.line("7.50"), threading.Event(), list[int]()

    def asking() -> None:
        with stack.client("team") as client:
            while not ended.wait(0.1):
                status = client.get(
                    "/api/v1/pilotage/indicators/I01", params={"period": line["period"][:4], "by": "department"}
                ).status_code
                refused.extend([status] if status != 200 else [])

    asker = threading.Thread(target=asking)
    asker.start()
    try:
        number = standing.declare([line])["number"]
        rebuilt = stack.json("replay", "--from", "record")
    finally:
        ended.set()
        asker.join()
    assert rebuilt["equal"], rebuilt
    assert rebuilt["rebuilt"] > 1_000
    assert refused == []
    standing.moves_to(before, {f"{line['period'][:4]}/93": Decimal("7.50")})
    assert standing.withdraw(number).status_code in {200, 202, 204}
    standing.moves_to(before, {})
    assert stack.json("verify")["equal"]
