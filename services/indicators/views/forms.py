"""Every form of a view behind one suffix, and where each is kept: what `routes/public.py` and the pages answer with."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from kit.errors import LineError, Refused
from kit.postgres import Pool
from kit.problems import Problem
from kit.service import Runtime
from schemas.zones import PARIS
from services.indicators.catalogue.definitions import Indicator
from services.indicators.release import newest
from services.indicators.release.store import Published
from services.indicators.routes import printed
from services.indicators.routes.printed import Printed
from services.indicators.views import charts, files, pictures
from services.indicators.views.asking import LONGEST_ADDRESS, Asked, asked, check
from services.indicators.views.painter import Painter
from services.indicators.views.shelf import ANYWHERE, Kept, Shelf, answer
from services.indicators.views.view import View

FORMS: Final = {
    "csv": "text/csv; charset=utf-8",
    "excel.csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "svg": "image/svg+xml",
    "png": "image/png",
    "vl.json": "application/vnd.vegalite.v6+json",
    "zip": "application/zip",
}
_PICTURES: Final = frozenset({"svg", "png", "vl.json"})


def painter_of(runtime: Runtime) -> Painter:
    found: Painter = runtime.state.setdefault("painter", Painter())
    return found


def shelf_of(runtime: Runtime) -> Shelf:
    found: Shelf = runtime.state.setdefault("shelf", Shelf())
    return found


async def release_of(runtime: Runtime, pool: Pool, pairs: Sequence[tuple[str, str]]) -> Published:
    """The newest release, or the one that the address names. Raises a 404 problem when there is none such."""
    wanted = [value for name, value in pairs if name == "release"]
    found = await newest.named(runtime, pool, wanted[-1]) if wanted else await newest.newest(runtime, pool)
    if found is None and wanted:
        raise Problem(404, "NOT_PUBLISHED", "Cette publication n’existe pas", f"Demandée : {wanted[-1][:20]}. Voir /revisions.")
    if found is None:
        raise Problem(404, "NOT_PUBLISHED", "Rien n’est encore publié", "La première publication n’a pas eu lieu.")
    return found


def question(request: Request, runtime: Runtime, indicator: Indicator, release: Published, *, page: bool) -> Asked:
    """What the address asks. Raises Refused."""
    if len(request.url.query) > LONGEST_ADDRESS:
        message = f"L’adresse dépasse {LONGEST_ADDRESS} caractères"
        raise Refused([LineError(code="TOO_LONG", message=message)], code="TOO_MANY", title="La question est trop grande")
    return asked(indicator, request.query_params.multi_items(), release, _today(runtime), page=page)


def usual(runtime: Runtime, indicator: Indicator, release: Published) -> Asked:
    """What the page of an indicator shows when its address asks nothing."""
    return asked(indicator, (), release, _today(runtime), page=True)


def _today(runtime: Runtime) -> date:
    return runtime.clock().astimezone(PARIS).date()


async def view_of(runtime: Runtime, pool: Pool, release: Published, found: Asked) -> View:
    answered = await printed.answer(pool, release, found.question)
    return View(found, Printed(release, answered), runtime.settings.fictional, runtime.settings.gateway.rstrip("/"))


async def as_form(request: Request, runtime: Runtime, pool: Pool, indicator: Indicator, form: str, *, page: bool) -> Response:
    """A view in one of its forms, from the shelf. Raises a 404 problem for a form that is not made."""
    if form not in FORMS:
        raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", f"Formats : {', '.join('.' + known for known in FORMS)}.")
    pairs = request.query_params.multi_items()
    if not page:
        check(indicator, pairs)
    release = await release_of(runtime, pool, pairs)
    width = _width([value for name, value in pairs if name == "width"])
    found = question(request, runtime, indicator, release, page=page)

    return answer(request, *await kept(runtime, pool, release, found, form, width))


async def kept(runtime: Runtime, pool: Pool, release: Published, found: Asked, form: str, width: charts.Width) -> tuple[Kept, str]:
    """The bytes of a view in one of its forms and their ETag, from the shelf. Raises NotPainted, and a 404 problem for a table that is not
    published."""

    async def make() -> Kept:
        return await _made(runtime, await view_of(runtime, pool, release, found), form, width)

    key = f"{release.release}|{release.published_at}|{form}|{width}|{found.question.indicator.id}|{found.pairs}"
    return await shelf_of(runtime).get(key, make)


def _width(given: Sequence[str]) -> charts.Width:
    match given:
        case [] | ["wide"]:
            return "wide"
        case ["narrow"]:
            return "narrow"
    error = LineError(column="width", value=given[-1][:20], code="CODE", message="Largeurs : wide, narrow", example="narrow")
    raise Refused([error], code="UNKNOWN_PARAMETER", title="La question ne peut pas être comprise")


async def _made(runtime: Runtime, view: View, form: str, width: charts.Width) -> Kept:
    body = await _bytes(runtime, view, form, width)
    headers = dict(ANYWHERE)
    if form not in _PICTURES:
        name = f"{view.indicator.id}-{view.release.release}{'-excel' if form == 'excel.csv' else ''}.{form.removeprefix('excel.')}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Kept(body, FORMS[form], tuple(headers.items()))


async def _bytes(runtime: Runtime, view: View, form: str, width: charts.Width) -> bytes:
    plain: dict[str, Callable[[View], bytes]] = {
        "csv": files.machine_csv, "excel.csv": files.spreadsheet_csv, "json": files.as_json, "xlsx": files.workbook,
    }  # fmt: skip
    if form in plain:
        return plain[form](view)
    spec = charts.specification(view, width)
    if form == "vl.json":
        return json.dumps(spec, ensure_ascii=False).encode()
    drawn = await pictures.svg(painter_of(runtime), spec, view.title)
    if form == "svg":
        return drawn.encode()
    return await painter_of(runtime).png(drawn) if form == "png" else files.archive(view, drawn)


async def public_page(
    request: Request, runtime: Runtime, key: str, make: Callable[[], Awaitable[Response]], *, seconds: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """A page from the shelf for readers without an account, made afresh for those signed in. `seconds`: it says more than the release.
    `headers` go out with the kept page; `make` sets its own."""
    if request.state.caller.signed_in:
        return await make()

    async def kept() -> Kept:
        made = await make()
        until = None if seconds is None else shelf_of(runtime).clock() + seconds
        return Kept(bytes(made.body), "text/html; charset=utf-8", (("Vary", "Cookie, Authorization"), *(headers or {}).items()), until)

    return answer(request, *await shelf_of(runtime).get(f"page|{key}", kept))
