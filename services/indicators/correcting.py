"""Corrigenda: which figures of a published edition a later release prints otherwise, and saying so beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kit.errors import LineError, Refused
from kit.service import Runtime
from services.indicators.pages.tables import read
from services.indicators.panorama import figures
from services.indicators.release import revisions, store
from services.indicators.release.editions import known
from services.indicators.rules import editions as rules
from services.indicators.rules.editions import Edition
from services.indicators.rules.reviews import KEPT
from services.indicators.store import editions
from services.indicators.store.editions import Corrigendum


@dataclass(frozen=True)
class Candidate:
    """A figure that may be corrected: its name, and both values as they were printed."""

    ref: str
    name: str
    before: str
    after: str


async def candidates(runtime: Runtime, edition: Edition) -> tuple[str, list[Candidate]]:
    """(the newest release, the figures of the edition's year that a reader of it finds to be others): the region's and the departments' own
    first, then the largest change first. What is written alike (20 ETP for 20,34 and 19,84) leaves nothing to correct."""
    own = await store.named(runtime.pool, edition.release or "")
    later = await store.named(runtime.pool, await _later(runtime, edition, None))
    if own is None or later is None:
        raise LookupError(edition.number)
    found = await revisions.between(runtime.pool, own, later)
    here = [one for one in found if one.period[:4] == str(edition.plan.year)]
    here.sort(key=lambda one: one.split not in revisions.MAIN)
    offered = [_candidate(one) for one in here]
    return later.release, [one for one in offered if one.before != one.after]


def _candidate(one: revisions.Revised) -> Candidate:
    ref = figures.ref_of(one.indicator, one.period, one.split, *one.codes)
    before, after = (
        figures.said(one.indicator, store.PrintedCell(one.codes, f"{value:f}", "ok"), unit=True) for value in (one.before, one.after)
    )
    return Candidate(ref, figures.named(ref), before, after)


async def correct(runtime: Runtime, number: str, text: str, refs: Sequence[str], release: str | None) -> Corrigendum:
    """A corrigendum of these figures, with both values as they were printed. Raises Refused."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        edition = await known(connection, number, lock=True)
        said = rules.correctable(edition, text)
        later = await _later(runtime, edition, release)
        values = await _both(runtime, edition, later, refs)
        return await editions.correct(connection, number, later, said, values, runtime.clock())


async def _later(runtime: Runtime, edition: Edition, release: str | None) -> str:
    """The release where the corrected figures are printed: one after the edition's own; its own when nothing is corrected but words."""
    found: str | None = await runtime.pool.fetchval(
        """
        select release from published_releases
        where seq >= (select seq from published_releases where release = $1) and ($2::text is null or release = $2) order by seq desc limit 1
        """,
        edition.release,
        release,
    )
    if found is None:
        error = LineError(
            column="release", value=(release or "")[:20], code="RELEASE", message="Il faut une publication postérieure à l’édition"
        )
        raise Refused([error], code="CORRIGENDUM", title="Cette publication ne corrige pas l’édition")
    return found


async def _both(runtime: Runtime, edition: Edition, later: str, refs: Sequence[str]) -> list[dict[str, str]]:
    """{figure, before, after} as printed by the edition and by the later release; hidden ones are never told of."""
    errors: list[LineError] = []
    found = []
    releases = [one for name in (edition.release or "", later) if (one := await store.named(runtime.pool, name))]
    for ref in dict.fromkeys(refs):
        try:
            indicator, period, split, codes = figures.place_of(ref)
        except ValueError as error:
            errors.append(LineError(column="figures", value=ref[:60], code="FIGURE", message=str(error)))
            continue
        printed = [await read(runtime.pool, one, {period: (split,)}) for one in releases]
        values = [figures.figure(tables, indicator, period, split, *codes, unit=True) for tables in printed]
        if len(values) < 2 or not all(value.is_known for value in values):
            errors.append(
                LineError(
                    column="figures",
                    value=ref[:60],
                    code="NOT_PRINTED",
                    message=f"« {ref[:60]} » n’est pas imprimé dans les deux publications",
                )
            )
        elif values[0].value.removesuffix(KEPT) == values[1].value.removesuffix(KEPT):
            errors.append(
                LineError(column="figures", value=ref[:60], code="SAME", message=f"« {ref[:60]} » n’a pas changé : {values[0].value}")
            )
        else:
            found.append({"figure": ref, "name": figures.named(ref), "before": values[0].value, "after": values[1].value})
    if errors:
        raise Refused(errors, code="CORRIGENDUM", title="Ces chiffres ne peuvent pas être corrigés ainsi")
    return found
