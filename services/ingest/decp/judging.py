"""What becomes of one row: imported, repaired or set aside, and what had to be said about it (design 3, DECP import). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from kit.invisible import visible
from schemas.contracts import Amendment, Holder, Procurement
from schemas.vocabulary.places import DEPARTMENTS
from services.ingest.decp.amendments import V16, applied, latest_publication, numbered
from services.ingest.decp.located import REGION, Located, located, named
from services.ingest.decp.naming import plain
from services.ingest.decp.pieces import one_each
from services.ingest.decp.placeholders import why_no_contract
from services.ingest.decp.social import said_by
from services.ingest.decp.source_row import BLANKS, SourceChange, SourceHolder, SourceRow
from services.ingest.decp.techniques import execution_in, framework_id_in, techniques_in
from services.ingest.decp.written import amount_in, cpv_in, day_in, months_in, siret_in
from services.ingest.parts import Imported
from services.ingest.rules.contracts import contradicts_itself
from services.ingest.rules.establishments import is_shortened, is_siret

Outcome = Literal["imported", "repaired", "set_aside"]

LONGEST_ID: Final = 64
_POINT_ZERO: Final = re.compile(r"^(\d+)\.0+$", re.ASCII)
LONGEST_TEXT: Final = 1000
_LONGEST_BLANK: Final = 9
_ALTERED: Final = re.compile("[\ufffd\x80-\x9f]")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
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
    piece: int | None = None
    """Of a table's row: the amendment after which it describes the contract, 0 before any."""
    changed_on: date | None = None

    @property
    def order(self) -> str:
        """Of two rows about one contract the one with the higher order stands, wherever in the file they are: published later, after more
        amendments, notified later, with less to say against it; then by content."""
        if self.part is None:
            return ""
        said = self.part.procurement
        published, notified = latest_publication(said) or date.min, said.notified_on or date.min
        amended = max(self.piece or 0, *(amendment.number for amendment in said.amendments), 0)
        return f"{published}|{min(amended, 99_999):05d}|{notified}|{99 - len(said.flags):02d}|{self.digest.hex()}"


@dataclass
class _Remarks:
    flags: list[str] = field(default_factory=list)
    repaired: bool = False

    def flag(self, code: str) -> None:
        if code not in self.flags:
            self.flags.append(code)


def judge(row: SourceRow) -> Judged:
    """A row that has a buyer and an id is kept with its errors as null and flagged; nothing is guessed."""
    said = _plain(row.buyer_siret)
    buyer, decp_id = siret_in(said), _own_number(row)
    lost = is_shortened(decp_id)
    if (lost or not decp_id) and buyer and _plain(row.uid).startswith(buyer):
        decp_id = _plain(row.uid)[len(buyer) :].lstrip("_ ")
        lost = is_shortened(decp_id)
    reason = row.fault or why_no_contract(row) or ("LOST_ID" if lost else _unusable(buyer, decp_id))
    if reason:
        return Judged(row.position, row.digest, "set_aside", buyer[:LONGEST_ID], decp_id[:LONGEST_ID], reason)
    remarks = _Remarks(repaired=buyer != str(row.buyer_siret) or decp_id != str(row.decp_id))
    place = _place(row, remarks)
    part = Imported(
        number=decp_id,
        object=_text(row.purpose, "NO_OBJECT", remarks),
        buyer_name=_text(row.buyer_name, None, remarks),
        buyer_kind=_KINDS.get(buyer[:2]),
        department=place.department,
        commune=place.commune,
        procurement=_procurement(row, decp_id, remarks),
    )
    piece = _whole(row.change_number) or 0 if row.piece else None
    changed_on = day_in(_plain(row.changed_on))[0]
    outcome: Outcome = "repaired" if remarks.repaired else "imported"
    return Judged(
        row.position, row.digest, outcome, buyer, decp_id, None, part, place.in_region or _buyer_in_region(row, buyer), piece, changed_on
    )


def _own_number(row: SourceRow) -> str:
    """The contract's number, without the « .0 » that a column of numbers puts behind each."""
    text = _plain(row.decp_id)
    return _POINT_ZERO.sub(r"\1", text) if row.piece or not isinstance(row.decp_id, str) else text


def _unusable(buyer: str, decp_id: str) -> str | None:
    if not decp_id:
        return "MISSING_ID"
    if len(decp_id) > LONGEST_ID:
        return "BAD_ID"
    if not buyer:
        return "MISSING_BUYER"
    return None if is_siret(buyer) else "BUYER_SIRET"


def _procurement(row: SourceRow, decp_id: str, remarks: _Remarks) -> Procurement:
    social = tuple(value for said in row.social for value in said_by(_plain(said)))
    if contradicts_itself(social):
        remarks.flag("V03")
    said = Procurement(
        revision=0,
        decp_id=decp_id,
        source=_plain(row.source) or None,
        nature=_plain(row.nature) or None,
        procedure=_plain(row.procedure) or None,
        cpv=_cpv(row, remarks),
        amount=_amount(row.amount, "NO_AMOUNT", remarks),
        duration_months=_duration(row.duration, "NO_DURATION", remarks),
        notified_on=_date(row.notified_on, "NO_NOTIFICATION_DATE", "NOTIFICATION_DATE", remarks),
        published_on=_date(row.published_on, None, "PUBLICATION_DATE", remarks),
        place_code=_plain(row.place_code) or None,
        place_kind=_plain(row.place_kind) or None,
        holders=_holders(row.holders, "NO_HOLDER", remarks),
        social=tuple(sorted(set(social))),
        techniques=_values(row.techniques, techniques_in),
        execution=_values(row.execution, execution_in),
        framework_id=framework_id_in(_plain(row.framework_id), decp_id),
    )
    amended = applied(said, _amendments(row, remarks))
    return amended.model_copy(update={"flags": tuple(sorted(remarks.flags))})


