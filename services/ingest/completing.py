"""Rows set aside, taken up again: what was typed for them, what there is to say now, and the filing of those that are complete. Decision 0103."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kit.errors import LineError
from kit.postgres import Connection
from kit.service import Runtime
from services.ingest.intake import Intake, parked
from services.ingest.rules.declared import Given, RawLine
from services.ingest.rules.fields import BY_NAME, IDENTITY
from services.ingest.settings import tokens
from services.ingest.sources import Declarant
from services.ingest.store import filings
from services.ingest.store.filings import Receipt
from services.ingest.store.parked import End, Waiting, end, rewrite

TYPED: Final = "v:"
"""`v:PLACE:FIELD` is the name of a typed field."""
ALWAYS: Final = ("contract", "period", "hours")
_NAMES: Final = {field.label: field.name for field in BY_NAME.values()}


@dataclass(frozen=True)
class Task:
    """A row as it stands now: `fields` are those to show for typing, `errors` what there is to say of it."""

    row: Waiting
    line: RawLine
    errors: Sequence[LineError] = ()
    ready: bool = False
    fields: Sequence[str] = ()

    def value(self, name: str) -> str:
        value = self.line.values.get(name)
        return "" if value is None else str(value)


@dataclass
class Completing:
    """The rows of a page, each a line whose number is its place on the page, counted from 1."""

    runtime: Runtime
    declarant: Declarant
    by: str
    rows: Sequence[Waiting]
    typed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lines = [_line(number, row, self.typed) for number, row in enumerate(self.rows, start=1)]
        self._intake = Intake(self.runtime, self.declarant, self.by, "form", self.lines, mode="partial")

    async def tasks(self, connection: Connection) -> list[Task]:
        """What there is to say of each row with what the registry knows now."""
        checked = await self._intake.check(connection)
        said: dict[int, list[LineError]] = {}
        for error in checked.errors:
            said.setdefault(error.line or 0, []).append(error)
        return [
            Task(row, line, said.get(line.line, ()), line.line not in checked.blocked, _to_type(said.get(line.line, ())))
            for row, line in zip(self.rows, self.lines, strict=True)
        ]

    async def send(self, connection: Connection) -> Receipt | None:
        """Take in the rows that are complete, keep what was typed for the others. None when none is complete."""
        tasks, at = await self.tasks(connection), self.runtime.clock()
        receipt, taken = None, set[int]()
        if any(task.ready for task in tasks):
            filing = replace(await self._intake.filing(connection), parked=())
            taken = {value.line for value in filing.values}
            receipt = await filings.accept(connection, filing, at)
            places = [task.row.place for task in tasks if task.line.line in taken]
            await end(connection, self.declarant.id, places, End(self.by, at, completed_in=receipt.number))
        await self._keep(connection, [task for task in tasks if task.line.line not in taken])
        return receipt

    async def keep(self, connection: Connection) -> None:
        """Keep what was typed, and send nothing."""
        await self._keep(connection, await self.tasks(connection))

    async def _keep(self, connection: Connection, tasks: Sequence[Task]) -> None:
        made = tokens(self.runtime)
        await rewrite(connection, [(task.row.place, parked(task.line, task.errors, self.declarant, made).content) for task in tasks])


def _line(number: int, row: Waiting, typed: Mapping[str, str]) -> RawLine:
    content: dict[str, Any] = dict(row.content)
    given = Given(content.pop("person_local", ""), content.pop("person_regional", None))
    prefix = f"{TYPED}{row.place}:"
    for name, value in typed.items():
        known = name.removeprefix(prefix)
        if name.startswith(prefix) and known in BY_NAME and known not in IDENTITY:
            content[known] = value
    values = {name: value for name, value in content.items() if name in BY_NAME and value != ""}
    columns = {name: BY_NAME[name].label for name in BY_NAME}
    return RawLine(number, values, columns, given if given.local or given.regional else None)


def is_too_long(error: LineError) -> bool:
    """Hours that no month of one person can hold."""
    return error.code == "V08" and error.severity == "blocking"


def _to_type(errors: Sequence[LineError]) -> list[str]:
    """Contract, period and hours, and each field that something is said about; a group's where one person cannot have worked so long."""
    named = {_NAMES.get(error.column or "") for error in errors if error.severity != "info"}
    if any(is_too_long(error) for error in errors):
        named |= {"group", "persons"}
    return [name for name in BY_NAME if name not in IDENTITY and (name in ALWAYS or name in named)]
