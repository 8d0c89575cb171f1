"""« /declarer/D-…/corriger » and « /versions »: other hours for some lines, the difference between two versions, an earlier one again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter

from kit import digits
from kit.errors import LineError, Refused
from kit.postgres import Connection
from kit.preconditions import stale
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.filters import plural
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.vocabulary.reasons import REASONS
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.pages.receipts import shown_filing
from services.ingest.pages.wording import employer_said, employers_in
from services.ingest.routes.declarations import unknown
from services.ingest.rules.declared import LineValue
from services.ingest.rules.differences import Change, what_changed
from services.ingest.rules.durations import MONTH_LIMIT, NoHours, centihours_of, french_hours
from services.ingest.rules.spans import spanned
from services.ingest.rules.times import french_period
from services.ingest.store import filings, versions
from services.ingest.store.differences import ended_by
from services.ingest.store.filings import Filing, Receipt, committed
from services.ingest.store.parked import parked_of

router = APIRouter(include_in_schema=False)
EDITED: Final = 200
"""Lines that the page can correct; a longer filing is corrected by its file."""
_CONTENT: Final = TypeAdapter(LineValue)
Revise = Callable[[Connection, str, int, Filing, datetime], Awaitable[Receipt]]


@router.get("/declarer/{number}/corriger")
async def begin(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    return await _page(request, runtime, await _own(runtime, caller, number))


@router.post("/declarer/{number}/corriger")
async def correct(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """Other hours, or lines taken out, under one of the four reasons; what was not touched stays as it is."""
    declarant = declarant_of(caller)
    found = await _own(runtime, caller, number)
    typed = await forms.fields(request)
    if _expected(typed) != found["filing"]["revision"]:
        raise stale(
            f"La déclaration {number} en est à la version {found['filing']['revision']} : relisez-la, puis recommencez votre correction."
        )
    async with runtime.pool.acquire() as connection:
        present = await versions.values_of(connection, number, found["filing"]["revision"])
    kept, errors = _changed(present, typed)
    if typed.get("reason") not in REASONS:
        errors.append(LineError(column="reason", code="REASON", message="Choisissez le motif de la correction."))
    if not errors and kept == present:
        errors.append(
            LineError(column="reason", code="SAME", message="Rien n’a changé : modifiez des heures, ou revenez à la déclaration.")
        )
    if not errors and not kept:
        errors.append(LineError(column="reason", code="EMPTY", message="Il ne resterait aucune ligne : retirez plutôt la déclaration."))
    if errors:
        return await _page(request, runtime, found, errors, typed, status_code=422)
    async with runtime.pool.acquire() as connection:
        aside = await parked_of(connection, number, found["filing"]["revision"])
    period = spanned([value.period for value in kept])
    filing = Filing(declarant, caller.id, "form", kept, period=period, reason=typed["reason"], parked=aside)
    return await _corrected(runtime, number, _expected(typed), filing)


@router.get("/declarer/{number}/versions")
async def compare(
    request: Request, runtime: RuntimeDep, caller: CallerDep, number: str,
    de: Annotated[int | None, Query(ge=1, le=10_000)] = None, a: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> Response:  # fmt: skip
    """The lines that differ between two versions (the last two), for everybody who may read the filing."""
    found = await shown_filing(runtime, caller, number)
    last = found["filing"]["revision"]
    first, second = de or max(1, last - 1), a or last
    if max(first, second) > last:
        raise Problem(422, "REVISION", "Cette version n’existe pas", f"La déclaration {number} a {last} version{'s' if last > 1 else ''}.")
    async with runtime.pool.acquire() as connection:
        moves = [_read(move) for move in await versions.moves_of(connection, number, first, second)]
        read = [value for move in moves if move["differs"] for value in move["read"].values()]
        numbers = await versions.contract_numbers(connection, read)
        known = await employers_in(connection, read)
    names = {**known, **{str(uid): number for uid, number in numbers.items()}}
    differing = [_move(move, names, own=found["own"]) for move in moves if move["differs"]]
    return page(
        request, "declarer_versions.html", **found, first=first, second=second, moves=differing, same=len(moves) - len(differing),
        moved=sum((move["after"] or 0) - (move["before"] or 0) for move in differing),
    )  # fmt: skip


@router.post("/declarer/{number}/versions")
async def restore(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """An earlier version again, as a new one: nothing of the history goes, no row set aside is forgotten, and a filing that was withdrawn
    counts again, with the lines that it ended."""
    declarant = declarant_of(caller)
    found = await _own(runtime, caller, number, withdrawn=True)
    typed = await forms.fields(request)
    revision = digits.whole(typed.get("version", "")) or 0
    last = found["filing"]["revision"]
    withdrawn = found["filing"]["state"] == "withdrawn"
    async with runtime.pool.acquire() as connection:
        values = await versions.values_of(connection, number, revision) if 0 < revision < last else []
        aside = await parked_of(connection, number, last - 1 if withdrawn else last)
        ended = await ended_by(connection, number, last - 1) if withdrawn else []
    if errors := _of_restoring(typed, last, found=bool(values)):
        raise Refused(errors, code="RESTORE", title="Cette version ne peut pas être rétablie ainsi")
    period = spanned([value.period for value in values])
    filing = Filing(declarant, caller.id, "form", values, period=period, reason=typed["reason"], parked=aside, ended=ended)
    return await _corrected(runtime, number, _expected(typed), filing, filings.restore)


def _of_restoring(typed: Mapping[str, str], last: int, *, found: bool) -> list[LineError]:
    errors = []
    if not found:
        said = typed.get("version", "")
        message = f"Choisissez une version antérieure qui a des lignes, de 1 à {last - 1}."
        errors.append(LineError(column="version", code="VERSION", value=said[:40] or None, message=message, example=str(last - 1)))
    if (reason := typed.get("reason", "")) not in REASONS:
        message = f"Choisissez un motif : {', '.join(REASONS.values())}."
        errors.append(LineError(column="reason", code="REASON", value=reason[:40] or None, message=message))
    return errors


async def _corrected(runtime: Runtime, number: str, expected: int, filing: Filing, revise: Revise = filings.correct) -> Response:
    async def work(connection: Connection) -> Receipt:
        return await revise(connection, number, expected, filing, runtime.clock())

    await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/{number}/versions", 303)


async def _own(runtime: Runtime, caller: CallerDep, number: str, *, withdrawn: bool = False) -> dict[str, Any]:
    """The filing, which is the caller's and stands. Raises a 404 problem, or 409 for one that was withdrawn, unless those may be too."""
    found = await shown_filing(runtime, caller, number)
    if not found["own"]:
        raise unknown(number)
    if found["filing"]["state"] == "withdrawn" and not withdrawn:
        raise Problem(
            409, "WITHDRAWN", "Cette déclaration est retirée", "Rétablissez une de ses versions, ou envoyez une nouvelle déclaration."
        )
    return found


