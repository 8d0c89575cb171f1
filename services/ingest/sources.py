"""Which of the sources that know the same hours a declarant is for a contract. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from schemas.hours import Source
from services.ingest.corrections import Rank


@dataclass(frozen=True)
class Declarant:
    """The organisation declared for. `territory` are the departments in which it acts as facilitator itself."""

    id: UUID
    siret: str | None = None
    territory: frozenset[str] = frozenset()
    acting: UUID | None = None
    """The facilitator that declares for this organisation, within its own territory only."""
    within: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Parties:
    """Who has to do with a contract, and where it is carried out."""

    uid: UUID
    department: str | None
    buyer_siret: str
    buyer_id: UUID | None = None
    facilitator_id: UUID | None = None
    holder_sirets: frozenset[str] = frozenset()


SOURCES: dict[Rank, Source] = {Rank.FACILITATOR: "facilitator", Rank.BUYER: "buyer", Rank.COMPANY: "company"}


def rank_of(declarant: Declarant, contract: Parties) -> Rank:
    """The declarant's rank for this contract. NONE when it has nothing to do with it: it may not declare for it."""
    if declarant.acting and contract.department not in declarant.within and contract.facilitator_id != declarant.acting:
        return Rank.NONE
    if contract.facilitator_id == declarant.id:
        return Rank.FACILITATOR
    if declarant.id == contract.buyer_id or (declarant.siret and declarant.siret == contract.buyer_siret):
        return Rank.BUYER
    if contract.department is not None and contract.department in declarant.territory:
        return Rank.FACILITATOR
    if declarant.siret and declarant.siret in contract.holder_sirets:
        return Rank.COMPANY
    return Rank.NONE
