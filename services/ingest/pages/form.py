"""« /declarer/nouvelle »: choose a contract, fill up to ten lines, look them over, send. Nothing is kept until it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit import idempotency
from kit.errors import LineError
from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import CallerDep, RuntimeDep
from schemas.periods import Period
from services.ingest.access import declarant_of
from services.ingest.intake import Intake
from services.ingest.pages import typed as t
from services.ingest.pages.typed import Typed, TypedLine
from services.ingest.pages.wording import beside
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.lines import Checked
from services.ingest.sources import Declarant
from services.ingest.store import contracts, filings
from services.ingest.store.filings import committed
from services.ingest.store.known import contracts_named
from services.ingest.store.numbers import PARIS
from services.ingest.store.search import Question, search

router = APIRouter(include_in_schema=False)
FOUND: Final = 20
ROUTE: Final = "POST /declarer/nouvelle"
_SEX: Final = {"F": "Femme", "M": "Homme"}
_NAME_OF_LABEL: Final = {label: name for name, label in t.LABELS.items()}


@router.get("/declarer/nouvelle")
async def begin(
    request: Request,
    runtime: RuntimeDep,
    caller: CallerDep,
    q: Annotated[str, Query(max_length=200)] = "",
    contract: Annotated[str, Query(max_length=64)] = "",
    kind: Annotated[str, Query(alias="type", max_length=10)] = "person",
) -> Response:
    """First the contract, by number or words; then the form, filled with what the contract says."""
    declarant = declarant_of(caller)
    if not contract:
        async with runtime.pool.acquire() as connection:
            items, following = await search(connection, Question(declarant, words=q, limit=FOUND))
        return page(request, "declarer_marche.html", q=q, items=items, more=following is not None)
    chosen = await _contract(runtime, declarant, contract)
    today = runtime.clock().astimezone(PARIS).date()
    line = TypedLine(
        "group" if kind == "group" else "person", {"period": _last_month(chosen, today), "department": chosen["department"] or ""}
    )
    return _form(request, Typed(contract, str(uuid4()), [line]), chosen)


@router.post("/declarer/nouvelle")
async def answer(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Every button of the form comes here; what was typed comes along and goes back."""
    declarant = declarant_of(caller)
    values = await forms.fields(request)
    form, action = Typed.of(values), values.get("action", "check")
    chosen = await _contract(runtime, declarant, form.contract)
    if not form.lines:
        form.add("person")
    if action in {"add_person", "add_group"}:
        form.add(action.removeprefix("add_"))
        return _form(request, form, chosen)
    if action.startswith("remove."):
        number = action.removeprefix("remove.")
        form.remove(int(number) if number.isdecimal() else 0)
        return _form(request, form, chosen)
    if action == "edit":
        return _form(request, form, chosen)
    return await _checked(request, runtime, caller, declarant, form, chosen, send=action == "send")


async def _checked(
    request: Request, runtime: Runtime, caller: Caller, declarant: Declarant, form: Typed, chosen: Mapping[str, Any], *, send: bool
) -> Response:
    intake = Intake(runtime, declarant, caller.id, "form", form.raw_lines(), period=_common_period(form))
    async with runtime.pool.acquire() as connection:
        found = await intake.check(connection)
    if found.blocked:
        return _form(request, form, chosen, found.errors, status_code=422)
    if send:
        return await _sent(runtime, declarant, form, intake)
    return _recap(request, form, chosen, found)


async def _sent(runtime: Runtime, declarant: Declarant, form: Typed, intake: Intake) -> Response:
    """File it once, however often the button is pressed: the form's own id is the key."""
    body = json.dumps([form.contract, [[line.kind, line.values] for line in form.lines]], sort_keys=True).encode()

    async def work(connection: Connection) -> idempotency.Answer:
        claim = await idempotency.begin(connection, scope=str(declarant.id), route=ROUTE, key=form.form_id or str(uuid4()), body=body)
        if claim.replay:
            return claim.replay
        receipt = await filings.accept(connection, await intake.filing(connection), runtime.clock())
        return await claim.keep(idempotency.Answer.of(303, {"number": receipt.number}))

    answer = await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse(f"/declarer/recu/{json.loads(answer.body)['number']}", 303)


