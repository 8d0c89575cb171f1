"""« /revisions » : what changed from one release to the next, by how much, and why."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.service import Runtime
from kit.typography import NBSP, THIN
from kit.web import filters
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages.tables import written
from services.indicators.release import revisions
from services.indicators.release.revisions import MAIN, Counts, Note, Revised
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.store import editions
from services.indicators.views import forms
from services.indicators.views.shelf import ANYWHERE, Kept, answer
from services.indicators.views.view import REGION, short, standing

router = APIRouter(include_in_schema=False)
SHOWN: Final = 12
LARGEST: Final = 60
LONGEST: Final = 1_000


@dataclass(frozen=True)
class Step:
    """A release beside the one before it (None: the first). `counts` only on the page of its own."""

    release: Published
    before: Published | None
    revised: list[Revised]
    notes: list[Note]
    counts: Counts | None = None

    @property
    def standing(self) -> str:
        return standing(self.release)

    @property
    def added(self) -> list[str]:
        return revisions.added(self.before, self.release) if self.before else []

    @property
    def grown(self) -> str | None:
        return revisions.completed(self.before, self.release) if self.before else None


@router.get("/revisions")
async def all_revisions(request: Request, runtime: RuntimeDep, _: CallerDep) -> Response:
    pool = public_pool(runtime)
    found = await revisions.releases(pool, SHOWN + 1)
    if not found:
        return page(request, "before_first_release.html")

    async def made() -> HTMLResponse:
        notes = await revisions.notes(pool)
        steps = []
        for place, release in enumerate(found[:SHOWN]):
            before = found[place + 1] if place + 1 < len(found) else None
            revised = await revisions.between(pool, before, release, MAIN) if before else []
            steps.append(Step(release, before, revised, notes.get(release.release, [])))
        corrigenda = await editions.every_corrigendum(pool)
        return page(request, "revisions.html", steps=steps, row=row, short=short, corrigenda=corrigenda)

    return await forms.public_page(request, runtime, f"all-revisions|{found[0].release}|{found[0].published_at}", made, seconds=60)


@router.get("/revisions/{name}")
async def one_release(request: Request, runtime: RuntimeDep, caller: CallerDep, name: str) -> Response:
    number, _, form = name.partition(".")
    if form not in {"", "csv"}:
        raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", "Formats : .csv.")
    release, before = await _two(runtime, number)
    pool = public_pool(runtime)
    if form:

        async def file() -> Kept:
            revised = await revisions.between(pool, before, release) if before else []
            headers = (*ANYWHERE.items(), ("Content-Disposition", f'attachment; filename="revisions-{number}.csv"'))
            return Kept(_csv(revised, release, before).encode(), "text/csv; charset=utf-8", headers)

        return answer(request, *await forms.shelf_of(runtime).get(f"revisions.csv|{number}|{release.published_at}", file))

    async def made() -> HTMLResponse:
        revised = await revisions.between(pool, before, release) if before else []
        counts = await revisions.counts(pool, before, release) if before else None
        step = Step(release, before, revised[:LARGEST], (await revisions.notes(pool)).get(number, []), counts)
        return page(request, "revision.html", step=step, row=row, short=short, may_say=caller.has("team"), longest=LONGEST)

    return await forms.public_page(request, runtime, f"revisions|{number}|{release.published_at}", made, seconds=60)


@router.post("/revisions/{number}/motif")
async def say_why(runtime: RuntimeDep, caller: CallerDep, number: str, motif: Annotated[str, Form()] = "") -> RedirectResponse:
    """The team says why the figures of a release changed. Kept for good, like the release."""
    caller.require("team")
    await _two(runtime, number)
    said = " ".join(motif.split())
    if not 1 <= len(said) <= LONGEST:
        message = "Écrivez pourquoi ces chiffres ont changé" if not said else f"Pas plus de {LONGEST} caractères (ici {len(said)})"
        example = "Un bailleur a corrigé ses heures du 3e trimestre, déclarées deux fois."
        raise Refused([LineError(column="motif", value=said[:40], code="LENGTH", message=message, example=example)], title="Motif refusé")
    async with runtime.pool.acquire() as connection:
        await revisions.say(connection, number, runtime.clock(), said)
    return RedirectResponse(f"/revisions/{number}", 303)


async def _two(runtime: Runtime, number: str) -> tuple[Published, Published | None]:
    """The release and the one before it. Raises a 404 problem."""
    found = await revisions.releases(public_pool(runtime), 10_000)
    place = next((place for place, one in enumerate(found) if one.release == number), None)
    if place is None:
        known = ", ".join(one.release for one in found[:8]) or "aucune"
        raise Problem(404, "NOT_PUBLISHED", f"La publication {number[:20]} n’existe pas", f"Les plus récentes : {known}.")
    return found[place], found[place + 1] if place + 1 < len(found) else None


def where(one: Revised) -> str:
    names = one.split.split(",") if one.split else []
    return ", ".join(BY_NAME[name].said(code) for name, code in zip(names, one.codes, strict=True)) or REGION


def row(one: Revised) -> tuple[str, str, str, str, str, str, str]:
    """(indicator, where, when, before, after, difference, in percent or points) as text."""
    share = BY_ID[one.indicator].unit == "%"
    before, after, by = _told_apart(one)
    by = f"{_signed(one.by)}{NBSP}pt" if share else f"{'+' if one.by > 0 else ''}{by}"
    relative = "" if share or one.share is None else f"{_signed(one.share * 100)}{THIN}%"
    return BY_ID[one.indicator].name, where(one), short(one.period), before, after, by, relative


def _told_apart(one: Revised) -> tuple[str, str, str]:
    """(before, after, difference) as figures are written; with all decimals that were published where they would read alike."""
    before, after, by = (written(one.indicator, value) for value in (one.before, one.after, one.by))
    if before != after:
        return before, after, by
    unit, decimals = f"{THIN}%" if BY_ID[one.indicator].unit == "%" else "", BY_ID[one.indicator].decimals
    before, after, by = (f"{filters.number(value, decimals)}{unit}" for value in (one.before, one.after, one.by))
    return before, after, by


def _signed(value: object) -> str:
    text = filters.number(value, 1)
    return text if text.startswith(("-", "−")) else f"+{text}"


def _csv(revised: list[Revised], release: Published, before: Published | None) -> str:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(
        ["indicateur", "periode", "ventilation", "codes", "libelles", "avant", "apres", "ecart", "publication_avant", "publication"]
    )
    for one in revised:
        numbers = (f"{one.before:f}", f"{one.after:f}", f"{one.by:f}")
        earlier = before.release if before else ""
        out.writerow([one.indicator, one.period, one.split, " ".join(one.codes), where(one), *numbers, earlier, release.release])
    return text.getvalue()
