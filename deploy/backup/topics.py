"""Kafka's log as files: copied while the broker writes, complete up to a moment at which nobody publishes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

TRIES: Final = 20
_ABOVE: Final = ("meta.properties", "bootstrap.checkpoint", "log-start-offset-checkpoint")
"""Who the broker is, and where topics begin. How far it had got on its disk is left out: it looks again at what it finds, as after a power cut."""
_OF_A_PARTITION: Final = ("partition.metadata", "leader-epoch-checkpoint", "quorum-state")
_RECORDS: Final = (".log", ".checkpoint")
"""Records, and states of the cluster. Indexes are made again from them."""
_GOING: Final = ("-delete", "-stray", "-future")


class Restless(Exception):
    """The broker put its files in order each time that they were copied."""


def copy_log(source: Path, target: Path) -> int:
    """Copy the log folder of a broker that may be running; bytes copied. Of each partition it is a beginning, up to now at least.

    A last batch that was only half written is cut off when a broker opens the copy. Raises Restless.
    """
    for _ in range(TRIES):
        shutil.rmtree(target, ignore_errors=True)
        before = _segments(source)
        try:
            copied = _copy_once(source, target)
        except FileNotFoundError:  # retention or compaction went through this partition
            continue
        if _segments(source).items() >= before.items():  # new segments may have begun, none was put in another's place
            return copied
    raise Restless(f"les fichiers de {source} changent sans cesse")


def _copy_once(source: Path, target: Path) -> int:
    files = [source / name for name in _ABOVE]
    for partition in sorted(folder for folder in source.iterdir() if folder.is_dir() and not folder.name.endswith(_GOING)):
        files += [file for file in sorted(partition.iterdir()) if file.name in _OF_A_PARTITION or file.suffix in _RECORDS]
    copied = 0
    for file in files:
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
        copied += place.stat().st_size
    return copied


def _segments(source: Path) -> dict[Path, int]:
    """Which file stands under each segment's name."""
    return {file: file.stat().st_ino for file in source.glob("*/*.log")}