def _form(
    request: Request, form: Typed, chosen: Mapping[str, Any], errors: Sequence[LineError] = (), *, status_code: int = 200
) -> Response:
    named = beside_fields(errors)
    return page(
        request,
        "declarer_nouvelle.html",
        status_code=status_code,
        form=form,
        contract=chosen,
        errors=_short(named),
        problems=beside_fields([error for error in errors if error.severity == "blocking"]),
        groups=_GROUPS,
        most=t.MOST_LINES,
    )


def _recap(request: Request, form: Typed, chosen: Mapping[str, Any], found: Checked) -> Response:
    total = sum(value.centihours for value in found.values)
    shown = [
        [(field.label, _said(field.name, line.values.get(field.name, ""))) for field in t.fields_of(t.names_of(line.kind))]
        for line in form.lines
    ]
    return page(
        request,
        "declarer_recapitulatif.html",
        form=form,
        contract=chosen,
        centihours=total,
        lines=[[(label, value) for label, value in line if value] for line in shown],
        remarks=[error for error in found.errors if error.severity != "blocking"],
    )


def beside_fields(errors: Sequence[LineError]) -> dict[str, list[LineError]]:
    """Errors under the name of the input that they are shown beside."""
    renamed = [error.model_copy(update={"column": _NAME_OF_LABEL.get(error.column or "", error.column)}) for error in errors]
    return dict(forms.by_field(renamed))


def _short(named: Mapping[str, Sequence[LineError]]) -> dict[str, list[LineError]]:
    return {name: [error.model_copy(update={"message": beside(error)}) for error in errors] for name, errors in named.items()}


def _said(name: str, value: str) -> str:
    """A value as the recapitulation shows it: labels for codes, identity never."""
    field = BY_NAME[name]
    if not value:
        return ""
    if field.identity:
        return "sert au jeton, puis effacé"
    return _SEX.get(value, value) if name == "sex" else (field.vocabulary or {}).get(value, value)


def _common_period(form: Typed) -> Period | None:
    """The filing's period when all its lines share one."""
    written = {line.values.get("period", "").strip() for line in form.lines}
    try:
        return Period.parse(written.pop()) if len(written) == 1 else None
    except ValueError:
        return None


async def _contract(runtime: Runtime, declarant: Declarant, name: str) -> dict[str, Any]:
    """The contract that the form is about. Raises a 404 problem for one that the declarant may not declare for."""
    async with runtime.pool.acquire() as connection:
        known = (await contracts_named(connection, declarant, [name])).of(name)
        found = await contracts.one(connection, known.uid) if known and known.declarable else None
    if found is None:
        raise Problem(
            404, "UNKNOWN_CONTRACT", "Ce marché n’est pas parmi les vôtres", "Cherchez-le par son numéro ou par des mots de son objet."
        )
    clause = found.clause
    return {
        "uid": found.uid,
        "number": found.number,
        "object": found.says("object") or "",
        "buyer": found.says("buyer_name") or found.buyer_siret,
        "department": found.says("department"),
        "starts_on": found.starts_on,
        "ends_on": found.ends_on,
        "hours_committed": clause.hours_committed if clause else None,
    }


def _last_month(chosen: Mapping[str, Any], today: date) -> str:
    """Last month, or the contract's last one when it has ended."""
    last = today.replace(day=1) - timedelta(days=1)
    ends_on = chosen["ends_on"]
    return f"{min(last, ends_on) if ends_on else last:%Y-%m}"


_GROUPS: Final = {
    "work": t.fields_of(t.WORK),
    "person": t.fields_of(t.PERSON),
    "more": t.fields_of(t.MORE),
    "identity": t.fields_of(t.IDENTITY),
    "group": t.fields_of(t.GROUP),
    "group_more": t.fields_of(t.GROUP_MORE),
}
