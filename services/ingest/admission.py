"""Requests that arrive together are taken in together: one transaction, a receipt each. One that comes alone waits for nobody."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, cast

from kit import idempotency, telemetry
from kit.errors import Refused
from kit.idempotency import Answer, Claim
from kit.postgres import TRANSIENT, Connection
from kit.preconditions import etag
from kit.problems import Problem
from kit.service import Runtime
from services.ingest.intake import Intake
from services.ingest.routes.receipt import answer_of
from services.ingest.rules.declared import Checked
from services.ingest.store.beside import Asked, beside_each
from services.ingest.store.filings import AGAIN
from services.ingest.store.known import NamedContracts, contracts_named_by_many
from services.ingest.store.together import Arrived, accept_together

log = logging.getLogger(__name__)

MOST: Final = 100
"""Filings of one transaction: longer ones would keep the first of them waiting, shorter ones ask the database more often."""
AT_WORK: Final = 2
"""Transactions at a time at most. The second begins only where the first takes long: two of them wait for each other at the periods that
they open, and each is the smaller for the other."""
PATIENCE_S: Final = 1.0
"""How long a transaction may take before another begins beside it: it may wait for a lock that a long filing holds."""
TURN: Final = 10
"""Filings checked in a row before other requests have their turn."""
LINES: Final = 100
"""A filing of more lines goes its own way."""
_STATE: Final = "admission"


@dataclass
class Request:
    """A filing at the door with its key. `outcome` is its answer, what refused it, or None when it has to go its own way."""

    intake: Intake
    wanted: idempotency.Wanted
    traceparent: str = field(default_factory=telemetry.current_traceparent)
    outcome: asyncio.Future[Answer | Refused | Problem | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Admission:
    """The door of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: deque[Request] = deque()
        self._at_work: set[asyncio.Task[None]] = set()
        self._late = 0
        """Of those at work, how many have been for longer than they should."""

    async def take(self, intake: Intake, wanted: idempotency.Wanted) -> Answer | None:
        """The filing's answer, or None when the caller has to take it in alone. Raises what refused it."""
        if len(intake.lines) > LINES or not intake.plain:
            return None
        request = Request(intake, wanted)
        self._waiting.append(request)
        self._call()
        found = await request.outcome
        if isinstance(found, Exception):
            raise found
        return found

    def _call(self) -> None:
        """Somebody for those who wait, unless somebody is at work who is not late."""
        if self._waiting and len(self._at_work) <= self._late and len(self._at_work) < AT_WORK:
            self._at_work.add(asyncio.create_task(self._work(), name="admission"))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Around a transaction: whoever comes while it is late is served beside it."""
        late = False

        def is_late() -> None:
            nonlocal late
            late = True
            self._late += 1
            self._call()

        timer = asyncio.get_running_loop().call_later(PATIENCE_S, is_late)
        try:
            yield
        finally:
            timer.cancel()
            self._late -= late

    async def _work(self) -> None:
        """Until nobody waits. What arrived meanwhile is taken at once."""
        try:
            await self._arriving()
            while self._waiting:
                requests = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                with self._watched():
                    outcomes = await self._outcomes(requests)
                for request, outcome in zip(requests, outcomes, strict=True):
                    if not request.outcome.done():
                        request.outcome.set_result(outcome)
        finally:  # at once, not when the loop comes to it: who comes in between would wait for somebody who is no longer there
            self._at_work.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _outcomes(self, requests: Sequence[Request]) -> Sequence[Answer | Refused | Problem | None]:
        """One each; None for all where they cannot be taken in together."""
        if len(requests) == 1:
            return [None]
        try:
            return await self._taken(requests)
        except (*AGAIN, *TRANSIENT) as crossed:  # the database's trouble is each one's own to tell its caller, or to outlast
            log.info("filings go their own way", extra={"filings": len(requests), "error": f"{type(crossed).__name__}: {crossed}"})
        except Exception:  # each will meet the same error alone, and say it to its own caller
            log.exception("filings could not be taken in together")
        return [None] * len(requests)

    async def _arriving(self) -> None:
        """As long as each turn of the loop brings more, up to a transaction's worth: one that comes alone waits for one turn."""
        seen = 0
        while seen < len(self._waiting) < MOST:
            seen = len(self._waiting)
            await asyncio.sleep(0)

    async def _taken(self, requests: Sequence[Request]) -> Sequence[Answer | Refused | Problem | None]:
        async with self._runtime.pool.acquire() as connection, connection.transaction():
            found = await self._answers(connection, requests)
        self._runtime.wake_relay()
        return found

    async def _answers(self, connection: Connection, requests: Sequence[Request]) -> list[Answer | Refused | Problem | None]:
        claims = await idempotency.begin_many(connection, [request.wanted for request in requests])
        found: list[Answer | Refused | Problem | None] = [claim if isinstance(claim, Problem) else claim.replay for claim in claims]
        new = [(place, claim) for place, claim in enumerate(claims) if isinstance(claim, Claim) and claim.replay is None]
        seen = await contracts_named_by_many(connection, [(requests[p].intake.declarant, requests[p].intake.names) for p, _ in new])
        arrived: dict[int, tuple[Claim, Arrived]] = {}
        examined = await _examined([requests[place].intake for place, _ in new], seen)
        asked = [Asked(requests[place].intake.declarant.id, one.values) for (place, _), one in zip(new, examined, strict=True)]
        standing = await beside_each(connection, asked)
        for (place, claim), contracts, one, near in zip(new, seen, examined, standing, strict=True):
            try:
                filing = requests[place].intake.filing_beside(one, contracts, near)
                arrived[place] = claim, Arrived(filing, requests[place].traceparent)
            except Refused as refused:
                found[place] = refused
        if not arrived:
            return found
        receipts = await accept_together(connection, [one for _, one in arrived.values()], self._runtime.clock())
        kept: list[tuple[Claim, Answer]] = []
        for (place, (claim, _)), receipt in zip(arrived.items(), receipts, strict=True):
            if receipt is None or isinstance(receipt, Refused):
                found[place] = receipt
            else:
                found[place] = answer = Answer.of(202, answer_of(receipt), etag(receipt.revision))
                kept.append((claim, answer))
        await idempotency.keep_many(kept)
        return found


async def _examined(intakes: Sequence[Intake], seen: Sequence[NamedContracts]) -> list[Checked]:
    """What the lines of each say by themselves."""
    found = []
    for intake, contracts in zip(intakes, seen, strict=True):
        found.append(intake.examine(contracts))
        if len(found) % TURN == 0:
            await asyncio.sleep(0)
    return found


def of(runtime: Runtime) -> Admission:
    """This process's door, made when it is first asked for."""
    if _STATE not in runtime.state:
        runtime.state[_STATE] = Admission(runtime)
    found: Admission = runtime.state[_STATE]
    return found
