"""« /declarer/recu/D-… » and « /declarer/D-… »: the receipt of a filing and its journey, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from kit import digits, registry
from kit.documents.typeset import pdf
from kit.errors import LineError
from kit.identity import Caller
from kit.postgres import Connection
from kit.service import Runtime
from kit.web import forms
from kit.web.filters import plural
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.periods import Period
from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.reasons import REASONS
from schemas.zones import PARIS
from services.ingest.access import declarant_of, scope_of
from services.ingest.acting import CallerDep
from services.ingest.pages.receipt_document import DOCUMENTS, receipt_data
from services.ingest.pages.wording import DOORS, employer_said, period_of_filing, state_today
from services.ingest.routes.declarations import unknown
from services.ingest.rules.coverage import complete_by
from services.ingest.rules.times import french_period
from services.ingest.store import filings, parked, questions, reading
from services.ingest.store.filings import Filing, Receipt, committed
from services.ingest.store.numbers import is_number

router = APIRouter(include_in_schema=False)
SHOWN_LINES: Final = 50
WATCHED: Final = timedelta(minutes=10)
"""After it a page that is left open asks no more."""


@router.get("/declarer/recu/{number}")
async def receipt(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """What the author keeps: number, time, lines, hours, and the fingerprint of what was sent."""
    return page(request, "declarer_recu.html", **await shown_filing(runtime, caller, number, lines=False))


@router.get("/declarer/recu/{number}/recu.pdf")
async def receipt_to_keep(runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """The receipt as a tagged PDF."""
    found = await shown_filing(runtime, caller, number, lines=False)
    content = await pdf(DOCUMENTS / "receipt.typ", receipt_data(found, fictional=runtime.settings.fictional))
    headers = {"Content-Disposition": f'inline; filename="recu-{number}.pdf"', "Cache-Control": "private, no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/declarer/{number}")
async def journey(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """How far a filing is. The part that changes asks again by itself where JavaScript runs; reloading does the same."""
    part = request.headers.get("HX-Request") == "true"
    found = await shown_filing(runtime, caller, number, lines=not part)
    if part:
        return page(request, "declarer_suivi.html", **found)
    return page(request, "declarer_declaration.html", errors={}, **found)


@router.post("/declarer/{number}/retirer")
async def withdraw(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """Take one's filing back: reason and revision come from the form, so that nobody withdraws what was corrected meanwhile."""
    declarant = declarant_of(caller)
    found = await shown_filing(runtime, caller, number)
    if not found["own"]:
        raise unknown(number)
    typed = await forms.fields(request)
    reason = typed.get("reason", "")
    if reason not in REASONS:
        error = LineError(column="reason", code="REASON", message="Choisissez le motif du retrait.")
        return page(request, "declarer_declaration.html", status_code=422, errors=forms.by_field([error]), **found)
    revision = digits.whole(typed.get("revision", ""))
    expected = -1 if revision is None else revision
    filing = Filing(declarant, caller.id, "form", (), reason=reason)

    async def work(connection: Connection) -> Receipt:
        return await filings.withdraw(connection, number, expected, filing, runtime.clock())

    await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/{number}", 303)


async def shown_filing(runtime: Runtime, caller: Caller, number: str, *, lines: bool = True) -> dict[str, Any]:
    """Everything that the receipt and the journey show of one filing, the first lines only where they are shown. Raises a 404 problem for
    one that the caller may not read."""
    scope = scope_of(caller)
    async with runtime.pool.acquire() as connection:
        found = await reading.filing(connection, number) if is_number(number) else None
        if found is None or not scope.covers(found["declarant_id"], found["all_departments"]):
            raise unknown(number)
        first = await _lines(connection, number, found["revision"]) if lines else []
        aside = await parked.parked_of(connection, number, found["revision"])
        asked = await questions.of_filing(connection, number)
        today = await reading.today(connection, number)
    label, tone = state_today(found["state"], today if found["counted_at"] and found["lines"] else None)
    return {
        "filing": found,
        "label": label,
        "tone": tone,
        "today": today,
        "period": period_of_filing(found["period"], found["lines"]),
        "door": DOORS.get(found["door"], found["door"]),
        "centihours": sum(part["centihours"] for part in found["departments"]),
        "steps": _steps(found),
        "counted_today": _day_of(found["counted_at"]) == _day_of(runtime.clock()),
        "under_way": runtime.clock() - found["received_at"] < WATCHED and (found["state"] == "received" or not _told(found)),
        "lines": first,
        "contracts": await _contracts(runtime, number, found["revision"]),
        "parked": aside[:SHOWN_LINES],
        "complete_by": complete_by(found["received_at"].astimezone(PARIS).date()),
        "reasons": list(REASONS.items()),
        "reason": REASONS.get(found["reason"] or "", found["reason"]),
        "questions": asked,
        "answering": {},
        "asks": caller.has("coordinator", "team"),
        "own": caller.has("declarant", "facilitator") and caller.organisation == found["declarant_id"],
    }


def _day_of(instant: datetime | None) -> date | None:
    return instant.astimezone(PARIS).date() if instant else None


def _steps(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The three steps of the present revision, each with its time or none."""
    at = {step["step"]: step["at"] for step in found["journey"] if step["revision"] == found["revision"]}
    return [("Reçue", at.get("received")), ("Comptée", at.get("counted")), ("Coordination prévenue", at.get("told"))]


def _told(found: Mapping[str, Any]) -> bool:
    return any(step["step"] == "told" and step["revision"] == found["revision"] for step in found["journey"])


async def _lines(connection: Connection, number: str, revision: int) -> list[dict[str, Any]]:
    """The first lines of the revision, as their author declared them."""
    rows = await connection.fetch(
        """
        with shown as (
            select line_id, number, contract_uid, line, department, centihours, content from line_values
            where number = $1 and filing_revision = $2 order by line limit $3
        )
        select v.line, v.department, v.centihours, v.content, c.number as contract, coalesce(l.announced, false) as counts,
            l.number is distinct from v.number as replaced
        from shown v join contracts c on c.uid = v.contract_uid left join lines l using (line_id) order by v.line
        """,
        number,
        revision,
        SHOWN_LINES,
    )
    contents = [json.loads(row["content"]) for row in rows]
    known = await registry.names_of(connection, filter(None, (content.get("employer_siret") for content in contents)))
    return [_line(dict(row), content, known) for row, content in zip(rows, contents, strict=True)]


def _line(row: dict[str, Any], content: dict[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    group = content.get("group")
    return {
        **row,
        "period": french_period(Period.model_validate(content["period"])),
        "employer": employer_said(content.get("employer_name"), content.get("employer_siret"), known),
        "modality": MODALITIES.get(content.get("modality") or "", "–"),
        "who": plural(group["persons"], "personne") if group else "1 personne" if content.get("person") else "–",
    }


async def _contracts(runtime: Runtime, number: str, revision: int) -> int:
    found: int = await runtime.pool.fetchval(
        """
        select coalesce(contracts,
            (select count(distinct contract_uid) from line_values v where v.number = r.number and v.filing_revision = r.revision))
        from filing_revisions r where number = $1 and revision = $2
        """,  # filings from before the column have none
        number,
        revision,
    )
    return found
