"""A backup of a platform at work: what it holds fits together, and nothing of it is lost or doubled when it is put back."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from deploy.backup import server
from deploy.local.folder import RunFolder
from tests.e2e.standing import Json, Standing
from tests.fixtures.servers import in_memory
from tests.fixtures.stack import Stack
from tests.waiting import finally_


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Room for a backup and a second run; PostgreSQL's own account can enter it."""
    with tempfile.TemporaryDirectory(prefix="macs-backup-", dir=in_memory(), ignore_cleanup_errors=True) as path:
        Path(path).chmod(0o755)
        yield Path(path)


@contextmanager
def filing(stack: Stack) -> Iterator[list[Json]]:
    """Receipts of one filing after the other, until the block ends."""
    standing, receipts, enough = Standing(stack), list[Json](), threading.Event()

    def file() -> None:
        while not enough.is_set():
            answer = standing.send([standing.line("7.50")])
            assert answer.status_code == 202, answer.text
            receipts.append(answer.json())

    thread = threading.Thread(target=file)
    thread.start()
    try:
        finally_(lambda: len(receipts) > 3, 30)
        yield receipts
        before = len(receipts)
        finally_(lambda: len(receipts) > before + 3, 30)
    finally:
        enough.set()
        thread.join()


def taken(stack: Stack, target: Path) -> Path:
    return Path(stack.json("backup", str(target))["backup"])


def restored(backup: Path, folder: RunFolder, stack: Stack) -> None:
    done = stack.macs("restore", str(backup), "--data", str(folder.path), offline=True)
    assert "L’état du" in done.stderr


def asked(folder: RunFolder, service: str, question: str) -> list[asyncpg.Record]:
    async def ask(dsn: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            return list(await connection.fetch(question))
        finally:
            await connection.close()

    return asyncio.run(ask(server.server_of(folder).dsn(service)))


def ends(folder: RunFolder) -> dict[tuple[str, int], int]:
    """Bytes of records of each partition: none where it is empty."""
    log = folder.data.resolve() / "kafka" / "log"
    found: dict[tuple[str, int], int] = {}
    for segment in log.glob("*/*.log"):
        topic, _, partition = segment.parent.name.rpartition("-")
        found[topic, int(partition)] = found.get((topic, int(partition)), 0) + segment.stat().st_size
    return found


def test_a_backup_under_load_holds_filings_up_to_one_and_no_file_that_is_still_looked_at(stack: Stack, place: Path) -> None:
    stack.wait_ready()
    with filing(stack) as receipts:
        before = len(receipts)
        backup = taken(stack, place / "backups")
        after = len(receipts)
    assert sorted(file.name for file in place.joinpath("backups").iterdir()) == [backup.name]
    assert all(file.stat().st_mode & 0o077 == 0 for file in backup.rglob("*"))

    folder = RunFolder(place / "run")
    restored(backup, folder, stack)
    with server.started(folder):
        kept = {row["number"] for row in asked(folder, "ingest", "select number from filings")}
        reached = asked(folder, "indicators", "select topic, partition, next_offset from offsets where next_offset > 0")
        assert asked(folder, "ingest", "select count(*) from spooled_files")[0][0] == 0
    held = [receipt["number"] in kept for receipt in receipts]
    assert all(held[:before])
    assert not any(held[after + 1 :]), "the filings after the moment are not in it"
    assert held == sorted(held, reverse=True), "all of them up to one"
    at_hand = ends(folder)
    assert reached
    assert all(at_hand.get((row["topic"], row["partition"]), 0) > 0 for row in reached), "no reader is ahead of its topic"


def test_neither_a_changed_backup_nor_one_over_a_platform_at_work_is_put_back(stack: Stack, place: Path) -> None:
    backup = taken(stack, place / "backups")
    for more in ([], ["--only", "indicators"]):
        done = stack.macs("restore", str(backup), *more, ok=False)
        assert done.returncode == 1
        assert "rien n’a été restauré" in done.stderr
    assert stack.status()["ready"]

    with (backup / "postgres" / "ingest.dump").open("r+b") as dump:
        dump.seek(1000)
        dump.write(bytes(4))
    done = stack.macs("restore", str(backup), "--data", str(place / "run"), offline=True, ok=False)
    assert done.returncode == 1
    assert "n’est plus ce qui a été sauvegardé" in done.stderr
    assert not (place / "run").exists()


@pytest.mark.long
def test_a_platform_put_back_counts_as_before_and_one_database_catches_up_with_the_topics(stack: Stack, place: Path) -> None:
    """The whole elsewhere; then the observatory's database of an hour ago under topics that have gone on: none lost, none twice."""
    stack.wait_ready()
    with filing(stack):
        backup = taken(stack, place / "backups")
    second = Stack(RunFolder(place / "run"))
    restored(backup, second.folder, stack)
    try:
        second.macs("up", "--no-traces", seconds=600)
        verified = second.json("verify")
        assert verified["equal"], verified

        with filing(second) as later:
            pass
        before = told_of(second)
        second.macs("down")
        second.macs("restore", str(backup), "--only", "indicators")
        second.macs("up", "--no-traces", seconds=600)
        assert second.json("verify")["equal"]
        standing = Standing(second)
        finally_(lambda: all(standing.filing(receipt["number"])["state"] == "counted" for receipt in later), 60)
        told = told_of(second)
        assert set(before) <= set(told)
        assert len(told) == len(set(told)), "nobody is told a second time"
    finally:
        second.close()
        second.macs("down", "--purge", ok=False)


def told_of(stack: Stack) -> list[tuple[str, str, str, str, int]]:
    """Each message about a revision of a filing, by whom it reached."""
    question = "select kind, channel, about, recipient_id, revision from deliveries where kind like '%COUNTED'"
    return [tuple(row) for row in asked(stack.folder, "notify", question)]
