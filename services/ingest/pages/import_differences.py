"""« /declarer/import/…/differences »: what a file that repeats earlier ones changes, before it is sent; keep or withdraw what disappeared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.service import Runtime
from kit.web import filters, forms
from kit.web.render import page
from kit.web.request import RuntimeDep
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.pages.import_found import Review
from services.ingest.pages.import_review import review_of, spooled
from services.ingest.pages.wording import employer_said, employers_in
from services.ingest.replacing import MEMBER, gone_of, kept_of, mark_of, not_sure, replacing_of
from services.ingest.rules.declared import LineValue
from services.ingest.rules.differences import Change, Differences, Replacing, Span, span_of, what_changed
from services.ingest.rules.durations import french_hours
from services.ingest.rules.times import french_period
from services.ingest.settings import spool
from services.ingest.store.differences import differences, repeated_filings
from services.ingest.store.versions import contract_numbers

router = APIRouter(include_in_schema=False)
SHOWN: Final = 100
_MONTH: Final = Query(max_length=20)


@dataclass(frozen=True)
class Names:
    """What the page calls contracts (by their id) and employers (by their SIRET)."""

    contracts: Mapping[UUID, str]
    employers: Mapping[str, str]

    @property
    def all(self) -> dict[str, str]:
        return {**self.employers, **{str(uid): number for uid, number in self.contracts.items()}}


@router.get("/declarer/import/{file_id}/differences")
async def look(
    request: Request, runtime: RuntimeDep, caller: CallerDep, file_id: UUID,
    du: Annotated[str, _MONTH] = "", au: Annotated[str, _MONTH] = "", declaration: Annotated[str | None, _MONTH] = None,
) -> Response:  # fmt: skip
    """From the first to the last month of the file, or as asked: identical, changed, new, gone; of everything, or of one `declaration` that the
    file corrects, in its months too."""
    review = await review_of(runtime, caller, await spooled(runtime, caller, file_id))
    values = _values(review)
    errors: list[LineError] = []
    chosen = replacing_of(review.answers.get(MEMBER))
    try:
        asked = replacing_of({"from": du, "to": au}) if du or au else chosen
    except Refused as refused:
        asked, errors = (
            chosen,
            [error.model_copy(update={"column": {"replaces.from": "du"}.get(error.column or "", "au")}) for error in refused.errors],
        )
    filing = declaration if declaration is not None else chosen.filing if chosen else None
    compared = await _compared(runtime, caller, values, asked.span if asked else span_of(values), filing, wide=asked is None)
    return _page(request, review, compared, chosen, errors)


@router.post("/declarer/import/{file_id}/differences")
async def choose(request: Request, runtime: RuntimeDep, caller: CallerDep, file_id: UUID) -> Response:
    """Keep the choice beside the file; nothing is sent from here."""
    kept = await spooled(runtime, caller, file_id)
    form = await forms.fields(request)
    answers = {name: value for name, value in kept.answers.items() if name != MEMBER}
    if form.get("action") == "replace":
        uids = [name.removeprefix("gone.") for name, value in form.items() if name.startswith("gone.") and value == "oui"]
        said = {
            "from": form.get("du"),
            "to": form.get("au"),
            "gone": gone_of(form.get("gone")),
            "contracts": uids,
            "filing": form.get("declaration"),
        }
        replacing = replacing_of(said)
        if replacing is not None:
            review = await review_of(runtime, caller, kept)
            values = _values(review)
            compared = await _compared(runtime, caller, values, replacing.span, replacing.filing)
            if review.blocked and replacing.gone != "keep":
                return _page(request, review, compared, replacing, [not_sure()])
            answers[MEMBER] = {**kept_of(replacing), "mark": mark_of(compared.found), "ends": len(replacing.ends(compared.found))}
    async with runtime.pool.acquire() as connection:
        await spool(runtime).answer(connection, file_id, answers)
    return RedirectResponse(f"/declarer/import/{file_id}#envoi", 303)


@dataclass(frozen=True)
class Compared:
    """A file against what stands in a span: everything, or one `filing` of those `offered`, which it repeats."""

    span: Span | None = None
    filing: str | None = None
    offered: Sequence[str] = ()
    found: Differences = field(default_factory=Differences)
    names: Names = field(default_factory=lambda: Names({}, {}))


async def _compared(
    runtime: Runtime, caller: CallerDep, values: list[LineValue], span: Span | None, filing: str | None, *, wide: bool = False
) -> Compared:
    """`wide`: also the months of the filing that the file does not say any more."""
    if span is None:
        return Compared()
    declarant = declarant_of(caller).id
    async with runtime.pool.acquire() as connection:
        offered = await repeated_filings(connection, declarant, values)
        corrected = offered.get(filing or "")
        if corrected and wide:
            span = Span(min(span.start, corrected.start), max(span.end, corrected.end))
        found = await differences(connection, declarant, values, span, filing if corrected else None)
        before = [change.before for change in found.changed]
        told = [*values, *found.gone, *before]
        shown = [*(change.after for change in found.changed[:SHOWN]), *before[:SHOWN], *found.new[:SHOWN], *found.gone[:SHOWN]]
        names = Names(await contract_numbers(connection, told), await employers_in(connection, shown))
    return Compared(span, filing if corrected else None, list(offered), found, names)


def _values(review: Review) -> list[LineValue]:
    """The good lines of a file. Raises a 409 problem while it cannot be compared."""
    if review.intake is None or review.questions or review.read is None or review.read.problems:
        raise Problem(
            409, "FILE_UNREADABLE", "Répondez d’abord aux questions sur ce fichier", "La comparaison se fait sur les lignes comprises."
        )
    return review.intake.values


def _page(request: Request, review: Review, compared: Compared, chosen: Replacing | None, errors: list[LineError]) -> Response:
    span, found, names = compared.span, compared.found, compared.names
    gone = Counter(line.contract_uid for line in found.gone)
    hours: Counter[UUID] = Counter()
    for line in found.gone:
        hours[line.contract_uid] += line.centihours
    in_file = {value.contract_uid for value in _values(review)}
    return page(
        request, "declarer_differences.html", status_code=422 if errors else 200, review=review, found=found, filing=compared.filing or "",
        offered=[("", "tout ce que nous avons déclaré"), *((number, f"la déclaration {number} seule") for number in compared.offered)],
        du=f"{span.start:%Y-%m}" if span else "", au=f"{span.last:%Y-%m}" if span else "",
        span_words=words_of(span), changed=[_change(change, names) for change in found.changed[:SHOWN]],
        new=[_line(line, names) for line in found.new[:SHOWN]], gone=[_line(line, names) for line in found.gone[:SHOWN]],
        new_hours=sum(line.centihours for line in found.new), gone_hours=sum(hours.values()), most=SHOWN,
        contracts=[
            {"uid": uid, "number": names.contracts.get(uid, "–"), "lines": lines, "hours": hours[uid], "in_file": uid in in_file}
            for uid, lines in sorted(gone.items(), key=lambda item: names.contracts.get(item[0], ""))
        ],
        chosen=chosen, errors=forms.by_field(errors),
    )  # fmt: skip


def words_of(span: Span | None) -> str:
    """« janvier 2026 à septembre 2026 »."""
    if span is None:
        return ""
    first, last = filters.period(f"{span.start:%Y-%m}"), filters.period(f"{span.last:%Y-%m}")
    return first if first == last else f"{first} à {last}"


def _line(line: LineValue, names: Names) -> dict[str, Any]:
    return {
        "contract": names.contracts.get(line.contract_uid, "–"), "period": french_period(line.period),
        "employer": employer_said(line.employer_name, line.employer_siret, names.employers), "hours": french_hours(line.centihours),
        "who": f"{line.group.label} ({filters.plural(line.group.persons, 'personne')})" if line.group else "1 personne" if line.person else "–",
    }  # fmt: skip


def _change(change: Change, names: Names) -> dict[str, Any]:
    return {**_line(change.after, names), "line": change.after.line, "changes": what_changed(change, names.all)}
