"""The columnar store itself: rows and cursor replaced in one transaction, questions answered on a consistent snapshot."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import duckdb

from kit.problems import Problem
from services.indicators.catalogue.once import KnownRows, Once
from services.indicators.catalogue.territories import territory_of
from services.indicators.replica import columns, room, sums
from services.indicators.replica.positions import Partition, Position, reached
from services.indicators.replica.spool import Spool

MEMORY_LIMIT: Final = room.memory_limit(room.of_machine())
RELEASE_LIMIT: Final = "4GB"
"""While a release is measured, which asks for all figures of several years at once; one is made at a time."""
TIDY_AFTER: Final = 200_000
"""Replaced rows after which the holes are closed."""
TOO_MUCH: Final = (
    "Rien n’est perdu et les autres pages répondent. Demandez une période plus courte ou moins de dimensions, ou réessayez dans un instant."
)
LATER: Final = {"Retry-After": "5"}
_TRIES: Final = 3
_BESIDE: Final = "facts_beside"
_KINDS: Final = {"facts": columns.FACTS, "contracts": columns.CONTRACTS, "nothing": columns.NOTHING, "parameters": columns.PARAMETERS}
Answer = TypeVar("Answer")
Ask = Callable[[duckdb.DuckDBPyConnection], Answer]
Figures = Callable[[Once], Answer]
_Asked = Callable[[duckdb.DuckDBPyConnection, Position], Answer]


@dataclass(frozen=True)
class Incoming:
    """Rows of one table on their way in: the CSV of their newest state. Without one, `Columnar.bring` has put the whole table beside."""

    spool: Spool | None
    whole: bool
    """Whether they replace the table, or only the rows with their ids."""


class Columnar:
    """A replica in memory. One writer; readers ask through a pool of threads, each on its own connection."""

    def __init__(self, *, threads: int = 2) -> None:
        # Nothing is spilled to disk: what does not fit fails. The replica holds data on persons, although only hashes of tokens.
        # A checkpoint compresses what it finds, to a third and less; only an attached store in memory can be told so.
        self._database = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": MEMORY_LIMIT, "temp_directory": ""})
        self._database.execute("attach ':memory:' as store (compress)")
        self._database.execute("use store")
        self._readers = ThreadPoolExecutor(3, thread_name_prefix="figures")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="replica")
        self._moved = asyncio.Event()
        self._replaced = 0
        self.position: dict[Partition, int] = {}
        self._known: tuple[dict[Partition, int], KnownRows] = {}, KnownRows()
        """What was asked of the newest state, which its position tells from every other."""
        self.loaded = False
        self.full = False
        """Rows that came do not fit into the memory: what is here is out of date."""
        self.follower = asyncio.Lock()
        """Who brings rows holds it: two rounds at once could put the older one on top."""
        self._database.execute(columns.table("facts", columns.FACTS))
        self._database.execute(columns.table("contracts", columns.CONTRACTS))
        self._database.execute(columns.table("nothing", columns.NOTHING))
        self._database.execute(columns.table("parameters", columns.PARAMETERS))
        self._database.execute("create table places (commune varchar, ept varchar)")
        self._database.execute("insert into places select unnest(?), unnest(?)", [[*territory_of()], [*territory_of().values()]])
        for table in sums.TABLES:
            self._database.execute(table)
        self._database.execute("create table cursors (topic varchar, partition integer, batch_no bigint)")

    async def replace(
        self,
        position: Position,
        *,
        facts: Incoming | None = None,
        contracts: Incoming | None = None,
        nothing: Incoming | None = None,
        parameters: Incoming | None = None,
    ) -> None:
        """Take rows and the position that they bring in one transaction: no reader ever sees one without the other."""
        brought = {"facts": facts, "contracts": contracts, "nothing": nothing, "parameters": parameters}
        await asyncio.get_running_loop().run_in_executor(self._writer, self._replace, position, brought)
        self.position = dict(position)
        self._known = self.position, KnownRows()
        self.loaded = True
        self._moved.set()
        self._moved = asyncio.Event()

    async def bring(self, spool: Spool, *, first: bool) -> None:
        """A piece of all facts, put beside the table in use and compressed; `replace` then lets the whole take its place."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._bring, spool, first)

    async def ask(self, question: Ask[Answer]) -> tuple[Answer, dict[Partition, int]]:
        """Run the question in a thread, on one snapshot; returns its answer and the position of exactly that snapshot.

        Raises a 503 problem for a question that does not fit into the memory: it is refused alone, nothing else is.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._answer, lambda connection, _: question(connection))

    async def figures(self, question: Figures[Answer]) -> tuple[Answer, dict[Partition, int]]:
        """The same for questions that only read the tables: what another reader has asked of this state already is not worked out again."""
        known = self._known  # before the snapshot begins, so that it is never newer than that

        def asked(connection: duckdb.DuckDBPyConnection, position: Position) -> Answer:
            return question(Once(connection, known[1] if known[0] == position else KnownRows()))

        return await asyncio.get_running_loop().run_in_executor(self._readers, self._answer, asked)

    async def figures_together(self, *questions: Figures[Any]) -> tuple[list[Any], dict[Partition, int]]:
        """Questions side by side, a thread each, all answered of one state: where rows came in between two beginnings, they are asked again."""
        for _ in range(_TRIES):
            found = await asyncio.gather(*(self.figures(question) for question in questions))
            if all(position == found[0][1] for _, position in found):
                return [answer for answer, _ in found], found[0][1]
        return await self.figures(lambda once: [question(once) for question in questions])

    async def wait_for(self, wanted: Position, seconds: float) -> bool:
        """Wait until the position is reached; False when it is not within the time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (self.loaded and reached(self.position, wanted)):
                    await self._moved.wait()
        return self.loaded and reached(self.position, wanted)

    def close(self) -> None:
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._database.close()

    def _answer(self, question: _Asked[Answer]) -> tuple[Answer, dict[Partition, int]]:
        with self._cursor() as connection:
            connection.begin()
            try:
                position = _position(connection)  # first: the snapshot is that of the first question
                return question(connection, position), position
            except duckdb.OutOfMemoryException:
                raise Problem(503, "TOO_MUCH_MEMORY", "Cette question dépasse la mémoire du serveur", TOO_MUCH, headers=LATER) from None
            finally:
                connection.rollback()

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._database.cursor() as connection:
            connection.execute("use store")  # a cursor is a connection of its own, and starts where the database does
            yield connection

    def _bring(self, spool: Spool, first: bool) -> None:
        with self._cursor() as connection:
            if first:
                connection.execute(f"drop table if exists {_BESIDE}")
                connection.execute(columns.table(_BESIDE, columns.FACTS))
            source = columns.incoming(spool.path, columns.FACTS)
            connection.execute(f"insert into {_BESIDE} select {columns.kept(columns.FACTS)} from {source} where live")  # noqa: S608
        self._tidy()

    def _replace(self, position: Position, brought: Mapping[str, Incoming | None]) -> None:
        with self._cursor() as connection:
            connection.begin()
            try:
                for table, rows in brought.items():
                    if rows:
                        self._replaced += _take(connection, table, _KINDS[table], rows)
                if self._replaced > TIDY_AFTER:
                    sums.tidy(connection)
                connection.execute("delete from cursors")
                if position:
                    connection.execute("insert into cursors select unnest(?), unnest(?), unnest(?)", _columns_of(position))
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
        facts = brought["facts"]
        if self._replaced > TIDY_AFTER or (facts and facts.whole):
            self._tidy()

    def _tidy(self) -> None:
        """Give back the room of replaced rows. With a question under way there is nothing to gain: next time."""
        with contextlib.suppress(duckdb.TransactionException), self._cursor() as connection:
            connection.execute("checkpoint")
            self._replaced = 0


