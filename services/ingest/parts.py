"""A contract's two parts, what the procurement data say and what the declarant says, and the two put together. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from schemas.contracts import Clause, ContractDeclared, Procurement
from schemas.identifiers import normalised
from schemas.message import Code, Department, Part
from schemas.vocabulary.places import DEPARTMENTS
from services.ingest.decp.amendments import completed, grown, latest_publication


class Facts(Part):
    """What both parts may say of the contract itself. None: this part does not say."""

    number: str | None = None
    object: str | None = None
    buyer_name: str | None = None
    buyer_kind: Code | None = None
    department: Department | None = None
    commune: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None


class Imported(Facts):
    """The DECP part."""

    procurement: Procurement


class Declared(Facts):
    """The declarant's part."""

    clause: Clause | None = None


NOTHING: Final = Facts()


@dataclass(frozen=True)
class Contract:
    """A contract as it is recorded."""

    uid: UUID
    revision: int
    buyer_siret: str
    buyer_id: UUID | None = None
    imported: Imported | None = None
    declared: Declared | None = None
    in_region: bool = True

    def says(self, field: str) -> Any:
        """A field of the contract: the declared value, else the imported one."""
        first = getattr(self.declared or NOTHING, field)
        return first if first is not None else getattr(self.imported or NOTHING, field)

    @property
    def number(self) -> str:
        return str(self.says("number") or self.uid)

    @property
    def clause(self) -> Clause | None:
        return self.declared.clause if self.declared else None

    @property
    def procurement(self) -> Procurement | None:
        return self.imported.procurement if self.imported else None

    @property
    def starts_on(self) -> date | None:
        """The contract's own start, else the clause's."""
        found: date | None = self.says("starts_on")
        return found or (self.clause.starts_on if self.clause else None)

    @property
    def ends_on(self) -> date | None:
        found: date | None = self.says("ends_on")
        return found or (self.clause.ends_on if self.clause else None)

    @property
    def holder_sirets(self) -> list[str]:
        """Of everybody who holds the contract or held it: a company that was replaced still knows its hours."""
        said = self.procurement
        if said is None:
            return []
        lists = [said.holders, said.initial.holders if said.initial else (), *(amendment.holders for amendment in said.amendments)]
        return sorted({holder.siret for holders in lists for holder in holders if holder.siret})

    @property
    def words(self) -> str:
        """What a search looks in."""
        return normalised(
            " ".join(
                filter(None, (self.number, self.says("object"), self.says("buyer_name"), self.clause.operation if self.clause else None))
            )
        )

    @property
    def announced(self) -> bool:
        """Only contracts whose buyer or place is in the region go out."""
        return self.in_region or self.says("department") in DEPARTMENTS

    def message(self) -> ContractDeclared:
        return ContractDeclared(
            contract_uid=self.uid,
            revision=self.revision,
            number=self.number,
            object=self.says("object") or "",
            buyer_siret=self.buyer_siret,
            buyer_name=self.says("buyer_name"),
            buyer_kind=self.says("buyer_kind"),
            buyer_id=self.buyer_id,
            department=self.says("department"),
            commune=self.says("commune"),
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            procurement=self.procurement,
            clause=self.clause,
        )


def with_imported(contract: Contract, part: Imported) -> Contract:
    """The contract after an import; the same object when the import says nothing new. A declared field is never touched."""
    before = contract.procurement.revision if contract.procurement else 0
    if contract.imported and _unnumbered(contract.imported) == _unnumbered(part):
        return contract
    if contract.imported and _is_older(part, contract.imported):
        part = with_earlier(contract.imported, part)
        if part is contract.imported:
            return contract
    elif contract.imported:
        part = part.model_copy(update={"procurement": grown(contract.imported.procurement, part.procurement)})
        if _unnumbered(contract.imported) == _unnumbered(part):
            return contract
    numbered = part.model_copy(update={"procurement": part.procurement.model_copy(update={"revision": before + 1})})
    return _next(contract, imported=numbered)


def with_earlier(part: Imported, earlier: Imported) -> Imported:
    """A contract's part with the amendments that only an earlier publication of it has; the same object where it has none, or is another contract
    under one number."""
    if (part.object or "").casefold() != (earlier.object or "").casefold():
        return part
    said = completed(part.procurement, earlier.procurement)
    return part if said is part.procurement else part.model_copy(update={"procurement": said})


def _is_older(part: Imported, known: Imported) -> bool:
    """Published before what is known, or without a date where that has one: the order of files does not decide."""
    known_on, said_on = latest_publication(known.procurement), latest_publication(part.procurement)
    return known_on is not None and (said_on is None or said_on < known_on)


def with_declared(contract: Contract, part: Declared) -> Contract:
    """The contract after a declaration of it; the same object when nothing new is said. Fields left out keep what was declared before."""
    earlier = contract.declared or Declared()
    said = part.model_dump(exclude_none=True, exclude={"clause"})
    clause = _clause(earlier.clause, part.clause)
    merged = earlier.model_copy(update={**said, "clause": clause})
    return contract if contract.declared and merged == earlier else _next(contract, declared=merged)


def with_buyer(contract: Contract, buyer_id: UUID) -> Contract:
    """The contract once its buyer is known to the directory; the same object when it was."""
    return contract if contract.buyer_id == buyer_id else _next(contract, buyer_id=buyer_id)


def _clause(earlier: Clause | None, said: Clause | None) -> Clause | None:
    if said is None:
        return earlier
    numbered = said.model_copy(update={"revision": earlier.revision if earlier else 1})
    return numbered if earlier in {None, numbered} else said.model_copy(update={"revision": numbered.revision + 1})


def _unnumbered(part: Imported) -> Imported:
    return part.model_copy(update={"procurement": part.procurement.model_copy(update={"revision": 0})})


def _next(contract: Contract, **changes: Any) -> Contract:
    return replace(contract, revision=contract.revision + 1, **changes)
