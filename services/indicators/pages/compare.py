"""« /comparer?d=93&d=94&i=I01&i=I07 » : two to four departments side by side, the state in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from kit.errors import LineError, Refused
from kit.geography.departments import all_departments
from kit.problems import Problem
from kit.service import Runtime
from kit.web import filters
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.definitions import ALL, BY_ID, Indicator
from services.indicators.catalogue.questions import MOST_TERRITORIES
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
DEFAULT: Final = (("93", "94"), ("I01", "I05"))
MOST_INDICATORS: Final = 4
SCALES: Final = {"valeur": "Valeurs", "1000hab": "Pour 1 000 habitants", "base100": "Base 100 à la première année"}


@router.get("/comparer")
async def compare(request: Request, runtime: RuntimeDep, _: CallerDep) -> Response:
    release = await newest(runtime)
    if release is None or not release.years:
        return page(request, "before_first_release.html")
    codes, names = _several(request, "d"), _several(request, "i")
    scale = (request.query_params.get("n") or "valeur").strip()
    _check(codes, names, scale)
    codes, names = codes or list(DEFAULT[0]), names or list(DEFAULT[1])

    async def made() -> HTMLResponse:
        printed = await store.splits(public_pool(runtime), release.release)
        views = [await _view(runtime, release, BY_ID[name], codes) for name in names]
        context: dict[str, Any] = {
            "blocks": [{**shown(view), "scaled": _scaled(view, scale)} for view in views],
            "chosen": codes,
            "indicators": names,
            "places": list(all_departments().values()),
            "offered": [one for one in ALL if "department" in printed.get(one.id, ()) and not one.splits],
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
    """Raises Refused with every mistake."""
    known = all_departments()
    errors = [
        _error("d", code, f"« {code[:20]} » n’est pas un département d’Île-de-France", ", ".join(known))
        for code in codes
        if code not in known
    ]
    errors += [_error("i", name, f"« {name[:20]} » n’est pas un indicateur", "I01, I05") for name in names if name not in BY_ID]
    if codes and not 2 <= len(codes) <= MOST_TERRITORIES:
        errors.append(_error("d", ",".join(codes)[:60], f"Choisissez de 2 à {MOST_TERRITORIES} départements", "93, 94"))
    if len(names) > MOST_INDICATORS:
        errors.append(_error("i", ",".join(names)[:60], f"Pas plus de {MOST_INDICATORS} indicateurs à la fois", "I01, I05"))
    if scale not in SCALES:
        errors.append(_error("n", scale[:20], "Cette échelle n’existe pas", ", ".join(SCALES)))
    if errors:
        raise Refused(errors, code="UNKNOWN_PARAMETER", title="Cette comparaison n’est pas possible")


def _error(column: str, value: str, message: str, example: str) -> LineError:
    return LineError(column=column, value=value, code="COMPARE", message=message, example=example)


async def _view(runtime: Runtime, release: Published, indicator: Indicator, codes: Sequence[str]) -> View:
    """The years of the release, the departments side by side. Raises a 404 problem where the release has no such table."""
    if "department" not in indicator.dimensions or indicator.splits:
        raise Problem(404, "NOT_PUBLISHED", f"{indicator.name} ne se compare pas par département", "Choisissez un autre indicateur.")
    pairs = [*(("period", year) for year in release.years), ("by", "department"), *(("department", code) for code in codes)]
    today = runtime.clock().astimezone(forms.PARIS).date()
    return await forms.view_of(runtime, public_pool(runtime), release, asked(indicator, pairs, release, today, page=True))


def _scaled(view: View, scale: str) -> dict[str, Any] | None:
    """The same table per 1,000 inhabitants or in base 100; None for plain values and where it would mean nothing (a share)."""
    if scale == "valeur" or (scale == "1000hab" and view.indicator.unit == "%"):
        return None
    lines = [(line.label, [_text(line.codes[0], line.cells, cell, scale) for cell in line.cells]) for line in view.grid.lines]
    return {"label": SCALES[scale], "columns": view.grid.columns, "lines": lines}


def _text(code: str, cells: Sequence[Cell], cell: Cell, scale: str) -> Any:
    if cell.value is None:
        return tables.shown("I01", PrintedCell((), None, cell.status))
    if scale == "1000hab":
        return filters.number(cell.value * 1000 / all_departments()[code].population, 1)
    first = cells[0].value
    return filters.number(cell.value * 100 / first, 0) if first else filters.NOT_KNOWN
