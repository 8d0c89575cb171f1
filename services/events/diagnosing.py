"""Send, answer, hand in and read a diagnostic form: rules, rows and announcements in one transaction each. Pages and API call the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from kit import outbox, registry
from kit.errors import LineError, Refused
from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from schemas.meetings import DiagnosticProgressed, DiagnosticRequested, DiagnosticReviewed, DiagnosticSubmitted
from schemas.vocabulary.places import DEPARTMENTS
from services.events import access
from services.events.organising import today
from services.events.rules.diagnostic import answers as rules
from services.events.rules.diagnostic.answers import NOTHING, Answer
from services.events.rules.diagnostic.questions import Question, Sections, all_of, check, with_keys
from services.events.settings import PROGRESS_TOLD_EVERY, TASKS_EVERY_S
from services.events.store import diagnostics, figures, questions
from services.events.store.diagnostics import Form
from services.events.store.figures import Figures

OBSERVATORY = "observatoire"
ANNUAIRE = "annuaire"


@dataclass(frozen=True)
class Filled:
    """A form with its questions and everything that is in it; prefilled answers have revision 0."""

    form: Form
    sections: Sections
    answers: Mapping[str, Answer]
    prefilled: Mapping[str, Answer]
    """What the annuaire and the observatory say today, whether somebody wrote another answer or not."""

    @property
    def progress(self) -> int:
        return rules.progress(self.sections, self.answers)

    def shown(self, key: str) -> str:
        question = all_of(self.sections).get(key)
        return rules.shown(question, self.answers.get(key, NOTHING).value) if question else ""


class Conflict(Exception):
    """Somebody saved the same answer meanwhile: both values, for the writer to choose."""

    def __init__(self, question: Question, mine: str, theirs: Answer) -> None:
        super().__init__(question.key)
        self.question, self.mine, self.theirs = question, mine, theirs


def writer(caller: Caller, department: str) -> None:
    """Raises 401, 403: a form is its coordination's and the team's."""
    if department not in DEPARTMENTS:
        raise unknown_department(department)
    access.organiser(caller, department)


def unknown_department(department: str) -> Problem:
    return Problem(
        404, "UNKNOWN_DEPARTMENT", "Ce département n’est pas en Île-de-France", f"« {department[:10]} » : 75, 77, 78 ou 91 à 95 attendu."
    )


def year_of(text: str) -> int:
    """Raises a 404 problem for what is no year."""
    if not (text.isascii() and text.isdigit() and len(text) == 4 and 2000 <= int(text) <= 2100):
        raise Problem(404, "UNKNOWN_YEAR", "Cette année n’existe pas", f"« {text[:10]} » : une année à quatre chiffres est attendue.")
    return int(text)


async def send(runtime: Runtime, caller: Caller, year: int, answer_by: date) -> int:
    """To every coordination that has not got it yet; returns to how many. Raises Refused for a deadline that is no deadline."""
    caller.require("team")
    now = today(runtime)
    if not now <= answer_by <= now + timedelta(days=366) or abs(year - now.year) > 1:
        message = "La réponse est attendue entre aujourd’hui et dans un an, pour l’année en cours, la précédente ou la suivante."
        raise Refused([LineError(column="answer_by", code="DATE", value=answer_by.isoformat(), message=message)], code="DIAGNOSTIC_REFUSED")
    sent = 0
    async with runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('diagnostic questions'), $1)", year)
        version, sections = await questions.last(connection, year)
        if version == 0:
            version = await questions.write(connection, year, 0, sections, by=caller.id, now=runtime.clock())
        for department in DEPARTMENTS:
            sent += await diagnostics.send(connection, year, department, version, answer_by, now=runtime.clock()) is not None
    runtime.wake_relay()
    return sent


async def remind(runtime: Runtime, caller: Caller, year: int, department: str) -> None:
    """The team asks again. Raises 409 when nothing is missing."""
    caller.require("team")
    async with runtime.pool.acquire() as connection, connection.transaction():
        form = await diagnostics.locked(connection, year, department)
        if not form.open:
            raise _not_open(form)
        filled = await _filled(runtime, connection, form)
        form = await diagnostics.told(connection, form, filled.progress, now=runtime.clock(), reminded=True)
        told = DiagnosticRequested(**form.told(filled.progress), occurred_at=runtime.clock(), reminder=True)
        await outbox.add(connection, told)
    runtime.wake_relay()


async def write_questions(runtime: Runtime, caller: Caller, year: int, version: int, sections: Sections) -> int:
    """A new version of the year's questions. Raises Refused, 412, 409 once the form is sent."""
    caller.require("team")
    wanted = with_keys(sections)
    check(wanted)
    async with runtime.pool.acquire() as connection, connection.transaction():
        return await questions.write(connection, year, version, wanted, by=caller.id, now=runtime.clock())


