"""« /declarer/calculette »: how many hours a clause commits to, with the formula, its parameters and its article."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from kit import digits
from kit.errors import LineError
from kit.web import forms
from kit.web.render import page
from services.ingest.access import declarant_of
from services.ingest.acting import CallerDep
from services.ingest.rules.commitment import ARTICLE, FORMULA, SHARES, USUAL, Inputs, committed_hours, labour_hours

router = APIRouter(include_in_schema=False)
_NAMES: Final = {
    "amount": ("Montant HT", Decimal("0.01"), Decimal(10**11)),
    "share": ("Part de main-d’œuvre", Decimal(1), Decimal(100)),
    "rate": ("Taux d’insertion", Decimal("0.1"), Decimal(100)),
    "cost": ("Coût horaire chargé", Decimal(5), Decimal(500)),
    "taken_over": ("Heures reprises", Decimal(0), Decimal(10**9)),
}
_Typed = Annotated[str, Query(max_length=30)]


@router.get("/declarer/calculette")
async def calculate(
    request: Request, caller: CallerDep, amount: _Typed = "", share: _Typed = USUAL["share"], rate: _Typed = USUAL["rate"],
    cost: _Typed = USUAL["cost"], taken_over: _Typed = "0",
) -> Response:  # fmt: skip
    """Everything is in the address: a result can be kept and sent on."""
    declarant_of(caller)
    typed = {"amount": amount, "share": share, "rate": rate, "cost": cost, "taken_over": taken_over or "0"}
    inputs, errors = read(typed) if amount else (None, [])
    return page(
        request, "declarer_calculette.html", status_code=422 if errors else 200, typed=typed, errors=forms.by_field(errors), article=ARTICLE,
        formula=FORMULA, shares=SHARES, result=committed_hours(inputs) if inputs else None, labour=labour_hours(inputs) if inputs else None,
    )  # fmt: skip


def read(typed: Mapping[str, str]) -> tuple[Inputs | None, list[LineError]]:
    """The inputs, or what is wrong with them."""
    found, errors = {}, []
    for name, (label, least, most) in _NAMES.items():
        text = typed[name]
        plain = digits.joined(text).replace("€", "").replace("%", "").replace(",", ".")
        try:
            value = Decimal(plain)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not least <= value <= most:
            message = f"« {label} » : nous avons lu « {text[:30]} » ; un nombre de {least} à {most:f} est attendu."
            errors.append(LineError(column=name, code="NUMBER", value=text[:30], message=message))
        else:
            found[name] = value
    return (None if errors else Inputs(**found)), errors
