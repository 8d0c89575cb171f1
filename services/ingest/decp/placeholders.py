"""Rows that are no contract: a vendor's test set, and rows made of example values."""

from __future__ import annotations

import re
from typing import Final

from schemas.identifiers import normalised
from services.ingest.decp.source_row import SourceRow
from services.ingest.rules.contracts import cpv_of

TEST_RECORD: Final = "TEST_RECORD"
PLACEHOLDER: Final = "PLACEHOLDER"
TEST_BUYERS: Final = frozenset({"ESSENTIEL"})
"""Buyers of test sets that were published by mistake: « Le marche noir » by « Essentiel », under eleven invented SIRETs, 2018."""

_COUNTING: Final = re.compile(r"1234567")
_REPEATED: Final = re.compile(r"(\d)\1{7}")
_TEST_WORD: Final = re.compile(r"\bTEST\b")


def why_no_contract(row: SourceRow) -> str | None:
    """TEST_RECORD for the known test set, PLACEHOLDER for rows that look like an example; None for a contract.

    One example value alone is a mistake in a contract (a CPV of 12345678); with the test buyer's name, or two of them, it is no contract.
    """
    buyer, marks = normalised(str(row.buyer_name or "")), _marks(row)
    if buyer in TEST_BUYERS and marks:
        return TEST_RECORD
    if marks >= 2 or _TEST_WORD.search(buyer):
        return PLACEHOLDER
    return None


def counts_up(number: str) -> bool:
    """Whether a number is 1 2 3 4…, as examples have it."""
    return _COUNTING.search(number) is not None


def _marks(row: SourceRow) -> int:
    """How many of number, CPV and amount count 1 2 3 4… or repeat one digit."""
    cpv = str(row.cpv or "").partition("-")[0]
    invented_cpv = cpv_of(cpv) is None and (cpv.startswith("1234") or _REPEATED.fullmatch(cpv) is not None)
    return sum((counts_up(str(row.decp_id or "")), invented_cpv, str(row.amount) == "123456.78"))
