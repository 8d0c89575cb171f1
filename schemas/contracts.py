"""Contracts: what the procurement data say and what the declarant says, two parts with a revision each."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from schemas.message import Code, DecimalText, Department, Message, Part, Siret


class Holder(Part):
    """A company that holds the contract. The SIRET is null when the source's was not one."""

    siret: Siret | None = None
    name: str | None = None


class Terms(Part):
    """What an amendment may change, as it was at first. Amount in euros before tax."""

    amount: DecimalText | None = None
    duration_months: int | None = None
    holders: tuple[Holder, ...] = ()


class Amendment(Part):
    """A change of the contract after its notification; what it leaves as it was is null or empty. `number` rises without repetition."""

    number: int
    object: str | None = None
    notified_on: date | None = None
    published_on: date | None = None
    amount: DecimalText | None = None
    duration_months: int | None = None
    holders: tuple[Holder, ...] = ()


class Procurement(Part):
    """The contract in the essential procurement data (DECP). `flags` name what the source had wrong, null fields stay null.

    Amount, duration and holders are those after the last amendment; `initial` has those of the beginning where there was one.
    """

    revision: int
    decp_id: str
    source: str | None = None
    nature: str | None = None
    procedure: str | None = None
    cpv: str | None = None
    amount: DecimalText | None = None
    duration_months: int | None = None
    notified_on: date | None = None
    published_on: date | None = None
    place_code: str | None = None
    place_kind: str | None = None
    holders: tuple[Holder, ...] = ()
    social: tuple[str, ...] = ()
    """Values of `considerationsSociales` (DECP v2), as written."""
    techniques: tuple[str, ...] = ()
    """Values of `techniques` (DECP v2): « Accord-cadre » stands here, and no more in `nature`."""
    execution: tuple[str, ...] = ()
    """Values of `modalitesExecution` (DECP v2): « Bons de commande », « Marchés subséquents », « Tranches »."""
    framework_id: str | None = None
    """`idAccordCadre` of a contract that was awarded under a framework agreement: that one's `decp_id`."""
    initial: Terms | None = None
    amendments: tuple[Amendment, ...] = ()
    """In the order of their numbers; only ever added to."""
    flags: tuple[Code, ...] = ()


class StaffTransfer(Part):
    """Staff that the holder takes over from the one before (domain 3.2): these hours hire nobody."""

    idcc: str | None = None
    headcount: int | None = None
    monthly_hours: int | None = None
    told_on: date | None = None
    """When the buyer told the candidates."""


class Clause(Part):
    """The social clause as the declarant gives it."""

    revision: int
    mechanisms: tuple[Code, ...] = ()
    reserved_to: tuple[Code, ...] = ()
    hours_committed: int | None = None
    """Whole hours (domain 2.6 rounds to the hour)."""
    programme: Code | None = None
    sector: Code | None = None
    facilitator_id: UUID | None = None
    operation: str | None = None
    """Name of the operation that several contracts belong to, as the declarant writes it."""
    anru: Code | None = None
    """TRAVAUX (5 % of the hours worked) or GUP (10 %), where the charter of the ANRU applies."""
    staff_transfer: StaffTransfer | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    criterion_weight: DecimalText | None = None
    """Weight of the social criterion in the award, in percent."""
    hours_all_workers: int | None = None
    """Hours worked by everybody in the whole operation: what the ANRU charter's share is a share of."""
    proximity_management: bool | None = None
    """« Gestion urbaine de proximité »: the ANRU charter has a target of its own for it."""


class ContractDeclared(Message):
    """A contract's full state. `revision` rises with every change; the surrogate `contract_uid` never changes."""

    key_field: ClassVar[str] = "contract_uid"

    contract_uid: UUID
    revision: int
    number: str
    object: str
    buyer_siret: Siret
    buyer_name: str | None = None
    buyer_kind: Code | None = None
    buyer_id: UUID | None = None
    """The buyer in the directory, when it is there."""
    department: Department | None = None
    """Department of the place of execution; null when the source does not say."""
    commune: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    procurement: Procurement | None = None
    clause: Clause | None = None


class ContractWithdrawn(Message):
    """A contract that was recorded by mistake. Its lines were retracted before."""

    key_field: ClassVar[str] = "contract_uid"

    contract_uid: UUID
    revision: int
