"""« /declarer/nouveau-marche »: a contract that nobody has told us of, said by its buyer; then the form goes on with its hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit import registry
from kit.errors import LineError
from kit.postgres import Connection
from kit.problems import Problem
from kit.web import forms
from kit.web.render import page
from kit.web.request import RuntimeDep
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.pages.form.content import Content
from services.ingest.pages.form.looking import day
from services.ingest.pages.form.start import usual_kind
from services.ingest.parts import Declared
from services.ingest.registering import known_number, register
from services.ingest.rules.contract_texts import check_texts
from services.ingest.rules.coverage import last_quarter
from services.ingest.settings import spool
from services.ingest.sources import Declarant
from services.ingest.store import drafts
from services.ingest.store.filings import committed

router = APIRouter(include_in_schema=False)
FIELDS: Final = ("number", "object", "department", "starts_on", "ends_on")


@router.get("/declarer/nouveau-marche")
async def ask(request: Request, runtime: RuntimeDep, caller: CallerDep, q: Annotated[str, Query(max_length=64)] = "") -> Response:
    """`q` is what was searched for in vain: a number, if it has a digit."""
    declarant = declarant_of(caller)
    async with runtime.pool.acquire() as connection:
        return await _page(
            request, connection, declarant, {"number": q if any(c.isdigit() for c in q) else ""}, facilitates=caller.has("facilitator")
        )


@router.post("/declarer/nouveau-marche")
async def add(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Record the contract and begin a draft for its hours; the clause is the draft's first step."""
    declarant = declarant_of(caller)
    if declarant.siret is None:
        raise Problem(403, "NO_SIRET", "Votre organisation n’a pas de SIRET", "Un marché est celui d’un acheteur, qui en a un.")
    siret: str = declarant.siret
    form = await forms.fields(request)
    typed = {name: form.get(name, "").strip() for name in FIELDS}
    errors = wrong_in(typed)
    async with runtime.pool.acquire() as connection:
        if not errors and (known := await known_number(connection, siret, typed["number"])) is not None:
            message = f"« Numéro » : vous avez déjà un marché {typed['number']} ({known[:80] or 'sans objet'}). Déclarez ses heures, ou corrigez le numéro."
            errors = [LineError(column="number", code="KNOWN_NUMBER", value=typed["number"], message=message)]
        if errors:
            return await _page(request, connection, declarant, typed, errors, facilitates=caller.has("facilitator"))
    said = Declared(
        number=typed["number"], object=typed["object"], department=typed["department"], starts_on=day(typed["starts_on"]),
        ends_on=day(typed["ends_on"]),
    )  # fmt: skip

    async def work(connection: Connection) -> str:
        now = runtime.clock()
        uid = (await register(connection, siret, said, by=caller.id, at=now)).contract.uid
        content = Content()
        content.add(await usual_kind(connection, declarant))
        quarter = last_quarter(now.astimezone(PARIS).date()).start
        return str(await drafts.begin(connection, spool(runtime), declarant.id, uid, quarter, content.kept(), caller.id, now))

    draft = await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/nouvelle/{draft}/marche", 303)


def wrong_in(typed: Mapping[str, str]) -> list[LineError]:
    """What cannot be taken of a contract that was typed, each beside its field. Pure."""
    return [*check_texts(typed), *_place(typed), *_days(typed)]


def _place(typed: Mapping[str, str]) -> list[LineError]:
    if typed["department"] in DEPARTMENTS:
        return []
    return [_error("department", "UNKNOWN_PLACE", "« Département » : choisissez celui où le marché s’exécute.")]


def _days(typed: Mapping[str, str]) -> list[LineError]:
    errors = []
    for name, label in (("starts_on", "Début"), ("ends_on", "Fin")):
        if typed[name] and day(typed[name]) is None:
            message = f"« {label} » : nous avons lu « {typed[name][:30]} », qui n’est pas une date."
            errors.append(_error(name, "V20", message, typed[name][:30], "31/12/2027"))
    first, last = day(typed["starts_on"]), day(typed["ends_on"])
    if not typed["starts_on"]:
        errors.append(
            _error(
                "starts_on",
                "MISSING_FIELD",
                "« Début » manque : sans lui, nous ne savons pas quels trimestres attendre.",
                example="05/01/2026",
            )
        )
    if first and last and last < first:
        errors.append(_error("ends_on", "V20", "La fin du marché est avant son début.", typed["ends_on"]))
    return errors


def _error(column: str, code: str, message: str, value: str | None = None, example: str | None = None) -> LineError:
    return LineError(column=column, code=code, value=value, message=message, example=example)


async def _page(
    request: Request, connection: Connection, declarant: Declarant, typed: Mapping[str, str], errors: list[LineError] | None = None,
    *, facilitates: bool,
) -> Response:  # fmt: skip
    buyer = await registry.organisation(connection, id=declarant.id)
    more: dict[str, Any] = {"buyer": buyer.name if buyer else "votre organisation", "facilitates": facilitates and declarant.acting is None}
    known = next((error.value for error in errors or () if error.code == "KNOWN_NUMBER"), None)
    return page(
        request, "declarer_nouveau_marche.html", status_code=422 if errors else 200, typed={**dict.fromkeys(FIELDS, ""), **typed},
        errors=forms.by_field(errors or []), known=known, departments=[(code, f"{name} ({code})") for code, name in DEPARTMENTS.items()], **more,
    )  # fmt: skip
