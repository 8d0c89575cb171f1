"""What becomes of one row: imported, repaired or set aside, and what had to be said about it (design 3, DECP import). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from schemas.contracts import Holder, Procurement
from schemas.vocabulary.places import DEPARTMENTS
from services.ingest.decp.placeholders import why_no_contract
from services.ingest.decp.source_row import SourceHolder, SourceRow
from services.ingest.parts import Imported
from services.ingest.rules.contracts import contradicts_itself, cpv_of
from services.ingest.rules.establishments import digits_of, is_siret
from services.ingest.rules.places import NoPlace, commune_of
from services.ingest.rules.times import NoDate, date_of

Outcome = Literal["imported", "repaired", "set_aside"]

LONGEST_ID: Final = 64
LONGEST_TEXT: Final = 1000
_ALTERED: Final = re.compile("[\ufffd\x80-\x9f]")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OWN_DEPARTMENT: Final = frozenset({"21", "22", "24", "25", "26", "27"})
"""SIRENs of local authorities carry their department in digits 3 and 4."""
_KINDS: Final = {"21": "COMMUNE", "22": "CONSEIL_DEPARTEMENTAL"}


@dataclass(frozen=True)
class Judged:
    """`part` is None for a row that is set aside. `buyer` and `decp_id` are its uid, for rows set aside as far as there is one."""

    position: int
    digest: bytes
    outcome: Outcome
    buyer: str
    decp_id: str
    reason: str | None = None
    part: Imported | None = None
    in_region: bool = False
    """The buyer is in the region, or the place is."""


@dataclass
class _Remarks:
    flags: list[str] = field(default_factory=list)
    repaired: bool = False

    def flag(self, code: str) -> None:
        if code not in self.flags:
            self.flags.append(code)


def judge(row: SourceRow) -> Judged:
    """A row that has a buyer and an id is kept with its errors as null and flagged; nothing is guessed."""
    buyer, decp_id = digits_of(_plain(row.buyer_siret)), _plain(row.decp_id)
    reason = why_no_contract(row) or _unusable(buyer, decp_id)
    if reason:
        return Judged(row.position, row.digest, "set_aside", buyer[:LONGEST_ID], decp_id[:LONGEST_ID], reason)
    remarks = _Remarks(repaired=buyer != str(row.buyer_siret) or decp_id != row.decp_id)
    department, commune = _place(row, remarks)
    part = Imported(
        number=decp_id,
        object=_text(row.purpose, "NO_OBJECT", remarks),
        buyer_name=_text(row.buyer_name, None, remarks),
        buyer_kind=_KINDS.get(buyer[:2]),
        department=department,
        commune=commune,
        procurement=_procurement(row, decp_id, remarks),
    )
    in_region = department in DEPARTMENTS or _department_of_buyer(row, buyer) in {*DEPARTMENTS, "11"}
    return Judged(row.position, row.digest, "repaired" if remarks.repaired else "imported", buyer, decp_id, None, part, in_region)


def _unusable(buyer: str, decp_id: str) -> str | None:
    if not decp_id:
        return "MISSING_ID"
    if len(decp_id) > LONGEST_ID:
        return "BAD_ID"
    if not buyer:
        return "MISSING_BUYER"
    return None if is_siret(buyer) else "BUYER_SIRET"


def _procurement(row: SourceRow, decp_id: str, remarks: _Remarks) -> Procurement:
    social = tuple(text for value in row.social if (text := _plain(value)))
    if contradicts_itself(social):
        remarks.flag("V03")
    return Procurement(
        revision=0,
        decp_id=decp_id,
        source=_plain(row.source) or None,
        nature=_plain(row.nature) or None,
        procedure=_plain(row.procedure) or None,
        cpv=_cpv(row, remarks),
        amount=_amount(row, remarks),
        duration_months=_duration(row, remarks),
        notified_on=_date(row.notified_on, "NO_NOTIFICATION_DATE", "NOTIFICATION_DATE", remarks),
        published_on=_date(row.published_on, None, "PUBLICATION_DATE", remarks),
        place_code=_plain(row.place_code) or None,
        place_kind=_plain(row.place_kind) or None,
        holders=_holders(row, remarks),
        social=tuple(sorted(set(social))),
        flags=tuple(sorted(remarks.flags)),
    )


def _plain(value: object) -> str:
    """A text or a number as storable text without surrounding blanks; anything else is nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return ""
    return _UNSTORABLE.sub("\ufffd", str(value)).strip()[:LONGEST_TEXT]