def _changed(present: Sequence[LineValue], typed: Mapping[str, str]) -> tuple[list[LineValue], list[LineError]]:
    """The lines with what was typed for them (`hours.LINE_ID`, `out.LINE_ID`), and what cannot be taken."""
    kept, errors = [], []
    for value in present:
        if typed.get(f"out.{value.line_id}") == "oui":
            continue
        text = typed.get(f"hours.{value.line_id}")
        if text is None:
            kept.append(value)
            continue
        try:
            hours = centihours_of(text)
        except NoHours as wrong:
            errors.append(_error(value, "V09", text, f"nous avons lu « {text[:40]} » ; {wrong}."))
            continue
        if value.person and value.period.grain == "month" and hours > MONTH_LIMIT and hours != value.centihours:
            errors.append(
                _error(value, "V08", text, f"{french_hours(hours)} heures pour une personne en un mois ; un mois compte au plus 213 h.")
            )
        kept.append(value if hours == value.centihours else replace(value, centihours=hours, centihours_cumulated=None))
    return kept, errors


def _error(value: LineValue, code: str, text: str, sentence: str) -> LineError:
    return LineError(
        column=f"hours.{value.line_id}",
        code=code,
        value=text[:40],
        message=f"Ligne {value.line} : {sentence}",
        example="151,67",
    )


async def _page(
    request: Request, runtime: Runtime, found: Mapping[str, Any], errors: Sequence[LineError] = (), typed: Mapping[str, str] | None = None,
    *, status_code: int = 200,
) -> Response:  # fmt: skip
    async with runtime.pool.acquire() as connection:
        values = await versions.values_of(connection, found["filing"]["number"], found["filing"]["revision"])
        numbers = await versions.contract_numbers(connection, values)
        elsewhere = await versions.counted_elsewhere(connection, found["filing"]["number"], found["filing"]["revision"])
        known = await employers_in(connection, values[:EDITED])
    rows = [{**_row(value, numbers, known), "since": _since(value, elsewhere)} for value in values[:EDITED]]
    return page(
        request, "declarer_corriger.html", status_code=status_code, **found, rows=rows, typed=typed or {}, errors=forms.by_field(errors),
        more=max(0, len(values) - EDITED),
    )  # fmt: skip


def _row(value: LineValue, numbers: Mapping[UUID, str], known: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": value.line_id, "line": value.line, "contract": numbers.get(value.contract_uid, "–"), "period": french_period(value.period),
        "employer": employer_said(value.employer_name, value.employer_siret, known), "hours": french_hours(value.centihours), "department": value.department,
        "who": plural(value.group.persons, "personne") if value.group else "1 personne" if value.person else "–",
    }  # fmt: skip


def _since(value: LineValue, elsewhere: Mapping[UUID, tuple[str, int] | None]) -> dict[str, str] | None:
    """The filing that says the line since, with its hours; no number where one has ended it. None for a line that stands as it is here."""
    if value.line_id not in elsewhere:
        return None
    number, hours = elsewhere[value.line_id] or ("", 0)
    return {"number": number, "hours": french_hours(hours)}


def _read(move: Mapping[str, Any]) -> dict[str, Any]:
    """With the line as both versions say it, where it differs."""
    return {**move, "read": {side: _CONTENT.validate_json(move[side]) for side in ("earlier", "later") if move[side] and move["differs"]}}


def _move(move: Mapping[str, Any], names: Mapping[str, str], *, own: bool) -> dict[str, Any]:
    """A line that differs; `otherwise` is what does besides the hours, where it is in both versions."""
    read = move["read"]
    value = read.get("later") or read["earlier"]
    changes = what_changed(Change(read["earlier"], value), names, persons=own)[move["before"] != move["after"] :] if len(read) == 2 else []
    otherwise = [f"{label} : {before} → {after}" if before or after else f"{label} : modifié" for label, before, after in changes]
    return {
        **move,
        "period": french_period(value.period),
        "employer": employer_said(value.employer_name, value.employer_siret, names),
        "otherwise": otherwise,
    }


def _expected(typed: Mapping[str, str]) -> int:
    revision = digits.whole(typed.get("revision", ""))
    return -1 if revision is None else revision