async def filled(runtime: Runtime, year: int, department: str) -> Filled:
    """Raises a 404 problem for a form that was not sent."""
    async with runtime.pool.acquire() as connection:
        return await _filled(runtime, connection, await diagnostics.get(connection, year, department))


async def all_filled(runtime: Runtime, year: int) -> list[Filled]:
    """The forms of a year in the order of the departments."""
    async with runtime.pool.acquire() as connection:
        return [await _filled(runtime, connection, form) for form in await diagnostics.of_year(connection, year)]


async def answer(
    runtime: Runtime, caller: Caller, where: tuple[int, str], key: str, typed: str, revision: int, editor: UUID | None = None
) -> Answer:
    """Save one answer that was read at `revision`. Raises Refused, Conflict, 404, 409 when the form is handed in.

    The same value again changes nothing. What one opened page (`editor`) wrote never contradicts itself: its requests may overtake each other,
    and of a whole form sent at once the fields that nobody touched are as they were read.
    """
    writer(caller, where[1])
    async with runtime.pool.acquire() as connection, connection.transaction():
        form = await diagnostics.locked(connection, *where)
        if not form.open:
            raise _not_open(form)
        question = all_of(await questions.of_version(connection, form.year, form.version)).get(key)
        if question is None:
            raise Problem(404, "UNKNOWN_QUESTION", "Cette question n’existe pas", f"« {key[:60]} » n’est pas dans la fiche {form.year}.")
        value = rules.read(question, typed)
        present = await diagnostics.present(connection, form.diagnostic_id, key)
        standing = present if present.revision else await _prefill_of(runtime, connection, form, question)
        if value == standing.value:
            return standing
        if present.revision != revision:
            if editor is not None and value == await _read_then(runtime, connection, form, question, revision):
                return present
            others = await diagnostics.since(connection, form.diagnostic_id, key, revision)
            if revision > present.revision or editor is None or any(later.editor != editor for later in others):
                raise Conflict(question, value, present)
        saved = Answer(value, present.revision, caller.id, caller.name, runtime.clock(), editor)
        return await diagnostics.save(connection, form.diagnostic_id, key, saved)


async def submit(runtime: Runtime, caller: Caller, year: int, department: str) -> Form:
    """Hand the form to the team; what was filled in beforehand stands from now on. Doing it twice changes nothing."""
    writer(caller, department)
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        form = await diagnostics.locked(connection, year, department)
        if not form.open:
            return form
        found = await _filled(runtime, connection, form)
        for key, given in found.answers.items():
            if given.prefilled and given.value:
                kept = Answer(given.value, 0, given.by, given.by_name, now)
                await diagnostics.save(connection, form.diagnostic_id, key, kept)
        form = await diagnostics.step(connection, form, "SUBMITTED", by=caller.name, now=now)
        told = DiagnosticSubmitted(**form.told(found.progress), occurred_at=now, submitted_by=caller.person, submitted_at=now)
        await outbox.add(connection, told)
    runtime.wake_relay()
    return form


async def review(runtime: Runtime, caller: Caller, year: int, department: str, comment: str | None) -> Form:
    """The team has read it. Raises 409 for a form that was not handed in."""
    caller.require("team")
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        form = await diagnostics.locked(connection, year, department)
        if form.open:
            raise Problem(
                409, "NOT_SUBMITTED", "Cette fiche n’est pas encore transmise", "Relancez la coordination, ou remplissez-la avec elle."
            )
        if form.state == "REVIEWED" and form.comment == comment:
            return form
        found = await _filled(runtime, connection, form)
        form = await diagnostics.step(connection, form, "REVIEWED", by=caller.name, now=now, comment=comment)
        await outbox.add(connection, DiagnosticReviewed(**form.told(found.progress), occurred_at=now, comment=comment))
    runtime.wake_relay()
    return form