def _text(value: object, missing: str | None, remarks: _Remarks) -> str | None:
    """Altered characters are kept and flagged: what they were is anybody's guess."""
    text = _plain(value)
    if not text:
        if missing:
            remarks.flag(missing)
        return None
    if _ALTERED.search(text):
        remarks.flag("ALTERED_TEXT")
    return text


def _cpv(row: SourceRow, remarks: _Remarks) -> str | None:
    text = _plain(row.cpv)
    found = cpv_of(text)
    if found is None:
        remarks.flag("UNKNOWN_CPV" if text else "NO_CPV")
    elif found != text:
        remarks.repaired = True  # the check digit behind the dash says nothing more
    return found


def _amount(row: SourceRow, remarks: _Remarks) -> str | None:
    try:
        amount = Decimal(_plain(row.amount) or "0")
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or not 0 < amount < 10**15:
        remarks.flag("NO_AMOUNT")
        return None
    return f"{amount.quantize(Decimal('0.01')).normalize():f}"


def _duration(row: SourceRow, remarks: _Remarks) -> int | None:
    text = _plain(row.duration)
    months = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= months <= 1200:
        remarks.flag("NO_DURATION")
        return None
    return months


def _date(value: object, missing: str | None, bad: str, remarks: _Remarks) -> date | None:
    text = _plain(value)
    if not text:
        if missing:
            remarks.flag(missing)
        return None
    try:
        found = date_of(text)
    except NoDate:
        remarks.flag(bad)
        return None
    if not _DAY.fullmatch(text):
        remarks.repaired = True  # a time zone behind a date, or the French order
    return found


def _holders(row: SourceRow, remarks: _Remarks) -> tuple[Holder, ...]:
    """In an order of their own: the source's means nothing."""
    found = {_holder(holder, remarks) for holder in row.holders if holder.number or holder.name}
    if not found:
        remarks.flag("NO_HOLDER")
    return tuple(sorted(found, key=lambda holder: (holder.siret or "", holder.name or "")))


def _holder(holder: SourceHolder, remarks: _Remarks) -> Holder:
    number, name = digits_of(_plain(holder.number)), _text(holder.name, None, remarks)
    if is_siret(number):
        return Holder(siret=number, name=name)
    remarks.flag("HOLDER_SIRET" if _plain(holder.kind) in {"", "SIRET"} else "HOLDER_ABROAD")
    return Holder(name=name)


def _place(row: SourceRow, remarks: _Remarks) -> tuple[str | None, str | None]:
    """Department and commune of the place of execution, as far as the code says."""
    code, kind = _plain(row.place_code).upper(), _plain(row.place_kind).lower()
    if "pays" in kind or "région" in kind or "region" in kind or not code:
        remarks.flag("NO_PLACE")
        return None, None
    department = code[:3] if code.startswith(("97", "98")) else code[:2]
    if not re.fullmatch(r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[4-8]", department):
        remarks.flag("NO_PLACE")
        return None, None
    try:
        return department, commune_of(code) if len(code) == 5 else None
    except NoPlace:
        return department, None


def _department_of_buyer(row: SourceRow, siret: str) -> str | None:
    """The region's code « 11 » when the source says it, else the department that the number of a local authority carries."""
    if _plain(row.buyer_region):
        return _plain(row.buyer_region)
    return siret[2:4] if siret[:2] in _OWN_DEPARTMENT else None
