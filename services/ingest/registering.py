"""A contract as its buyer declares it, the same for the API and the form: who the buyer is there comes from the directory."""

from __future__ import annotations

from datetime import datetime

from kit import registry
from kit.errors import LineError
from kit.postgres import Connection
from schemas.contracts import Clause, Procurement
from schemas.identifiers import normalised
from schemas.vocabulary.places import DEPARTMENTS
from services.ingest.parts import Declared
from services.ingest.rules.complements import check_transfer
from services.ingest.store.contracts import NUMBER, Entry, Recorded, record


async def register(connection: Connection, siret: str, said: Declared, *, by: str, at: datetime) -> Recorded:
    """Record the contract (buyer's SIRET, number) with what is said of it; the same again changes nothing."""
    buyer = await registry.organisation(connection, siret=siret)
    if buyer:
        said = said.model_copy(update={"buyer_name": said.buyer_name or buyer.name, "buyer_kind": said.buyer_kind or buyer.kind})
    in_region = bool(buyer and buyer.department in DEPARTMENTS)
    entry = Entry(siret, said, in_region, buyer.id if buyer else None)
    return (await record(connection, [entry], by=by, at=at))[0]


async def known_number(connection: Connection, siret: str, number: str) -> str | None:
    """The object of the contract that this buyer has under the number already; None for a new number."""
    found: str | None = await connection.fetchval(
        """
        select c.object from contract_aliases a join contracts c on c.uid = a.contract_uid
        where a.buyer_siret = $1 and a.kind = $2 and a.alias = $3
        """,
        siret,
        NUMBER,
        normalised(number),
    )
    return found


def check_taken_over(clause: Clause, procurement: Procurement | None) -> list[LineError]:
    """V17, with all that is known of the contract."""
    staff = clause.staff_transfer
    return check_transfer(procurement.cpv if procurement else None, staff.idcc or "", clause.sector) if staff else []
