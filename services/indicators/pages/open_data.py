"""« /donnees » : each published indicator as a data set with a stable address, its Table Schema, and the catalogue that portals harvest."""

from __future__ import annotations

import csv
import io
import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kit.errors import LineError, Refused
from kit.problems import Problem
from kit.service import Runtime
from kit.web.request import RuntimeDep
from services.indicators.catalogue.definitions import Indicator
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages import dcat
from services.indicators.release import store
from services.indicators.release.store import Published
from services.indicators.routes.public import public_pool
from services.indicators.routes.questions import indicator_of
from services.indicators.views import files, forms
from services.indicators.views.shelf import ANYWHERE, Kept, answer
from services.indicators.views.view import FICTIONAL, LICENCE, last_day, standing

router = APIRouter(include_in_schema=False)
FIELDS: Final = {
    "publication": "Publication de l’observatoire",
    "indicateur": "Identifiant de l’indicateur",
    "periode": "2025, 2025-Q1",
    "ventilation_1": "Première dimension, vide pour la région entière",
    "code_1": "Code dans cette dimension",
    "libelle_1": "Libellé du code",
    "ventilation_2": "Seconde dimension",
    "code_2": "Code dans cette dimension",
    "libelle_2": "Libellé du code",
    "valeur": "Valeur ; vide si elle est masquée ou n’existe pas",
    "unite": "Unité",
    "statut": "vide : publié ; s. : donnée masquée, jamais zéro ; n.c. : n’existe pas",
    "arrete_au": "Dernier jour couvert",
    "mention": "Ce qui doit être dit avec le chiffre",
}
MOST_A_PAGE: Final = 100


@router.api_route("/donnees/catalogue.{form}", methods=["GET", "HEAD"])
async def catalogue(
    request: Request,
    runtime: RuntimeDep,
    form: str,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = 20,
) -> Response:
    """DCAT-AP in JSON-LD, Turtle or RDF/XML, a page at a time (Hydra)."""
    if form not in dcat.FORMS:
        raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", f"Formats : {', '.join('.' + known for known in dcat.FORMS)}.")
    pool = public_pool(runtime)
    release = await forms.release_of(pool, ())
    printed = [indicator_of(name) for name in await store.splits(pool, release.release)]
    pages = max(1, -(-len(printed) // page_size))
    if page > pages:
        error = LineError(column="page", value=str(page), code="TOO_MANY", message=f"Le catalogue a {pages} pages", example="1")
        raise Refused([error], code="UNKNOWN_PARAMETER", title="Cette page du catalogue n’existe pas")

    async def make() -> Kept:
        site = runtime.settings.gateway.rstrip("/")
        here = dcat.Page(site, form, page, pages, page_size, len(printed))
        shown = printed[(page - 1) * page_size : page * page_size]
        text = dcat.written(dcat.catalogue(here, shown, release, fictional=runtime.settings.fictional), form)
        return Kept(text.encode(), dcat.FORMS[form], tuple(ANYWHERE.items()))

    key = f"dcat|{release.release}|{release.published_at}|{form}|{page}|{page_size}"
    return answer(request, *await forms.shelf_of(runtime).get(key, make))


@router.api_route("/donnees/{name}", methods=["GET", "HEAD"])
async def dataset(request: Request, runtime: RuntimeDep, name: str) -> Response:
    """`I01.csv`: every published figure of the indicator; `I01.schema.json`: its columns."""
    identifier, _, form = name.partition(".")
    indicator = indicator_of(identifier)
    if form not in {"csv", "schema.json"}:
        raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", "Formats : .csv, .schema.json.")
    pool = public_pool(runtime)
    release = await forms.release_of(pool, request.query_params.multi_items())

    async def make() -> Kept:
        if form == "schema.json":
            return Kept(json.dumps(schema(), ensure_ascii=False, indent=1).encode(), "application/json", tuple(ANYWHERE.items()))
        rows = await store.all_cells(pool, release.release, indicator.id)
        if not rows:
            raise Problem(404, "NOT_PUBLISHED", "Cet indicateur n’est pas dans la publication", f"Publication {release.release}.")
        name = ("Content-Disposition", f'attachment; filename="{indicator.id}-{release.release}-complet.csv"')
        return Kept(_csv(runtime, indicator, release, rows).encode(), "text/csv; charset=utf-8", (*ANYWHERE.items(), name))

    key = f"dataset|{release.release}|{release.published_at}|{name}"
    return answer(request, *await forms.shelf_of(runtime).get(key, make))


def schema() -> dict[str, Any]:
    """Table Schema of every data set's CSV."""
    kinds = {"valeur": "number", "arrete_au": "date"}
    fields = [{"name": name, "type": kinds.get(name, "string"), "description": text} for name, text in FIELDS.items()]
    key = ["publication", "indicateur", "periode", "ventilation_1", "code_1", "ventilation_2", "code_2"]
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "fields": fields,
        "missingValues": [""],
        "primaryKey": key,
    }


def _csv(runtime: Runtime, indicator: Indicator, release: Published, rows: list[store.Row]) -> str:
    adding = [] if indicator.additive else ["Ne pas additionner les personnes" if indicator.unit == "personnes" else "Ne pas additionner"]
    mention = " ; ".join([*([FICTIONAL] if runtime.settings.fictional else []), *adding, standing(release), LICENCE])
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(FIELDS)
    until = last_day(release).isoformat()
    for period, split, first, second, value, status in rows:
        names = (*(split.split(",") if split else ()), "", "")[:2]
        axes = [part for name, code in zip(names, (first, second), strict=True) for part in _axis(name, code)]
        out.writerow([release.release, indicator.id, period, *axes, value or "", indicator.unit, files.STATUS[status], until, mention])
    return text.getvalue()


def _axis(name: str, code: str) -> tuple[str, str, str]:
    return (name, code, BY_NAME[name].label_of(code)) if name else ("", "", "")
