"""A generated file in, its independent sums in the figures; the same file again; out again."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.expected import expected_of
from tests.e2e.standing import Standing
from tests.fixtures.profile import Profile
from tests.fixtures.stack import Stack


def test_a_file_moves_the_figures_by_its_own_sums_and_back(stack: Stack, tmp_path: Path, seed: int, profile: Profile) -> None:
    standing = Standing(stack)
    lines = profile.pick("lines of a file end to end", short=2_000, long=20_000)
    file = tmp_path / "heures.csv"
    stack.macs("demo", "generate", "--lines", str(lines), "--seed", str(seed), "--out", str(file))
    before = standing.figures()

    first = stack.json("submit", str(file), "--as", "declarant", "--wait")
    assert standing.filing(first["number"])["state"] == "counted"
    standing.moves_to(before, expected_of(file))

    second = stack.json("submit", str(file), "--as", "declarant", "--wait")
    assert second["number"] != first["number"]
    assert second["replaced"] == lines
    standing.moves_to(before, expected_of(file))

    standing.withdraw(second["number"])
    standing.moves_to(before, expected_of(file), 30)
    standing.withdraw(first["number"])
    standing.moves_to(before, {}, 30)
    stack.macs("verify")


def test_check_says_offline_what_the_api_says(stack: Stack, tmp_path: Path) -> None:
    standing = Standing(stack)
    good = standing.line("10.00", worker="W1")
    bad = [{**good, "worker_id": "W2", "hours": "-3"}, {**good, "worker_id": "W3", "period": "2999-01"}, {**good, "hours": "412"}, good]
    file = tmp_path / "erreurs.csv"
    rows = [";".join(good), *(";".join(str(value) for value in row.values()) for row in [good, *bad])]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = stack.macs("check", str(file), "--json", ok=False, offline=True)
    assert done.returncode == 1
    offline = {(error["line"] - 1, error["code"]) for error in json.loads(done.stdout)["errors"]}
    answer = standing.send([good, *bad])
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert {(error["line"], error["code"]) for error in answer.json()["errors"]} == offline
    assert {(2, "V09"), (3, "V07"), (4, "V08"), (5, "V14")} <= offline
