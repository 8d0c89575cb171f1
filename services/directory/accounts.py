"""What a session's token says of its person, read afresh each time one is signed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from starlette.responses import Response

from kit import sessions as tokens
from kit.identity import reading
from kit.service import Runtime
from kit.sessions import Session
from services.directory.routes.departments import full_name, today
from services.directory.rules.accounts import SESSION_LIFETIME
from services.directory.signing import Signer
from services.directory.store import mandates, organisations, people

SIGNER: Final = "signer"


async def token_of(runtime: Runtime, session: UUID, person_id: UUID) -> str | None:
    """A fresh token with the roles and departments of this moment; None when the person is no longer known."""
    person = await people.find(runtime.pool, person_id)
    if person is None or not person.active:
        return None
    departments, reads = await _departments(runtime, person_id) if "coordinator" in person.roles else ((), ())
    organisation = await organisations.find(runtime.pool, person.organisation_id) if person.organisation_id else None
    signer: Signer = runtime.state[SIGNER]
    return signer.token(
        Session(
            session=session, person=person_id, name=full_name(person) or "", roles=person.roles,
            departments=departments, reads=reads,
            organisation=person.organisation_id, siret=organisation.siret if organisation else None, issued_at=runtime.clock(),
        )
    )  # fmt: skip


async def _departments(runtime: Runtime, person_id: UUID) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that the person coordinates today, and those only read: before a mandate begins, after it has ended."""
    day = today(runtime)
    now = await mandates.departments_of(runtime.pool, person_id, day)
    near = await mandates.departments_near(runtime.pool, person_id, *reading(day))
    return tuple(now), tuple(code for code in near if code not in now)


def set_cookie(runtime: Runtime, response: Response, token: str) -> None:
    """The cookie outlives the token: an expired token inside it is what gets renewed."""
    response.set_cookie(
        tokens.COOKIE, token, max_age=int(SESSION_LIFETIME.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=runtime.settings.gateway.startswith("https:"),
    )  # fmt: skip


def drop_cookie(response: Response) -> None:
    response.delete_cookie(tokens.COOKIE, path="/", httponly=True, samesite="lax")
