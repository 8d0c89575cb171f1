"""The draft that a request is about, with its contract and what its author may say of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kit.identity import Caller
from kit.postgres import Connection
from kit.problems import Problem
from kit.service import Runtime
from schemas.periods import Period
from services.ingest.access import declarant_of
from services.ingest.corrections import Rank
from services.ingest.intake import Intake
from services.ingest.pages.form.content import Content
from services.ingest.pages.form.windows import Version
from services.ingest.parts import Contract
from services.ingest.settings import spool
from services.ingest.sources import Declarant, rank_of
from services.ingest.store import contracts, drafts
from services.ingest.store.drafts import Draft
from services.ingest.store.known import parties_of


@dataclass
class Filling:
    """A draft under way. `rank` is the declarant's for this contract: only buyer and facilitator say what its clause is."""

    draft: Draft
    content: Content
    contract: Contract
    declarant: Declarant
    rank: Rank

    @property
    def quarter(self) -> Period:
        start = self.draft.quarter_start
        return Period.parse(f"{start.year}-Q{(start.month + 2) // 3}")

    @property
    def says_clause(self) -> bool:
        return self.rank in {Rank.BUYER, Rank.FACILITATOR}

    @property
    def version(self) -> Version:
        return Version(self.content, self.quarter)

    def intake(self, runtime: Runtime, caller: Caller) -> Intake:
        lines = self.content.raw_lines(self.contract.uid, self.quarter)
        return Intake(runtime, self.declarant, caller.id, "form", lines, period=self.quarter)


async def filling(runtime: Runtime, caller: Caller, draft_id: UUID) -> Filling:
    async with runtime.pool.acquire() as connection:
        return await filling_in(connection, runtime, caller, draft_id)


async def filling_in(connection: Connection, runtime: Runtime, caller: Caller, draft_id: UUID, *, lock: bool = False) -> Filling:
    """Raises a 404 problem for somebody else's draft, one that is gone, or a contract that is not the declarant's any more."""
    declarant = declarant_of(caller)
    draft = await drafts.get(connection, spool(runtime), draft_id, declarant.id, lock=lock)
    if draft is None:
        raise Problem(
            404,
            "DRAFT_GONE",
            "Ce brouillon n’existe plus",
            "Il a été abandonné, ou personne n’y a touché pendant 30 jours.",
            way=("/declarer/nouvelle", "Nouvelle déclaration"),
        )
    contract, rank = await contract_and_rank(connection, declarant, draft.contract_uid)
    return Filling(draft, Content.of(draft.content), contract, declarant, rank)


async def contract_and_rank(connection: Connection, declarant: Declarant, uid: UUID) -> tuple[Contract, Rank]:
    found = await contracts.one(connection, uid)
    parties = await parties_of(connection, uid)
    rank = rank_of(declarant, parties) if parties else Rank.NONE
    if found is None or rank is Rank.NONE:
        raise Problem(
            404, "UNKNOWN_CONTRACT", "Ce marché n’est pas parmi les vôtres", "Cherchez-le par son numéro ou par des mots de son objet."
        )
    return found, rank