def with_room(question: Ask[Answer]) -> Ask[Answer]:
    """The question, answered with the memory of a release. The limit is the database's, so it is set back on a connection of its own: that of
    a question that failed can do nothing more."""

    def asked(connection: duckdb.DuckDBPyConnection) -> Answer:
        with connection.cursor() as other:
            other.execute(f"set memory_limit = '{RELEASE_LIMIT}'")
            try:
                return question(connection)
            finally:
                with contextlib.suppress(duckdb.OutOfMemoryException):  # what is still held does not fit: the next release sets it back
                    other.execute(f"set memory_limit = '{MEMORY_LIMIT}'")

    return asked


def _take(connection: duckdb.DuckDBPyConnection, table: str, kinds: dict[str, str], rows: Incoming) -> int:
    if rows.spool is None:
        connection.execute(f"drop table {table}")
        connection.execute(f"alter table {_BESIDE} rename to {table}")
        sums.count_all(connection)
        return 0
    if rows.whole:
        connection.execute(f"delete from {table}")  # noqa: S608  names of our own tables
        source = columns.incoming(rows.spool.path, kinds)
    else:
        source, key = "arrived", next(iter(kinds))
        csv = columns.incoming(rows.spool.path, kinds)
        connection.execute(f"create or replace temp table {source} as select * from {csv}")  # noqa: S608
        if table == "facts":
            sums.begin(connection, source)
        connection.execute(f"delete from {table} where {key} in (select {key} from {source})")  # noqa: S608
    connection.execute(f"insert into {table} select {columns.kept(kinds)} from {source} where live")  # noqa: S608
    found = connection.fetchone()
    if table == "facts":
        sums.count_all(connection) if rows.whole else sums.end(connection)
    return int(found[0]) if found else 0


def _position(connection: duckdb.DuckDBPyConnection) -> dict[Partition, int]:
    rows: Sequence[Sequence[Any]] = connection.execute("select topic, partition, batch_no from cursors").fetchall()
    return {(str(topic), int(partition)): int(batch_no) for topic, partition, batch_no in rows}


def _columns_of(position: Mapping[Partition, int]) -> list[list[Any]]:
    return [[topic for topic, _ in position], [partition for _, partition in position], list(position.values())]
