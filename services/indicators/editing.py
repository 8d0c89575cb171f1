"""What the team and the coordinations do with an edition: load, decide by the rules, keep, announce; pages and API both call this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from kit import outbox
from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from schemas.identifiers import uuid7
from schemas.indicators import EditionAbandoned, EditionReviewOpened
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.indicators.catalogue import themes
from services.indicators.panorama import figures
from services.indicators.panorama.sheet import sheet
from services.indicators.panorama.source import of_draft
from services.indicators.release import editions as releases
from services.indicators.release.editions import Composed, checks_of, known
from services.indicators.rules import editions as rules
from services.indicators.rules import reviews as coordinations
from services.indicators.rules.editions import Draft, Edition
from services.indicators.rules.reviews import Comment, Now, Review
from services.indicators.store import abandoned, drafts, editions, studies


def today(runtime: Runtime) -> date:
    """Deadlines are days in Paris."""
    return runtime.clock().astimezone(PARIS).date()


async def create(runtime: Runtime, caller: Caller, fields: Mapping[str, object]) -> Edition:
    """Raises Refused."""
    plan = rules.planned(fields, today(runtime))
    async with runtime.pool.acquire() as connection, connection.transaction():
        return await editions.create(connection, plan, today(runtime), named(caller), runtime.clock())


async def replan(runtime: Runtime, number: str, fields: Mapping[str, object]) -> Edition:
    """Raises Refused once it is validated or when another year would make the draft another one."""
    plan = rules.planned(fields, today(runtime))
    async with runtime.pool.acquire() as connection, connection.transaction():
        edition = await known(connection, number, lock=True)
        rules.may_change(edition)
        if edition.state == "VALIDATED" or (edition.draft and plan.year != edition.plan.year):
            title = "Cette édition ne peut plus être modifiée ainsi"
            detail = f"Elle est : {rules.STATES[edition.state]}. L’année ne change plus après la première épreuve."
            raise Refused(code="PLAN_FIXED", title=title, detail=detail, status=409)
        await editions.replan(connection, number, plan)
        return await known(connection, number)


async def analyse(runtime: Runtime, caller: Caller, number: str, theme: str, text: str) -> str:
    """What the network makes of a theme, in the edition's study. Raises a 404 problem for an unknown theme, Refused by the rules."""
    if theme not in themes.BY_SLUG:
        raise Problem(404, "UNKNOWN_THEME", "Ce thème n’existe pas", f"Thèmes : {', '.join(themes.BY_SLUG)}.")
    async with runtime.pool.acquire() as connection, connection.transaction():
        said = rules.analysed(await known(connection, number, lock=True), text)
        await studies.write(connection, number, theme, said, named(caller), runtime.clock())
    return said


async def compose(runtime: Runtime, number: str, after: int | None = None) -> Composed:
    """A new draft; what it does not bear out of the answers given is asked again. `after`: the newest that the team has before it. Raises
    NotPublished and Refused."""
    made = await releases.compose(runtime, number, after)
    await _hold_answers(runtime, number)
    return made


async def _hold_answers(runtime: Runtime, number: str) -> Edition:
    """Hold every answer against the newest draft, and ask again for those that are not true of it. The edition that they were held against."""
    async with runtime.pool.acquire() as connection:
        edition = await known(connection, number)
        comments = [one for one in await editions.comments(connection, number) if one.outcome]
    found = coordinations.reopened(edition, comments, await now_printed(runtime, edition, comments))
    if found:
        async with runtime.pool.acquire() as connection:
            await editions.reopen(connection, found)
    return edition