async def reopen(runtime: Runtime, caller: Caller, year: int, department: str, comment: str | None = None) -> Form:
    """Back to its coordination: by the team with a letter, by the coordination itself as long as nobody has read it."""
    writer(caller, department)
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        form = await diagnostics.locked(connection, year, department)
        if form.open:
            return form
        if form.state == "REVIEWED" and not caller.has("team"):
            raise Problem(409, "REVIEWED", "Cette fiche est déjà relue", "Demandez à l’équipe de la rouvrir.")
        found = await _filled(runtime, connection, form)
        form = await diagnostics.step(connection, form, "TO_FILL", by=caller.name, now=now, comment=comment)
        fields = {**form.told(found.progress), "occurred_at": now}
        await outbox.add(connection, DiagnosticRequested(**fields, reminder=True) if caller.has("team") else DiagnosticProgressed(**fields))
    runtime.wake_relay()
    return form


async def tell_progress(runtime: Runtime) -> None:
    """A long task: how far each form is, at most every ten minutes while somebody writes."""
    while True:
        if await tell_progress_once(runtime):
            runtime.wake_relay()
        await asyncio.sleep(TASKS_EVERY_S)


async def tell_progress_once(runtime: Runtime) -> int:
    """Returns how many forms were told of."""
    now, told = runtime.clock(), 0
    async with runtime.pool.acquire() as connection:
        for year, department, before in await diagnostics.written_since_told(connection, now - PROGRESS_TOLD_EVERY):
            async with connection.transaction():
                form = await diagnostics.locked(connection, year, department)
                progress = (await _filled(runtime, connection, form)).progress
                if form.open:
                    form = await diagnostics.told(connection, form, progress, now=now)
                    if progress != before:
                        await outbox.add(connection, DiagnosticProgressed(**form.told(progress), occurred_at=now))
                        told += 1
    return told


async def last_years_answers(runtime: Runtime, form: Form) -> Mapping[str, str]:
    """What the same department answered to the same questions the year before, as people read it."""
    try:
        before = await filled(runtime, form.year - 1, form.department)
    except Problem:
        return {}
    return {key: text for key in all_of(before.sections) if (text := before.shown(key))}


async def _filled(runtime: Runtime, connection: Connection, form: Form) -> Filled:
    sections = await questions.of_version(connection, form.year, form.version)
    before = await _prefilled(runtime, connection, form, all_of(sections).values())
    written = await diagnostics.answers(connection, form.diagnostic_id)
    return Filled(form, sections, {**(before if form.open else {}), **written}, before)


async def _read_then(runtime: Runtime, connection: Connection, form: Form, question: Question, revision: int) -> str | None:
    """The value that stood in the field at that revision."""
    if revision == 0:
        return (await _prefill_of(runtime, connection, form, question)).value
    past = await diagnostics.history(connection, form.diagnostic_id, question.key)
    return next((answer.value for answer in past if answer.revision == revision), None)


async def _prefill_of(runtime: Runtime, connection: Connection, form: Form, question: Question) -> Answer:
    return (await _prefilled(runtime, connection, form, (question,))).get(question.key, NOTHING)


async def _prefilled(runtime: Runtime, connection: Connection, form: Form, asked: Iterable[Question]) -> dict[str, Answer]:
    wanted = {question.key: question.prefill for question in asked if question.prefill}
    known = _from_figures((await figures.of_year(connection, form.year - 1)).get(form.department))
    holder = await registry.holder_on(connection, form.department, today(runtime))
    if holder is not None:
        name = " ".join(part for part in (holder.first_name, holder.name) if part)
        contact = "\n".join(part for part in (f"Coordination : {name}" if name else "", holder.email or "") if part)
        known["structure"] = Answer(" ".join(holder.structure_name.split()), 0, ANNUAIRE, "annuaire", None)
        known["coordinator"] = Answer(contact, 0, ANNUAIRE, "annuaire", None)
    return {key: known[prefill] for key, prefill in wanted.items() if prefill in known and known[prefill].value}


def _from_figures(found: Figures | None) -> dict[str, Answer]:
    """Figures of year − 1 as answers: hours = centi-hours / 100."""
    if found is None:
        return {}
    values: dict[str, Decimal] = {
        "hours": Decimal(found.centihours) / 100, "persons": Decimal(found.persons), "women": Decimal(found.women),
        "contracts": Decimal(found.contracts), "fte": found.fte,
    }  # fmt: skip
    return {name: Answer(f"{value.normalize():f}", 0, OBSERVATORY, "observatoire", found.moved_at) for name, value in values.items()}


def _not_open(form: Form) -> Problem:
    return Problem(409, "NOT_OPEN", f"Cette fiche est {rules.STATES[form.state]}", "Elle ne se modifie plus ; rouvrez-la d’abord.")
