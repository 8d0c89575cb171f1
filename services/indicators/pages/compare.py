"""« /comparer?d=93&d=94&i=I01&i=I07 » : two to four departments, or territories, side by side, the state in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from kit.errors import LineError
from kit.geography.departments import all_departments
from kit.problems import Problem
from kit.service import Runtime
from kit.web import filters
from kit.web.parameters import reads
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.zones import PARIS
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.definitions import ALL, BY_ID, Indicator
from services.indicators.catalogue.questions import MOST_TERRITORIES
from services.indicators.catalogue.territories import population_of, territories
from services.indicators.pages import tables
from services.indicators.pages.indicator import shown
from services.indicators.pages.request import about, newest
from services.indicators.release import store
from services.indicators.release.store import PrintedCell, Published
from services.indicators.routes.public import public_pool
from services.indicators.views import forms
from services.indicators.views.asking import asked
from services.indicators.views.view import View

router = APIRouter(include_in_schema=False)
_CALLED: Final = {"department": "département", "ept": "territoire"}
DEFAULT: Final = (("93", "94"), ("I01", "I05"))
MOST_INDICATORS: Final = 4
SCALES: Final = {"valeur": "Valeurs", "1000hab": "Pour 1 000 habitants", "base100": "Base 100 à la première année entière"}


@router.get("/comparer")
@reads("d", "i")
async def compare(request: Request, runtime: RuntimeDep, _: CallerDep, n: Annotated[str, Query()] = "") -> Response:
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    codes, names = _several(request, "d"), _several(request, "i")
    scale = n.strip() or "valeur"
    _check(codes, names, scale)
    codes, names = codes or list(DEFAULT[0]), names or list(DEFAULT[1])

    async def made() -> HTMLResponse:
        printed = await store.splits(public_pool(runtime), release.release)
        kind = _kind(codes)
        views = [await _view(runtime, release, BY_ID[name], kind, codes) for name in names]
        whole = await _first_whole_year(runtime, release) if scale == "base100" else None
        context: dict[str, Any] = {
            "blocks": [{**shown(view), "scaled": _scaled(view, scale, whole)} for view in views],
            "chosen": codes,
            "indicators": names,
            "places": [(place.code, place.name) for place in all_departments().values()],
            "territories": list(territories().items()) if "ept" in printed.get("I01", ()) else [],
            "kind": kind,
            "offered": [one for one in ALL if kind in printed.get(one.id, ()) and not one.splits],
            "scale": scale,
            "scales": list(SCALES.items()),
        }
        return page(request, "compare.html", **about(release, release.years[-1]), **context)

    return await forms.public_page(request, runtime, f"{release.release}|{release.published_at}|comparer|{codes}|{names}|{scale}", made)


def _several(request: Request, name: str) -> list[str]:
    """`d=93,94` and `d=93&d=94` are the same."""
    given = [part.strip() for text in request.query_params.getlist(name) for part in text.split(",") if part.strip()]
    return list(dict.fromkeys(given))


def _check(codes: Sequence[str], names: Sequence[str], scale: str) -> None:
    """Raises a 422 problem with every mistake."""
    known, apart = all_departments(), territories()
    errors = [
        _error("d", code, f"« {code[:20]} » n’est ni un département d’Île-de-France ni un territoire de la métropole", ", ".join(known))
        for code in codes
        if code not in known and code not in apart
    ]
    if len({code in apart for code in codes if code in known or code in apart}) > 1:
        errors.append(_error("d", ",".join(codes)[:60], "Comparez des départements entre eux, ou des territoires entre eux", "93, 94"))
    errors += [_error("i", name, f"« {name[:20]} » n’est pas un indicateur", "I01, I05") for name in names if name not in BY_ID]
    if codes and not 2 <= len(codes) <= MOST_TERRITORIES:
        errors.append(
            _error("d", ",".join(codes)[:60], f"Choisissez de 2 à {MOST_TERRITORIES} départements ou territoires différents", "93, 94")
        )
    if len(names) > MOST_INDICATORS:
        errors.append(_error("i", ",".join(names)[:60], f"Pas plus de {MOST_INDICATORS} indicateurs à la fois", "I01, I05"))
    if scale not in SCALES:
        errors.append(_error("n", scale[:20], "Cette échelle n’existe pas", ", ".join(SCALES)))
    if errors:
        way = ("/comparer", "Choisir autrement")
        raise Problem(422, "UNKNOWN_PARAMETER", "Cette comparaison n’est pas possible", errors=errors, way=way)


def _error(column: str, value: str, message: str, example: str) -> LineError:
    return LineError(column=column, value=value, code="COMPARE", message=message, example=example)


def _kind(codes: Sequence[str]) -> str:
    return "ept" if codes[0] in territories() else "department"


async def _view(runtime: Runtime, release: Published, indicator: Indicator, kind: str, codes: Sequence[str]) -> View:
    """The years of the release, the places side by side. Raises a 404 problem where the release has no such table."""
    if kind not in indicator.dimensions or indicator.splits:
        raise Problem(404, "NOT_PUBLISHED", f"{indicator.name} ne se compare pas par {_CALLED[kind]}", "Choisissez un autre indicateur.")
    pairs = [*(("period", year) for year in release.years), ("by", kind), *((kind, code) for code in codes)]
    today = runtime.clock().astimezone(PARIS).date()
    return await forms.view_of(runtime, public_pool(runtime), release, asked(indicator, pairs, release, today, page=True))


async def _first_whole_year(runtime: Runtime, release: Published) -> str | None:
    """The first year with hours in each of its quarters: the first of a release may hold its last months only."""
    quarters = {year: release.quarters_of(year) for year in release.years}
    found = await tables.read(public_pool(runtime), release, {quarter: ("",) for of in quarters.values() for quarter in of})
    return next((year for year, of in quarters.items() if len(of) == 4 and all(found.value("I01", quarter) for quarter in of)), None)


def _scaled(view: View, scale: str, whole: str | None) -> dict[str, Any] | None:
    """The same table per 1,000 inhabitants or in base 100; None for plain values and where it would mean nothing: a share, or no
    whole year to begin with."""
    per_head = scale == "1000hab" and view.indicator.unit != "%"
    if not per_head and (scale != "base100" or whole is None):
        return None
    lines = [
        (line.label, [_per_head(line.codes[0], cell) if per_head else _of_base(line.cells, cell, whole or "", view.running) for cell in line.cells])
        for line in view.grid.lines
    ]  # fmt: skip
    label = SCALES[scale] if per_head else f"Base 100 en {whole}, première année entière"
    return {"label": label, "columns": view.grid.columns, "lines": lines}


def _per_head(code: str, cell: Cell) -> Any:
    if cell.value is None:
        return tables.shown("I01", PrintedCell((), None, cell.status))
    population = population_of()[code] if code in population_of() else all_departments()[code].population
    return filters.number(cell.value * 1000 / population, 1)


def _of_base(cells: Sequence[Cell], cell: Cell, whole: str, running: str | None) -> Any:
    """Years that are not whole are compared with nothing."""
    if cell.value is None:
        return tables.shown("I01", PrintedCell((), None, cell.status))
    first = next((one.value for one in cells if one.period == whole), None)
    comparable = first and cell.period >= whole and cell.period != running
    return filters.number(cell.value * 100 / first, 0) if first and comparable else filters.NOT_KNOWN
