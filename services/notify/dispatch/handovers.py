"""A mandate changes hands → the calendar follows at once (dispatch/meetings), and one summary tells of everything else at 8:00."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from kit.postgres import Connection
from schemas.directory import MandateRecorded
from schemas.meetings import Addressee
from services.notify.dispatch.tellings import Telling, tell, tell_team
from services.notify.rules import handover, meeting_letters, wording
from services.notify.rules.handover import Estate, Term
from services.notify.rules.workdays import paris_day
from services.notify.store import handovers, people, tasks

PAGE: Final = "/coordination/passation"


async def recorded(connection: Connection, mandate: MandateRecorded, now: datetime) -> None:
    """Note that a summary is due, or that none is any more; meetings at the former structure's place are to be confirmed."""
    found = await handovers.term(connection, mandate.mandate_id)
    if found is None:
        return
    before = await handovers.before(connection, found)
    if not handover.is_handover(found, before, paris_day(now)):
        await handovers.drop(connection, mandate.mandate_id)
        return
    await handovers.note(connection, mandate.mandate_id, found, handover.due(found.starts_on, now))
    for meeting in (await estate(connection, found, now)).to_confirm:
        what = Telling(
            name=f"place:{meeting.meeting_id}:{mandate.mandate_id}", kind="PLACE_TO_CONFIRM", about=str(meeting.meeting_id),
            title=f"Lieu à reconfirmer : {meeting_letters.name_of(meeting)}, {wording.day(meeting.starts_at.date(), year=True)}, {meeting.place}",
            department=found.department, revision=meeting.revision,
        )  # fmt: skip
        await tell(connection, Addressee(department=found.department), what, now)
        await tell_team(connection, what, now)


async def due(connection: Connection, now: datetime) -> int:
    """Write the summaries that are due. Returns how many."""
    written = 0
    for mandate_id in await handovers.take_due(connection, now):
        found = await handovers.term(connection, mandate_id)
        if found is None:
            continue
        whole = await estate(connection, found, now)
        what = Telling(
            name=f"handover:{mandate_id}:{found.person_id}", kind="HANDOVER", about=f"passation:{mandate_id}",
            title=f"Passation : ce que vous reprenez au {wording.day(found.starts_on, year=True)}, {wording.department(found.department)}",
            letter=handover.letter(whole, f"{PAGE}?departement={found.department}", paris_day(now)), department=found.department,
        )  # fmt: skip
        await tell(connection, Addressee(person_id=UUID(found.person_id)), what, now)
        written += 1
    return written


async def ask_about_interims(connection: Connection, now: datetime) -> int:
    """Thirty days before the supposed end of an interim, and again on it: the team is asked, by mail and in its inbox."""
    asked, today = 0, paris_day(now)
    for mandate_id, found, name in await handovers.interims(connection):
        if not handover.interim_is_due(found, today) or found.supposed_end is None:
            continue
        when = "end" if found.supposed_end <= today else "ahead"
        what = Telling(
            name=f"interim:{mandate_id}:{found.supposed_end}:{when}", kind="INTERIM", about=f"mandat:{mandate_id}",
            title=f"Intérim à confirmer, {wording.department(found.department)} : retour, prolonger ou vacance ?",
            letter=handover.interim_letter(found, name, f"/annuaire/mandats/{mandate_id}"), department=found.department,
            page=f"/annuaire/mandats/{mandate_id}",
        )  # fmt: skip
        await tell_team(connection, what, now)
        for person in await people.team(connection):
            await tell(connection, Addressee(person_id=person), what, now, mail_only=True)
        asked += 1
    return asked


async def estate(connection: Connection, found: Term, now: datetime) -> Estate:
    """What the holder of this mandate takes over, as it stands now."""
    before, today = await handovers.before(connection, found), paris_day(now)
    coming = await handovers.meetings_from(connection, found.department, max(found.starts_on, today), now)
    moves = before is not None and before.structure_siret != found.structure_siret
    return Estate(
        term=found,
        before=before,
        meetings=tuple(coming),
        to_confirm=tuple(
            m for m in coming if before and moves and handover.at_the_place_of(m, before.structure_siret, before.structure_name)
        ),
        actions=tuple(await tasks.open_actions(connection, found.department)),
        filings=await handovers.open_filings(connection, found.department),
        diagnostic=await tasks.diagnostic_of(connection, found.department),
        answers=await tasks.answers_to_confirm(connection, found.department),
    )


async def of_department(connection: Connection, department: str, today: date, now: datetime) -> Estate | None:
    """The file of a department: of the mandate of today, or of the one that begins within fourteen days."""
    found = await handovers.running(connection, department, today, today + handover.AHEAD)
    return await estate(connection, found[1], now) if found else None


async def may_read(connection: Connection, person: UUID, department: str, today: date) -> bool:
    """A successor from fourteen days before the first day, a predecessor for thirty days after the last."""
    return await handovers.may_read(connection, person, department, today - handover.BEHIND, today + handover.AHEAD)


async def department_ahead(connection: Connection, person: UUID | None, today: date) -> str:
    return await handovers.department_ahead(connection, person, today, today + handover.AHEAD) if person else ""