async def open_review(runtime: Runtime, number: str, deadline: date) -> Edition:
    """Ask the coordinations; the announcement goes out with the state. Raises Refused."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        edition = rules.opened(await known(connection, number, lock=True), deadline, today(runtime))
        await editions.keep(connection, edition)
        await editions.stamp(connection, number, "opened", runtime.clock())
        asked = EditionReviewOpened(
            edition=number, title=edition.plan.title, year=edition.plan.year, draft=edition.draft, departments=tuple(DEPARTMENTS),
            deadline=deadline, path=f"/pilotage/editions/{number}/relecture",
        )  # fmt: skip
        await outbox.add(connection, asked)
    runtime.wake_relay()
    return edition


async def comment(
    runtime: Runtime, caller: Caller, number: str, department: str, figure: str, kind: str, text: str, seen: int | None = None
) -> Comment:  # fmt: skip
    """`seen`: the draft that the coordination has before it, None: the newest. Raises a 403 problem for a department that is not the caller's,
    422 for a figure that is not on its sheet, Refused by the rules."""
    own(caller, department)
    async with runtime.pool.acquire() as connection:
        edition = await known(connection, number)
    printed = "" if figure == figures.SHEET or not edition.draft else await _printed(runtime, edition, department, figure)
    async with runtime.pool.acquire() as connection, connection.transaction():
        edition = await known(connection, number, lock=True)
        made = Comment(
            uuid7(), department, figure, printed, kind, text, named(caller), runtime.clock(), edition.draft  # type: ignore[arg-type]
        )  # fmt: skip
        made = coordinations.said(edition, made, today(runtime))
        await _still_read(connection, edition, department, seen)
        made = await editions.comment(connection, number, made)
        await editions.seen(connection, number, department, runtime.clock())
    return made


async def _still_read(connection: Connection, edition: Edition, department: str, seen: int | None) -> Draft:
    """The newest draft. Raises a 404 problem before the first, Refused (409) when its sheet is not the one that was seen."""
    newest = await drafts.one(connection, edition.number, edition.draft)
    if newest is None:
        raise Problem(404, "NO_DRAFT", "Aucune épreuve n’est composée")
    if seen is not None and seen != edition.draft:
        coordinations.read_today(newest, await drafts.one(connection, edition.number, seen), department)
    return newest


async def _printed(runtime: Runtime, edition: Edition, department: str, figure: str) -> str:
    """The figure as the sheet prints it. Raises Refused for one that is not there."""
    source = await of_draft(runtime, edition.number, edition.draft)
    value = sheet(source, await source.tables(), department).value_of(figure)
    if value is None:
        example = figures.ref_of("I01", source.year, "department", department)
        message = f"« {figure[:60]} » n’est pas un chiffre de cette fiche"
        error = LineError(column="figure", value=figure[:60], code="FIGURE", message=message, example=example)
        raise Refused([error], code="UNKNOWN_FIGURE", title="Ce chiffre n’est pas sur la fiche")
    return value


async def answer(runtime: Runtime, caller: Caller, number: str, comment_id: UUID, outcome: str, text: str) -> Comment:
    """Raises a 404 problem for an unknown comment, Refused by the rules."""
    async with runtime.pool.acquire() as connection:
        edition = await known(connection, number)
        found = _one(await editions.comments(connection, number), comment_id, number)
    now = (await now_printed(runtime, edition, [found])).get(comment_id)
    async with runtime.pool.acquire() as connection, connection.transaction():
        latest = await known(connection, number, lock=True)
        _same_draft(latest, edition)
        found = _one(await editions.comments(connection, number), comment_id, number)
        made = coordinations.answered(latest, found, outcome, text, named(caller), runtime.clock(), now)
        await editions.answer(connection, made)
    return made


def _same_draft(latest: Edition, read: Edition) -> None:
    """Raises Refused (409) when another draft came between what was read and now."""
    if latest.draft != read.draft:
        title = "Une nouvelle épreuve vient d’être composée"
        raise Refused(code="NEWER_DRAFT", title=title, detail="Relisez-la, puis recommencez.", status=409)


def _one(comments: Sequence[Comment], comment_id: UUID, number: str) -> Comment:
    found = next((one for one in comments if one.id == comment_id), None)
    if found is None:
        raise Problem(404, "UNKNOWN_COMMENT", "Cette remarque n’existe pas", f"Dans l’édition {number}.")
    return found


async def now_printed(runtime: Runtime, edition: Edition, comments: Sequence[Comment]) -> dict[UUID, Now]:
    """What the newest draft prints of the figures that comments are about; of comments on a whole sheet nothing."""
    about = [one for one in comments if one.figure != figures.SHEET]
    if not about or not edition.draft or edition.state in {"PUBLISHED", "ABANDONED"}:
        return {}
    source = await of_draft(runtime, edition.number, edition.draft)
    tables = await source.tables()
    sheets = {department: sheet(source, tables, department) for department in {one.department for one in about}}
    return {one.id: coordinations.now(one.printed, sheets[one.department].value_of(one.figure)) for one in about}


async def agree(runtime: Runtime, caller: Caller, number: str, department: str, seen: int | None = None) -> Review:
    """`seen` as for a comment. Raises a 403 problem for a department that is not the caller's, Refused by the rules."""
    own(caller, department)
    async with runtime.pool.acquire() as connection, connection.transaction():
        edition = await known(connection, number, lock=True)
        coordinations.may_speak(edition, today(runtime))
        draft = await _still_read(connection, edition, department, seen)
        reviews = {review.department: review for review in await editions.reviews(connection, number)}
        comments = await editions.comments(connection, number)
        made = coordinations.agreed(
            edition, draft, reviews.get(department, Review(department)), comments, named(caller), runtime.clock(), today(runtime)
        )
        await editions.agree(connection, number, made)
    return made


async def validate(runtime: Runtime, caller: Caller, number: str, minutes: str) -> Edition:
    """Raises Refused with every check that is not met."""
    held = await _hold_answers(runtime, number)
    async with runtime.pool.acquire() as connection, connection.transaction():
        edition = await known(connection, number, lock=True)
        _same_draft(edition, held)
        found = await checks_of(connection, edition, today(runtime))
        made = rules.validated(edition, found, minutes)
        await editions.keep(connection, made)
        await editions.stamp(connection, number, "validated", runtime.clock(), named(caller))
    return made


async def abandon(runtime: Runtime, caller: Caller, number: str, reason: str) -> Edition:
    """Give it up; the coordinations that were asked are told with the state. Raises Refused."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        before = await known(connection, number, lock=True)
        made = rules.abandoned(before, reason)
        await abandoned.abandon(connection, made, runtime.clock(), named(caller))
        if before.deadline is not None:
            told = EditionAbandoned(
                edition=number, title=made.plan.title, year=made.plan.year, departments=tuple(DEPARTMENTS), reason=made.reason or "",
                path=f"/pilotage/editions/{number}/relecture",
            )  # fmt: skip
            await outbox.add(connection, told)
    runtime.wake_relay()
    return made


def own(caller: Caller, department: str) -> None:
    """Raises a 401 problem for nobody, 403 when the department is not the caller's: a coordination speaks for itself, the team for none."""
    caller.require("coordinator")
    if department not in caller.departments:
        raise Problem(403, "FOREIGN_SCOPE", "Ce département n’est pas le vôtre", f"Demandé : {department[:5]}.")


def named(caller: Caller) -> str:
    """Who did it, as the pages show it."""
    return caller.name or {"key": "clé d’API"}.get(caller.kind, "compte")
