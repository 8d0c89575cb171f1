"""Editions as releases: a draft is protected and attacked as a release is, and the very same tables are published later, attacked again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb

from kit import outbox
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from schemas.indicators import EditionPublished
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.indicators.catalogue.answers import answer
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.questions import of_parameters
from services.indicators.release import export, memory, newest, store
from services.indicators.release.publish import ONE_AT_A_TIME, NotPublished, Publication, alone, attack, prepare
from services.indicators.release.store import Written
from services.indicators.replica.task import replica_of
from services.indicators.rules import checks as conditions
from services.indicators.rules import editions as rules
from services.indicators.rules.editions import Edition
from services.indicators.store import draft_tables, drafts, editions, studies
from services.indicators.store.editions import Issued

REGION = "11"
YEARS_SHOWN = 3
"""Of a sheet's series of quarters: the edition's year and those before it."""


@dataclass(frozen=True)
class Composed:
    """The edition with its new draft, and how long the steps took (seconds)."""

    edition: Edition
    release: str
    cells: int
    hidden: int
    attacked: int
    seconds: dict[str, float]


async def compose(runtime: Runtime, number: str, after: int | None = None) -> Composed:
    """A new draft from everything that is counted now, the one `after` that number. Raises NotPublished when it cannot be protected; Refused
    once it is published, and when there is a newer draft already (two clicks, two windows)."""
    async with _only(runtime) as connection:
        now = runtime.clock()
        edition = rules.composed(await known(connection, number), after)
        made = await prepare(runtime, connection, now, f"{number}-e{edition.draft}")
        year = str(edition.plan.year)
        if year not in made.release.periods:
            raise NotPublished(
                f"Aucune donnée ne porte sur {year}.", [f"Années connues : {', '.join(_years(made.release.periods)) or 'aucune'}."]
            )
        coverage = await _coverage(runtime, year, now.astimezone(PARIS).date())
        found = draft_tables.Found(await _newest(connection), coverage, hidden_totals(made.rows, year), sheets(made.rows, year))
        async with connection.transaction():
            rules.composed(await known(connection, number, lock=True))  # published meanwhile by another process: refused
            await draft_tables.write(connection, number, edition.draft, made, found, now, fictional=runtime.settings.fictional)
            await editions.keep(connection, edition)
        hidden = sum(row[6] == "secret" for row in made.rows)
        return Composed(edition, made.number, len(made.rows), hidden, made.attacked, dict(made.seconds))


def _years(periods: Sequence[str]) -> list[str]:
    return [period for period in periods if "-" not in period]


async def publish(runtime: Runtime, number: str) -> Publication:
    """The validated draft, to the letter, as the next release. Raises Refused (409) and NotPublished when the attacker finds something."""
    async with _only(runtime) as connection:
        now = runtime.clock()
        edition = await known(connection, number)
        draft = await drafts.one(connection, number, edition.draft)
        latest = await _newest(connection)
        release = await store.next_number(connection, now.astimezone(PARIS).year)
        after = rules.published(edition, draft, latest, release)
        name = f"{number}-e{edition.draft}"
        told, knowledge = await draft_tables.told(connection, name)
        attacked = await attack([told, *await export.earlier(connection, await memory.recall(connection))], knowledge)
        async with connection.transaction():
            rules.published(await known(connection, number, lock=True), draft, latest, release)
            found = await draft_tables.publish(connection, name, release, number, now)
            await editions.issue(connection, await _issued(connection, after, release, now))
            await studies.publish(connection, number)
            await editions.keep(connection, after)
            await editions.stamp(connection, number, "published", now)
            announced = EditionPublished(
                release=release, figures_until=found.figures_until, cells=found.cells, hidden=found.hidden, edition=number,
                year=edition.plan.year, final=edition.plan.final, path=f"/editions/{number}",
            )  # fmt: skip
            await outbox.add(connection, announced)
        runtime.wake_relay()
        newest.forget(runtime)
        return Publication(found, attacked, {})


async def _issued(connection: Connection, edition: Edition, release: str, now: datetime) -> Issued:
    plan = edition.plan
    row = await connection.fetchrow(
        "select composed_at, coverage from edition_drafts where edition = $1 and draft = $2", edition.number, edition.draft
    )
    if row is None:
        raise LookupError(edition.number)
    checks = [{"title": check.title, "said": check.said} for check in await checks_of(connection, edition, now.astimezone(PARIS).date())]
    return Issued(
        edition.number, release, plan.year, plan.title, plan.final, row["composed_at"].astimezone(PARIS).date(), plan.says_not,
        edition.minutes or "", row["coverage"], plan.least_share, checks, now,
    )  # fmt: skip


async def checks_of(connection: Connection, edition: Edition, today: date) -> list[rules.Check]:
    """The checks of the edition as it stands."""
    return conditions.checks(
        edition,
        await drafts.one(connection, edition.number, edition.draft),
        await editions.reviews(connection, edition.number),
        await editions.comments(connection, edition.number),
        await _newest_before(connection, edition),
        today,
    )


async def _newest_before(connection: Connection, edition: Edition) -> str | None:
    """The newest release besides the edition's own."""
    found: str | None = await connection.fetchval(
        """
        select release from published_releases
        where $1::text is null or seq < coalesce((select seq from published_releases where release = $1), 9223372036854775807)
        order by seq desc limit 1
        """,
        edition.release,
    )
    return found


