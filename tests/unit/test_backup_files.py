"""The parts of a backup that are files: the broker's log, and the manifest that vouches for the rest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from deploy.backup import restoring, taking, topics
from deploy.backup.manifest import NAME, Damaged, Manifest, digests
from deploy.local.folder import RunFolder


def manifest(files: dict[str, str]) -> Manifest:
    return Manifest("2026-11-27T01:04:57+00:00", ["ingest"], {}, False, 12.5, {}, files)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A broker's log folder with two partitions."""
    found = tmp_path / "log"
    for partition in ("hours-0", "hours-1"):
        (found / partition).mkdir(parents=True)
        (found / partition / "00000000000000000000.log").write_bytes(b"first")
        (found / partition / "00000000000000000005.log").write_bytes(b"second")
        (found / partition / "00000000000000000000.index").write_bytes(bytes(100))
        (found / partition / "partition.metadata").write_text("version: 0\n")
    for name in ("meta.properties", "bootstrap.checkpoint", "log-start-offset-checkpoint", "recovery-point-offset-checkpoint"):
        (found / name).write_text("0\n")
    (found / "hours-2.f00-delete").mkdir()
    (found / "hours-2.f00-delete" / "00000000000000000000.log").write_bytes(b"gone")
    return found


def test_records_are_copied_and_what_follows_from_them_is_not(log: Path, tmp_path: Path) -> None:
    copied = topics.copy_log(log, tmp_path / "copy")
    found = {str(file.relative_to(tmp_path / "copy")) for file in (tmp_path / "copy").rglob("*") if file.is_file()}
    assert found == {
        "meta.properties", "bootstrap.checkpoint", "log-start-offset-checkpoint",
        *(f"hours-{n}/{name}" for n in (0, 1) for name in ("00000000000000000000.log", "00000000000000000005.log", "partition.metadata")),
    }  # fmt: skip
    assert copied == 2 * (len(b"firstsecond") + len("version: 0\n")) + 3 * 2


def test_a_segment_put_in_the_place_of_another_meanwhile_is_copied_again(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = log / "hours-1" / "00000000000000000000.log"
    copy, copies = shutil.copyfile, list[Path]()

    def compacting(source: Path, target: Path) -> Any:
        done = copy(source, target)
        if source == segment:
            copies.append(source)
            if len(copies) == 1:  # what the broker's cleaner does when it has gone through a segment
                cleaned = segment.with_suffix(".swap")
                cleaned.write_bytes(b"compacted")
                cleaned.replace(segment)
        return done

    monkeypatch.setattr(shutil, "copyfile", compacting)
    topics.copy_log(log, tmp_path / "copy")
    assert (tmp_path / "copy" / "hours-1" / segment.name).read_bytes() == b"compacted"
    assert len(copies) == 2


def test_a_log_that_never_rests_is_not_copied_half(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(source: Path, target: Path) -> Any:
        raise FileNotFoundError(source)

    monkeypatch.setattr(shutil, "copyfile", gone)
    with pytest.raises(topics.Restless):
        topics.copy_log(log, tmp_path / "copy")


def test_a_manifest_vouches_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "ingest.dump").write_bytes(b"rows")
    manifest(digests(tmp_path)).write(tmp_path)
    read = Manifest.read(tmp_path)
    read.check(tmp_path)
    assert oct((tmp_path / NAME).stat().st_mode & 0o777) == "0o600"

    (tmp_path / "postgres" / "ingest.dump").write_bytes(b"rowz")
    with pytest.raises(Damaged, match=r"ingest\.dump n’est plus ce qui a été sauvegardé"):
        read.check(tmp_path)
    (tmp_path / "postgres" / "ingest.dump").unlink()
    with pytest.raises(Damaged, match=r"ingest\.dump manque"):
        read.check(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "n’est pas une sauvegarde finie"), ("{", "n’est pas lisible"), ('{"format": 9}', "format 9 ; cette version lit le format 1")],
)
def test_what_is_no_backup_is_told(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / NAME).write_text(text)
    with pytest.raises(Damaged, match=said):
        Manifest.read(tmp_path)


def test_nothing_is_restored_over_a_platform(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    (folder.data / "postgres").mkdir(parents=True)
    with pytest.raises(taking.NotPossible, match="contient déjà une plateforme"):
        restoring.restore(folder, tmp_path / "backup", print)
    assert (folder.data / "postgres").exists()


def test_nothing_is_restored_among_somebody_s_files(tmp_path: Path) -> None:
    """What fails is cleared away, and cleared them away too."""
    mine = tmp_path / "home" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("years of work")
    with pytest.raises(taking.NotPossible, match="n’est pas vide"):
        restoring.restore(RunFolder(mine.parent), tmp_path / "backup", print)
    assert mine.read_text() == "years of work"


def test_a_service_that_would_say_things_twice_is_not_put_back_alone(tmp_path: Path) -> None:
    for service in ("ingest", "notify", "nobody"):
        with pytest.raises(taking.NotPossible, match="ne se remet pas seul"):
            restoring.restore_database(RunFolder(tmp_path / "run"), tmp_path / "backup", service, print)


def test_a_database_is_put_back_only_where_its_platform_is(tmp_path: Path) -> None:
    manifest({}).write(tmp_path)
    with pytest.raises(taking.NotPossible, match="pas de plateforme"):
        restoring.restore_database(RunFolder(tmp_path / "run"), tmp_path, "indicators", print)


def test_a_damaged_backup_leaves_an_empty_folder_empty(tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    for name in taking.BESIDE:
        (backup / name).mkdir(parents=True)
    (backup / "kafka.tar.gz").write_bytes(b"no archive")
    (backup / "cluster.id").write_text("m0\n")
    manifest(digests(backup)).write(backup)
    with pytest.raises(Damaged, match="n’est pas une archive"):
        restoring.restore(RunFolder(tmp_path / "run"), backup, print)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("own", ["", "MACS_KAFKA"])
def test_a_run_that_keeps_nothing_here_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str) -> None:
    if own:
        monkeypatch.setenv(own, "kafka.example:9092")
    said = "vos propres serveurs" if own else "n’y a jamais démarré"
    with pytest.raises(taking.NotPossible, match=said):
        taking.take(RunFolder(tmp_path / "run"), tmp_path / "target", print)
    assert not (tmp_path / "target").exists()


def test_a_manifest_is_readable_json(tmp_path: Path) -> None:
    manifest({}).write(tmp_path)
    assert json.loads((tmp_path / NAME).read_text())["held_ms"] == 12.5
    assert [file.name for file in tmp_path.iterdir()] == [NAME]
