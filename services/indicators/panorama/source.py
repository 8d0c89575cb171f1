"""Where a document's figures come from: one release, or one draft seen as a release, and what the edition says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kit.postgres import Pool, open_pool
from kit.problems import Problem
from kit.service import Runtime
from kit.web import filters
from schemas.zones import PARIS
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.pages import tables
from services.indicators.pages.tables import Tables
from services.indicators.release import store
from services.indicators.release.store import Published
from services.indicators.routes import printed
from services.indicators.routes.printed import Printed
from services.indicators.routes.public import public_pool
from services.indicators.store import editions
from services.indicators.store.editions import Issued
from services.indicators.views.asking import asked
from services.indicators.views.view import View

SPLITS = ("", "department", "public", "modality", "sex", "department,public", "department,modality", "department,sex")
QUARTERS = 12


@dataclass(frozen=True)
class Source:
    """The tables of an edition. `draft`: not published yet, for the team and the coordinations."""

    runtime: Runtime
    pool: Pool
    release: Published
    issued: Issued
    draft: int | None = None
    drawn: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Specification → drawing: the panorama, the sheets and the Word files show the same charts, drawn once."""

    @property
    def year(self) -> str:
        return str(self.issued.year)

    @property
    def quarters(self) -> tuple[str, ...]:
        """The last three years' quarters, up to the end of the edition's year."""
        return tuple(period for period in self.release.periods if "-Q" in period and period[:4] <= self.year)[-QUARTERS:]

    @property
    def fictional(self) -> bool:
        return self.runtime.settings.fictional

    @property
    def site(self) -> str:
        return self.runtime.settings.gateway.rstrip("/")

    @property
    def name(self) -> str:
        """« édition 2026-1 », « épreuve 3 de l’édition 2026-1 »."""
        return f"édition {self.issued.edition}" if self.draft is None else f"épreuve {self.draft} de l’édition {self.issued.edition}"

    @property
    def closed(self) -> str:
        return f"Données arrêtées au {filters.date(self.issued.closed_on)}"

    @property
    def line(self) -> str:
        """What stands at the foot of every page."""
        if self.draft is not None:
            return f"MACS, observatoire des clauses sociales · {self.name} : ne pas diffuser · {self.closed}"
        return f"MACS, observatoire des clauses sociales · {self.name} · {self.closed} · {self.issued.standing}"

    @property
    def citation(self) -> str:
        """« À citer : … »"""
        return cited(self.issued, self.site)

    async def tables(self) -> Tables:
        """Everything that the sheets print: the year, the year before, the quarters."""
        before = str(self.issued.year - 1)
        wanted = {self.year: SPLITS, before: SPLITS[:2], **dict.fromkeys(self.quarters, SPLITS[:2])}
        wanted |= dict.fromkeys((period for period in self.release.periods if period.startswith(f"{before}-Q")), SPLITS[:2])
        return await tables.read(self.pool, self.release, wanted)

    async def view(self, indicator: str, pairs: Sequence[tuple[str, str]]) -> View | None:
        """A table with its title and lines; None where the release does not print it."""
        question = asked(BY_ID[indicator], pairs, self.release, self.runtime.clock().astimezone(PARIS).date(), page=False)
        try:
            answer = await printed.answer(self.pool, self.release, question.question)
        except Problem as problem:
            if problem.code != "NOT_PUBLISHED":
                raise
            return None
        return View(question, Printed(self.release, answer), self.fictional, self.site)


def cited(issued: Issued, site: str, title: str | None = None, path: str = "") -> str:
    """How the edition, or a part of it, is cited."""
    return (
        f"MACS, observatoire des clauses sociales en Île-de-France, « {title or issued.title} », édition {issued.edition} "
        f"du {filters.date(issued.published_at)} (données arrêtées au {filters.date(issued.closed_on)}, {issued.standing}), "
        f"{site}/editions/{issued.edition}{path}"
    )


async def of_edition(runtime: Runtime, number: str) -> Source:
    """A published edition. Raises a 404 problem."""
    pool = public_pool(runtime)
    issued = await editions.issued_one(pool, number)
    release = await store.named(pool, issued.release) if issued else None
    if issued is None or release is None:
        raise Problem(404, "NOT_PUBLISHED", "Cette édition n’est pas publiée", f"Demandée : {number[:20]}. Les éditions : /editions.")
    return Source(runtime, pool, release, issued)


async def of_draft(runtime: Runtime, number: str, draft: int) -> Source:
    """A draft, for those who may see it: the caller has checked. Raises a 404 problem before the first."""
    pool: Pool = runtime.state["drafts"]
    name = f"{number}-e{draft}"
    release = await store.named(pool, name)
    issued = await editions.issued_as(pool, name)
    if release is None or issued is None:
        raise Problem(404, "NO_DRAFT", "Aucune épreuve n’est composée", "L’équipe du réseau compose la première épreuve.")
    return Source(runtime, pool, release, issued, draft)


async def open_drafts(runtime: Runtime) -> None:
    """The pool through which a draft looks like a release: same names, in the schema `drafts`."""
    runtime.state["drafts"] = await open_pool(
        runtime.settings.database, size=2, application_name="indicators-drafts", settings={"search_path": "drafts, public"}
    )


async def close_drafts(runtime: Runtime) -> None:
    pool: Pool | None = runtime.state.pop("drafts", None)
    if pool is not None:
        await pool.close()