async def known(connection: Connection, number: str, *, lock: bool = False) -> Edition:
    """The edition of this number. Raises a 404 problem."""
    found = await editions.one(connection, number, lock=lock)
    if found is None:
        raise Problem(404, "UNKNOWN_EDITION", "Cette édition n’existe pas", f"Demandée : {number[:20]}. Voir /editions.")
    return found


async def _newest(connection: Connection) -> str | None:
    found: str | None = await connection.fetchval("select release from published_releases order by seq desc limit 1")
    return found


@asynccontextmanager
async def _only(runtime: Runtime) -> AsyncIterator[Connection]:
    async with ONE_AT_A_TIME, runtime.pool.acquire() as connection, alone(connection):
        yield connection


async def _coverage(runtime: Runtime, year: str, today: date) -> dict[str, Decimal | None]:
    """I33 by department: per cent of the structures expected that sent something; None where none is expected."""
    replica = await replica_of(runtime)

    def ask(duck: duckdb.DuckDBPyConnection) -> dict[str, Decimal | None]:
        question = of_parameters(BY_ID["I33"], [("period", year), ("by", "department")], today)
        return {cell.codes[0]: cell.value for cell in answer(duck, question).cells}

    found, _ = await replica.ask(ask)
    return found


def hidden_totals(rows: Sequence[Written], year: str) -> list[str]:
    """The departments (or the region, 11) whose hours of the year are hidden."""
    return sorted(
        code or REGION for indicator, period, split, code, _, _, status, _ in rows
        if indicator == "I01" and period == year and split in {"", "department"} and status == "secret"
    )  # fmt: skip


def sheets(rows: Sequence[Written], year: str) -> dict[str, str]:
    """Department → fingerprint of everything that the draft prints of it: the year with its parts, and the hours of the years whose quarters
    stand beside (`source.QUARTERS`). What the sheet says of the region moves with everybody's declarations, and is nobody's to read again."""
    beside = {str(int(year) - back) for back in range(1, YEARS_SHOWN)}
    own: dict[str, list[Written]] = {code: [] for code in DEPARTMENTS}
    for row in rows:
        indicator, period, split, code = row[:4]
        shown = period[:4] == year if split.startswith("department") else False
        shown |= period[:4] in beside and (indicator, split) == ("I01", "department")
        if shown and code in own:
            own[code].append(row)
    return {code: draft_tables.fingerprint(found) for code, found in own.items()}
