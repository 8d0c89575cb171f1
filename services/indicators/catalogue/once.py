"""Questions to one state of the replica, each asked once: a page's figures share some, and so do pages while nothing moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import duckdb


class KnownRows:
    """What was asked of one state of the replica, by the question's text and values. Beyond `MOST_ROWS` nothing more is kept."""

    MOST_ROWS: Final = 20_000

    def __init__(self) -> None:
        self._found: dict[str, list[Any]] = {}
        self._room = self.MOST_ROWS

    def of(self, asked: str) -> list[Any] | None:
        return self._found.get(asked)

    def keep(self, asked: str, rows: list[Any]) -> None:
        if len(rows) < self._room:
            self._room -= len(rows) + 1
            self._found[asked] = rows


class Once:
    """A connection that asks each question of a state once: a page's figures share questions, and so do pages while nothing moves."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, answers: KnownRows) -> None:
        self._connection, self._answers = connection, answers
        self._rows: list[Any] = []

    def execute(self, query: str, values: Mapping[str, Any] | None = None) -> Once:
        asked = f"{query} {values}"
        known = self._answers.of(asked)
        if known is None:
            known = self._connection.execute(query, values or {}).fetchall()
            self._answers.keep(asked, known)
        self._rows = known
        return self

    def fetchall(self) -> list[Any]:
        return self._rows


Asking = duckdb.DuckDBPyConnection | Once
