"""From raw lines to a filing, the same for the three doors: check, then all or the good ones, the rest parked or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kit.errors import LineError, Refused
from kit.postgres import Connection
from kit.service import Runtime
from schemas.declarations import Door
from schemas.periods import Period
from schemas.zones import PARIS
from services.ingest.by_two import check_long
from services.ingest.persons import Tokens
from services.ingest.replacing import ends_of
from services.ingest.rules.beside import Beside, hold_against
from services.ingest.rules.declared import DeclaredBefore, Given, LineValue
from services.ingest.rules.differences import Replacing
from services.ingest.rules.fields import BY_NAME, IDENTITY
from services.ingest.rules.lines import Checked, Known, RawLine
from services.ingest.rules.spans import spanned
from services.ingest.rules.texts import shown
from services.ingest.rules.times import NoDate, date_of
from services.ingest.settings import tokens
from services.ingest.sources import Declarant
from services.ingest.store.beside import beside
from services.ingest.store.filings import Filing
from services.ingest.store.known import NamedContracts, contracts_named, declared_before
from services.ingest.store.parked import ParkedLine
from services.ingest.store.patience import be_patient
from services.ingest.store.search import Question, search

LONG: Final = 500
"""Lines from which the check runs in a thread and before the transaction: it must not keep one open for seconds."""
SHOWN_ERRORS: Final = 2_000
"""Errors that an answer repeats; whoever has more has one cause."""


@dataclass
class Intake:
    """Lines on their way in. `check` says what there is to say; `filing` gives what the store takes, or raises Refused."""

    runtime: Runtime
    declarant: Declarant
    declared_by: str
    door: Door
    lines: Sequence[RawLine]
    mode: str = "all"
    period: Period | None = None
    reason: str | None = None
    sha256: str | None = None
    replacing: Replacing | None = None
    correcting: str | None = None
    """Number of the filing whose lines these replace."""
    _found: tuple[Checked, NamedContracts] | None = field(default=None, init=False)

    @property
    def long(self) -> bool:
        return len(self.lines) > LONG

    @property
    def values(self) -> list[LineValue]:
        """The good lines of the last check."""
        return self._found[0].values if self._found else []

    @property
    def errors(self) -> list[LineError]:
        """What the last check had to say."""
        return self._found[0].errors if self._found else []

    @property
    def _cumulated(self) -> bool:
        return any(line.values.get("hours_cumulated") for line in self.lines)

    async def check(self, connection: Connection) -> Checked:
        """Check against what the registry knows now. The outcome is kept for the next `filing`."""
        return (await self._check(connection))[0]

    @property
    def plain(self) -> bool:
        """Whether the check needs nothing but the contracts."""
        return not self._cumulated and self.replacing is None

    @property
    def names(self) -> set[str]:
        """What the lines call their contracts."""
        return _names(self.lines)

    async def _check(self, connection: Connection) -> tuple[Checked, NamedContracts]:
        contracts = await contracts_named(connection, self.declarant, self.names)
        before = await declared_before(connection, self.declarant.id, list(contracts.by_uid)) if self._cumulated else {}
        own = contracts.own_number or await self._own_number(connection, contracts)
        found = await asyncio.to_thread(self.examine, contracts, before, own) if self.long else self.examine(contracts, before, own)
        if self.replacing is None:  # a file that stands for a span says itself which of the earlier lines are no more
            hold_against(found, self.lines, await beside(connection, self.declarant.id, found.values, self.correcting))
        self._found = found, contracts
        return self._found

    async def _own_number(self, connection: Connection, contracts: NamedContracts) -> str | None:
        """A number to give as an example where the file names none of the declarant's contracts and an unknown one."""
        if all(contracts.of(name) is not None for name in self.names):
            return None
        own, _ = await search(connection, Question(self.declarant, limit=1))
        return str(own[0]["number"]) if own else None

    def examine(self, contracts: NamedContracts, before: DeclaredBefore | None = None, own: str | None = None) -> Checked:
        """What the lines say by themselves; not yet what stands beside them. `own` is a contract's number as an example."""
        known = Known(
            today=self.runtime.clock().astimezone(PARIS).date(),
            declarant=self.declarant.id,
            declarant_siret=self.declarant.siret,
            contract_of=contracts.of,
            tokens=tokens(self.runtime),
            declared_before=before or {},
            own_contract=own or contracts.own_number,
        )
        return check_long(self.lines, known)

    def filing_beside(self, found: Checked, contracts: NamedContracts, standing: Beside) -> Filing:
        """What the store takes of a `plain` intake that was examined in this transaction, with what stands beside it. Raises Refused."""
        hold_against(found, self.lines, standing)
        self._found = found, contracts
        return self._filing(found, contracts)

    async def filing(self, connection: Connection) -> Filing:
        """What the store takes. A check made before stands as long as the contracts are as it saw them. Raises Refused."""
        known = self._found
        if known is None or known[1] != await contracts_named(connection, self.declarant, self.names):
            if self.long:
                await be_patient(connection)
            known = await self._check(connection)
        found, contracts = known
        taken = self._filing(found, contracts)
        return replace(taken, ended=await ends_of(connection, self.declarant.id, found.values, self.replacing, len(found.blocked)))

    def _filing(self, found: Checked, contracts: NamedContracts) -> Filing:
        return Filing(
            self.declarant,
            self.declared_by,
            self.door,
            found.values,
            mode=self.mode,
            period=self.period or spanned([value.period for value in found.values]),
            reason=self.reason,
            parked=self._to_park(found),
            sha256=self.sha256,
            places=contracts.places,
        )

    def _to_park(self, found: Checked) -> list[ParkedLine]:
        """The rows that are not good enough. Raises Refused when `mode` is all, or when no line is good."""
        if found.blocked and (self.mode == "all" or not found.values):
            raise Refused(found.errors[:SHOWN_ERRORS], code="LINES", title="Des lignes sont à corriger")
        errors: dict[int, list[LineError]] = {}
        for error in found.errors:
            if error.line in found.blocked and error.line is not None:
                errors.setdefault(error.line, []).append(error)
        made = tokens(self.runtime)
        return [parked(line, errors.get(line.line, []), self.declarant, made) for line in self.lines if line.line in found.blocked]