def _values(written: Sequence[object], read: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({value for one in written for value in read(_plain(one))}))


def _amendments(row: SourceRow, remarks: _Remarks) -> tuple[Amendment, ...]:
    found, are_right = numbered([(_whole(change.number), _amendment(change, remarks)) for change in row.changes])
    if not are_right:
        remarks.flag(V16)
    return found


def _amendment(change: SourceChange, remarks: _Remarks) -> Amendment:
    return Amendment(
        number=0,
        object=_text(change.purpose, None, remarks),
        notified_on=_date(change.notified_on, None, "AMENDMENT_DATE", remarks),
        published_on=_date(change.published_on, None, "AMENDMENT_DATE", remarks),
        amount=_amount(change.amount, None, remarks),
        duration_months=_duration(change.duration, None, remarks),
        holders=_holders(change.holders, None, remarks),
    )


def _whole(value: object) -> int | None:
    """A small whole number, also where a spreadsheet or a text made `1.0` of it."""
    text = _plain(value).removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _plain(value: object) -> str:
    """A text or a number as storable text without surrounding blanks; anything else is nothing, and so is what producers write for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return ""
    if isinstance(value, int | Decimal) and not -(10**30) < value < 10**30:
        return ""
    text = visible(_UNSTORABLE.sub("\ufffd", str(value))).strip()[:LONGEST_TEXT]
    return "" if len(text) <= _LONGEST_BLANK and plain(text) in BLANKS else text


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
    if isinstance(row.cpv, int) and len(text) == 7:
        text = f"0{text}"  # a JSON number has no zero in front
    found = cpv_in(text) if text else None
    if found is None:
        remarks.flag("UNKNOWN_CPV" if text else "NO_CPV")
    elif found != text:
        remarks.repaired = True  # the check digit behind the dash says nothing more
    return found


def _amount(value: object, missing: str | None, remarks: _Remarks) -> str | None:
    """A number of JSON is what it is; a text may have written thousands with its only point."""
    text = _plain(f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() and abs(value) < 10**30 else value)
    found, otherwise = amount_in(text) if text else (None, False)
    remarks.repaired |= otherwise
    if found is None and (missing or text):
        remarks.flag(missing or "AMENDMENT_AMOUNT")
    return found


def _duration(value: object, missing: str | None, remarks: _Remarks) -> int | None:
    text = _plain(value)
    found, otherwise = months_in(text) if text else (None, False)
    remarks.repaired |= otherwise
    if found is None and (missing or text):
        remarks.flag(missing or "AMENDMENT_DURATION")
    return found


def _date(value: object, missing: str | None, bad: str, remarks: _Remarks) -> date | None:
    text = _plain(value)
    if not text:
        if missing:
            remarks.flag(missing)
        return None
    found, otherwise = day_in(text)
    remarks.repaired |= otherwise  # a time zone behind a date, or the French order
    if found is None:
        remarks.flag(bad)
    return found


def _holders(holders: Sequence[SourceHolder], missing: str | None, remarks: _Remarks) -> tuple[Holder, ...]:
    """In an order of their own: the source's means nothing."""
    found = {_holder(holder, remarks) for holder in holders if _plain(holder.number) or _plain(holder.name)}
    if not found and missing:
        remarks.flag(missing)
    return one_each(found)


def _holder(holder: SourceHolder, remarks: _Remarks) -> Holder:
    number, name = siret_in(_plain(holder.number)), _text(holder.name, None, remarks)
    if is_siret(number):
        return Holder(siret=number, name=name)
    remarks.flag("HOLDER_SIRET" if _plain(holder.kind).upper() in {"", "SIRET"} else "HOLDER_ABROAD")
    return Holder(name=name)


def _place(row: SourceRow, remarks: _Remarks) -> Located:
    """Department and commune of the place of execution, as far as the code says."""
    code = _plain(row.place_code).removesuffix(".0")
    kind = plain(_plain(row.place_kind))
    numeric = row.piece or isinstance(row.place_code, int)  # numbers and spreadsheets have no zero in front
    if numeric and code.isdigit() and (len(code) == 1 or (len(code) == 4 and "canton" not in kind and "arrondissement" not in kind)):
        code = f"0{code}"
    place = located(code, kind)
    if place == Located() and (by_name := named(code) or named(_plain(row.place_name))):
        remarks.repaired = True
        place = by_name
    if place.department is None:
        remarks.flag("NO_PLACE")
    return place


def _buyer_in_region(row: SourceRow, siret: str) -> bool:
    """As the source says it by region or department, else as the number of a local authority says it."""
    region, department = (_plain(value).removesuffix(".0") for value in (row.buyer_region, row.buyer_department))
    if region:
        return region == REGION
    if department:
        return department in DEPARTMENTS
    return siret[:2] in _OWN_DEPARTMENT and siret[2:4] in DEPARTMENTS
