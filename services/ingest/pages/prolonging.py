"""« /declarer/prolonger »: the new end of a contract, said where hours came after the old one (V07), then back to those hours."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from kit.errors import LineError
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from kit.web import forms
from kit.web.render import page
from kit.web.request import RuntimeDep
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.corrections import Rank
from services.ingest.parts import Declared
from services.ingest.rules.declared import KnownContract
from services.ingest.rules.months import PROLONGED
from services.ingest.rules.times import NoDate, date_of, french_date
from services.ingest.sources import Declarant, rank_of
from services.ingest.store.contracts import declare_clause
from services.ingest.store.filings import committed
from services.ingest.store.known import contracts_named, parties_of

router = APIRouter(include_in_schema=False)
HOME: Final = "/declarer"
FURTHEST_YEARS: Final = 30


def prolonging(error: LineError, contract: str, back: str) -> str | None:
    """The address where a finding of hours after the end is answered by a new end; None for other findings."""
    if error.code != "V07" or PROLONGED not in error.message or not contract:
        return None
    return f"{HOME}/prolonger?{urlencode({'marche': contract, 'retour': back})}"


@router.get("/declarer/prolonger")
async def ask(
    request: Request, runtime: RuntimeDep, caller: CallerDep,
    marche: Annotated[str, Query(max_length=64)], retour: Annotated[str, Query(max_length=300)] = HOME,
) -> Response:  # fmt: skip
    contract, may = await _contract(runtime, declarant_of(caller), marche)
    return page(request, "declarer_prolonger.html", contract=contract, may=may, back=_back(retour), typed="", errors={})


@router.post("/declarer/prolonger")
async def prolong(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """Record the end as the declarant's word, beside what the procurement data say; whoever asked reads the hours anew."""
    declarant = declarant_of(caller)
    form = await forms.fields(request)
    contract, may = await _contract(runtime, declarant, form.get("marche", ""))
    if not may:
        raise Problem(
            403,
            "NOT_YOURS_TO_SAY",
            "La fin d’un marché est dite par son acheteur ou son facilitateur",
            "Demandez-leur de la mettre à jour.",
        )
    back = _back(form.get("retour", HOME))
    try:
        end = _end(form.get("ends_on", ""), contract)
    except NoDate as wrong:
        error = LineError(column="ends_on", code="V07", message=str(wrong), example="30/06/2027")
        return page(
            request, "declarer_prolonger.html", status_code=422, contract=contract, may=may, back=back,
            typed=form.get("ends_on", ""), errors=forms.by_field([error]),
        )  # fmt: skip

    async def work(connection: Connection) -> None:
        await declare_clause(connection, contract.uid, Declared(ends_on=end), by=caller.id, at=runtime.clock())

    await committed(runtime.pool, work)
    runtime.wake_relay()
    return RedirectResponse(back, 303)


async def _contract(runtime: Runtime, declarant: Declarant, name: str) -> tuple[KnownContract, bool]:
    """The contract and whether this declarant may say when it ends. Raises a 404 problem."""
    async with runtime.pool.acquire() as connection:
        found = (await contracts_named(connection, declarant, [name])).of(name)
        parties = await parties_of(connection, found.uid) if found and found.declarable else None
    if found is None or parties is None:
        raise Problem(404, "UNKNOWN_CONTRACT", "Ce marché n’est pas parmi les vôtres")
    return found, rank_of(declarant, parties) in {Rank.BUYER, Rank.FACILITATOR}


def _end(text: str, contract: KnownContract) -> date:
    """Raises NoDate with the sentence that says what would be right."""
    end = date_of(text.strip())
    if contract.ends_on and end <= contract.ends_on:
        raise NoDate(f"La nouvelle date de fin est après l’actuelle, le {french_date(contract.ends_on)}.")
    if contract.ends_on and end.year > contract.ends_on.year + FURTHEST_YEARS:
        raise NoDate(f"Plus de {FURTHEST_YEARS} ans après la fin actuelle : vérifiez l’année.")
    return end


def _back(address: str) -> str:
    """A page of ours to come back to, and no other site's."""
    return address if address.startswith(f"{HOME}/") and "\\" not in address and "//" not in address else HOME