def _names(lines: Sequence[RawLine]) -> set[str]:
    return {str(value) for line in lines if isinstance(value := line.values.get("contract"), str | int)}


def parked(line: RawLine, errors: Sequence[LineError], declarant: Declarant, tokens: Tokens) -> ParkedLine:
    """What the row says, with a token in place of the person. Unknown fields are not kept (nobody knows what they hold), nor is a
    text that names somebody (V19)."""
    field_of = {line.columns.get(name, name): name for name in line.values}
    naming = {field_of.get(error.column or "") for error in errors if error.code == "V19"}
    silent = {*IDENTITY, "worker_id", *naming}
    content = {
        name: shown(value, 200)
        for name, value in line.values.items()
        if name in BY_NAME and name not in IDENTITY and name not in naming and value is not None and value != ""
    }
    worker = content.pop("worker_id", None)
    content |= _tokens_of(line, declarant, tokens, worker)
    kept = [error.model_copy(update={"value": None}) if field_of.get(error.column or "") in silent else error for error in errors]
    return ParkedLine(line.line, content, kept)


def _tokens_of(line: RawLine, declarant: Declarant, tokens: Tokens, worker: str | None) -> dict[str, str]:
    """What stands for the row's person: tokens of its identifier and of its identity, or those that were made before; year and month of the
    birth date, which are kept of it."""
    given = line.given or Given()
    said = {name: str(line.values.get(name) or "").strip() for name in ("birth_name", "first_name", "birth_date")}
    try:
        born = date_of(said["birth_date"], 1900) if said["birth_date"] else None
    except NoDate:
        born = None
    regional = (tokens.regional(said["birth_name"], said["first_name"], born) if born else None) or given.regional
    local = tokens.local(declarant.id, worker) if worker else given.local
    found = {"person_local": local, "person_regional": regional or ""}
    if born and not line.values.get("birth"):
        found["birth"] = f"{born.year}-{born.month:02d}"
    return {name: value for name, value in found.items() if value}
