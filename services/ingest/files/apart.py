"""Workbooks are opened by a process of their own (`cell_reader.py`): what one of them asks for cannot take this one down."""

from __future__ import annotations

import marshal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, cast

from services.ingest.files.archive import MOST_CELLS, damaged
from services.ingest.files.table import MOST_COLUMNS, MOST_ROWS, unreadable
from services.ingest.matching.headers import SEARCHED

PROGRAM: Final = Path(__file__).with_name("cell_reader.py")
MOST_MEMORY: Final = 1_500_000_000
"""Address space of the reading process: a sheet of 5 million cells takes about 1 GB."""
MOST_SECONDS: Final = 40
"""Of the processor; the largest allowed workbook takes a quarter of it."""
_DEADLINE_S: Final = 180.0
_PATIENCE_S: Final = 60.0
_TURNS: Final = threading.BoundedSemaphore(2)
"""Workbooks that are open at a time, so that their memory together has a bound too."""


@dataclass
class OpenedSheet:
    name: str
    rows: list[tuple[str, ...]] = field(default_factory=list)


@dataclass
class Reading:
    """The sheets come in turn: whoever iterates keeps those that matter."""

    answers: Iterator[tuple[str, Any]]
    hidden: tuple[str, ...] = ()

    def sheets(self) -> Iterator[OpenedSheet]:
        """Each visible sheet with its rows from the first one on. Raises Refused."""
        sheet: OpenedSheet | None = None
        for kind, value in self.answers:
            if kind == "rows" and sheet:
                sheet.rows += value
            elif kind in {"sheet", "done"}:
                if sheet:
                    yield sheet
                if kind == "done":
                    return
                sheet = OpenedSheet(value)
            elif kind == "hidden":
                self.hidden = value
            else:
                raise _refusal(kind, value)


@contextmanager
def reading(data: bytes) -> Iterator[Reading]:
    """A workbook being read, already while the caller does something else. Raises Refused when too many are read at this moment."""
    if not _TURNS.acquire(timeout=_PATIENCE_S):
        message = "D’autres classeurs sont en cours de lecture : rien n’est perdu, renvoyez le fichier dans une minute."
        raise unreadable("FILE_BUSY", message, line=None, status=503)
    try:
        limits = (MOST_ROWS + SEARCHED, MOST_COLUMNS, MOST_CELLS, MOST_MEMORY, MOST_SECONDS)
        command = [sys.executable, "-I", str(PROGRAM), *map(str, limits)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            deadline = threading.Timer(_DEADLINE_S, process.kill)
            deadline.start()
            try:
                _give(cast("IO[bytes]", process.stdin), data)
                yield Reading(_answers(process))
            finally:
                deadline.cancel()
                process.kill()
    finally:
        _TURNS.release()


def _answers(process: subprocess.Popen[bytes]) -> Iterator[tuple[str, Any]]:
    """What the process says; a process that ends without a last word was ended by its limits."""
    stdout = cast("IO[bytes]", process.stdout)
    while True:
        size = int(stdout.readline() or 0)
        text = stdout.read(size)
        if not size or len(text) < size:
            yield "ended", process.wait()
            return
        yield marshal.loads(text)  # noqa: S302 - written by our own program, which passes on texts only


def _give(stdin: IO[bytes], data: bytes) -> None:
    try:
        stdin.write(data)
        stdin.close()
    except BrokenPipeError:  # it has ended already: what it said is still to be read
        pass


def _refusal(kind: str, value: Any) -> Exception:
    if kind == "damaged":
        return damaged()
    if kind == "password":
        return unreadable("FILE_PASSWORD", "Le classeur est protégé par un mot de passe : retirez-le, puis renvoyez le fichier.")
    if kind == "columns":
        return unreadable("FILE_COLUMNS", f"Une feuille a {value} colonnes, {MOST_COLUMNS} au plus.")
    if kind == "sheets":
        return unreadable("FILE_SHEETS", f"Le classeur a {value} feuilles, 100 au plus : envoyez-le en plusieurs fois.")
    if kind == "long":
        return unreadable(
            "FILE_ROWS", f"Une feuille va jusqu’à la ligne {value} : {MOST_ROWS} lignes au plus, envoyez-la en plusieurs fois."
        )
    if kind == "cells":
        return unreadable(
            "FILE_ROWS", "Une feuille a trop de cellules : gardez les colonnes utiles, ou envoyez le fichier en plusieurs fois."
        )
    return unreadable(
        "FILE_BOMB",
        "Le classeur demande trop de mémoire ou de temps pour être ouvert : il est abîmé, ou une cellule est remplie très loin du tableau. "
        "Copiez le tableau seul dans un nouveau classeur, puis renvoyez-le.",
    )
