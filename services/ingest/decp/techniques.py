"""How a contract was bought and is carried out (DECP v2: `techniques`, `modalitesExecution`, `idAccordCadre`), however producers write it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from schemas.identifiers import normalised
from services.ingest.decp.placeholders import counts_up
from services.ingest.decp.social import NOTHING, UNSAID

NONE_OF_THEM: Final = "Sans objet"
_TECHNIQUES: Final = {
    "Accord-cadre": re.compile(r"\bACCORDS? ?CADRES?\b"),
    "Concours": re.compile(r"\bCONCOURS\b"),
    "Système de qualification": re.compile(r"\bQUALIFICATION\b"),
    "Système d'acquisition dynamique": re.compile(r"\bACQUISITION\b|\bSAD\b"),
    "Catalogue électronique": re.compile(r"\bCATALOGUES?\b"),
    "Enchère électronique": re.compile(r"\bENCH[A-Z ]{0,3}RES?\b"),
}
_EXECUTION: Final = {
    "Tranches": re.compile(r"\bTRANCHES?\b"),
    "Bons de commande": re.compile(r"\bBONS? DE COMMANDES?\b"),
    "Marchés subséquents": re.compile(r"\bSUBS[A-Z ]{0,3}QUENTS?\b"),
}
"""In plain capitals, a letter that was lost at the source (« Ench\ufffdre ») left out."""


@lru_cache(maxsize=4096)
def techniques_in(text: str) -> tuple[str, ...]:
    """The schema's values of `techniques` that a text says; the text itself where it says none of them, nothing where nothing is known."""
    return _said_by(text, _TECHNIQUES)


@lru_cache(maxsize=4096)
def execution_in(text: str) -> tuple[str, ...]:
    """The same of `modalitesExecution`."""
    return _said_by(text, _EXECUTION)


def framework_id_in(text: str, own: str) -> str | None:
    """The framework agreement's number of a contract awarded under it; None for « sans objet », an example (1234567890) or the contract's `own`."""
    plain = normalised(text)
    if not plain or not plain.strip("0 ") or plain == normalised(own) or UNSAID.fullmatch(plain) or NOTHING.match(plain) or counts_up(text):
        return None
    return text


def _said_by(text: str, values: Mapping[str, re.Pattern[str]]) -> tuple[str, ...]:
    plain = normalised(text)
    if not plain or UNSAID.fullmatch(plain):
        return ()
    if NOTHING.match(plain):
        return (NONE_OF_THEM,)
    return tuple(value for value, says in values.items() if says.search(plain)) or (text,)
