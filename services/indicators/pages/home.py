"""« / » : the region at a glance, from the newest release, for a year or a quarter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from kit.geography import departments
from kit.problems import Problem
from kit.service import Runtime
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.catalogue.themes import Block
from services.indicators.pages import charts, tables
from services.indicators.pages.blocks import view_of_block
from services.indicators.pages.request import about, newest, period_of
from services.indicators.pages.tables import Tables
from services.indicators.release import store
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.views import forms, sentences
from services.indicators.views.view import View, short

router = APIRouter(include_in_schema=False)
ON_THE_MAP: Final = {"I01": "Heures", "I05": "Personnes", "I07": "Part des femmes"}
TOTAL: Final = ("",)
SHOWN_ROWS: Final = 8
"""Of a table on the home page; the others are one link away."""
SPLITS: Final = {
    "public": "Publics",
    "modality": "Qui emploie",
    "buyer_kind": "Acheteurs",
    "sector": "Secteurs",
    "mechanism": "Types de clause",
    "programme": "Grands projets",
    "work_contract": "Contrats de travail",
    "sex": "Femmes et hommes",
}
"""The region's tables below the map, in this order; those that the release does not print are left out."""


@dataclass(frozen=True)
class Section:
    """A table of the region with its bars, its sentence and its files."""

    split: str
    title: str
    heads: str
    rows: list[dict[str, Any]]
    with_persons: bool
    view: View
    sentence: str

    @property
    def hidden(self) -> int:
        """Of the rows below those shown, how many are hidden."""
        return sum(row["secret"] for row in self.rows[SHOWN_ROWS:])


@router.get("/")
async def home(
    request: Request,
    runtime: RuntimeDep,
    _: CallerDep,
    annee: Annotated[str | None, Query()] = None,
    periode: Annotated[str | None, Query()] = None,
    carte: Annotated[str, Query()] = "I01",
) -> Response:
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html", refusal=await store.refusal(public_pool(runtime)))
    if carte not in ON_THE_MAP:
        raise Problem(404, "UNKNOWN_MAP", "Cette carte n’existe pas", f"Cartes : {', '.join(ON_THE_MAP)}.")
    period = period_of(release, periode, annee)
    quarters = tuple(found for found in release.periods if "-Q" in found)

    async def made() -> HTMLResponse:
        wanted = {**dict.fromkeys(quarters, TOTAL), period: ("", "department", *SPLITS)}
        found = await tables.read(public_pool(runtime), release, wanted)
        return page(
            request,
            "home.html",
            **about(release, period),
            period=period,
            period_name=short(period),
            tables=found,
            shown=tables.shown,
            map=charts.choropleth(found, carte, period),
            maps=ON_THE_MAP,
            mapped=BY_ID[carte],
            loupe=departments.loupe(),
            close=departments.CLOSE,
            ranking=_ranking(found, period),
            series=charts.series(found, "I01", quarters),
            sections=await _sections(runtime, release, found, period),
            shown_rows=SHOWN_ROWS,
            contact=runtime.settings.contact,
        )

    return await forms.public_page(request, runtime, f"{release.release}|{release.published_at}|/|{carte}|{period}", made)


def _ranking(found: Tables, period: str) -> list[tuple[int | None, departments.Department]]:
    """By hours; a hidden value has no rank and stands at the end, in the order of codes."""
    everyone = departments.all_departments()
    known = {code: value for code in everyone if (value := found.value("I01", period, "department", code)) is not None}
    ranked = sorted(known, key=lambda code: (-known[code], code))
    return [(place, everyone[code]) for place, code in enumerate(ranked, 1)] + [
        (None, found_department) for code, found_department in everyone.items() if code not in known
    ]


async def _sections(runtime: Runtime, release: Published, found: Tables, period: str) -> list[Section]:
    made = []
    for split, title in SPLITS.items():
        view = await view_of_block(runtime, release, Block(title, "I01", split), (period,))
        rows = _rows(found, period, split)
        if view is not None and rows:
            with_persons = any(row["persons"] is not None for row in rows)
            made.append(Section(split, title, BY_NAME[split].label, rows, with_persons, view, sentences.of(view)))
    return made


def _rows(found: Tables, period: str, split: str) -> list[dict[str, Any]]:
    """Rows of a split with something in them: label, hours, persons (where printed), width of the bar. Largest first, hidden ones after."""
    cells = found.column("I01", period, split)
    widths = charts.share_of_largest(cells)
    order = sorted(cells, key=lambda code: (cells[code].value is None, -(found.value("I01", period, split, code) or 0), code))
    return [
        {"label": BY_NAME[split].label_of(code), "code": code, "hours": found.shown("I01", period, split, code),
         "persons": _persons(found, period, split, code), "secret": cells[code].status == "secret", "width": widths.get(code)}
        for code in order
        if cells[code].status == "secret" or found.value("I01", period, split, code)
    ]  # fmt: skip


def _persons(found: Tables, period: str, split: str, code: str) -> Markup | None:
    """None where the release prints no persons for this table."""
    return found.shown("I05", period, split, code) if ("I05", period, split, (code,)) in found.cells else None
