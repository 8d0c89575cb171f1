"""The page, the interface and `./macs check` say the same of each rule's file: one validator behind three doors."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.check import check
from tests.files_of_rules import FILES, OF_LINES
from tests.integration.import_house import upload
from tests.integration.ingest_house import House, house
from tests.integration.verdicts import Said, on_the_page


@pytest.fixture
async def here(ingest_database: str) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        await found.contract("2026-001")
        await found.contract("2026-002")
        yield found


def offline(path: Path) -> Said:
    app = typer.Typer()
    app.command()(check)
    done = CliRunner().invoke(app, [str(path), "--json"])
    assert done.exit_code in {0, 1}, done.output
    return {(error["line"], error["code"], error["severity"]) for error in json.loads(done.stdout)["errors"]}


async def test_three_doors_one_verdict(here: House) -> None:
    verdicts = {rule: offline(FILES / f"{rule}.csv") for rule in OF_LINES}
    refused = {rule for rule, said in verdicts.items() if any(severity == "blocking" for *_, severity in said)}
    async with here.client() as client:
        for rule, said in verdicts.items():
            page = await upload(client, (FILES / f"{rule}.csv").read_bytes(), f"{rule}.csv")
            assert on_the_page(page.text) == said, rule
        for rule in [*refused, *(set(verdicts) - refused)]:  # what is taken in would stand beside the next
            data = {"file": (f"{rule}.csv", (FILES / f"{rule}.csv").read_bytes())}
            answer = await client.post("/api/v1/imports", data={"type": "hours"}, files=data)
            assert answer.status_code == (422 if rule in refused else 202), (rule, answer.text)
            if rule in refused:
                assert {(error["line"], error["code"], error["severity"]) for error in answer.json()["errors"]} == verdicts[rule], rule
