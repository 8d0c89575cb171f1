"""Who is calling: an API key by its hash, a session by its signed token, or nobody."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, TypeVar
from urllib.parse import quote
from uuid import UUID

import asyncpg
from starlette.requests import Request

from kit import api_keys, sessions
from kit.freshness import Freshness
from kit.postgres import Pool
from kit.problems import Problem
from kit.sessions import BadToken, Session
from schemas.directory import PREDECESSOR_READS, SUCCESSOR_READS
from schemas.zones import PARIS

K = TypeVar("K")
V = TypeVar("V")

ROLES: Final = ("declarant", "facilitator", "coordinator", "team", "operator")
_REMEMBER_S: Final = 1.0  # how long a revoked key or session may still be honoured after its revocation was read
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
RENEW: Final = "/api/v1/session/renew"
"""Route of directory that answers a GET with a fresh cookie, or without one when the session is over, and goes back to `next`."""


@dataclass(frozen=True)
class Caller:
    """The one who asks. `id` is the account's or the key's, the same on every visit; `departments` are those a coordinator follows today and,
    for a request that changes nothing, those of `reads`; `organisation` the one a declarant speaks for.
    """

    kind: Literal["anonymous", "key", "session"]
    id: str
    organisation: UUID | None = None
    siret: str | None = None
    roles: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    person: UUID | None = None
    name: str = ""
    reads: frozenset[str] = frozenset()
    """Departments that a successor reads already or a predecessor still (practice, ruling 15), and where neither may act."""
    session: UUID | None = field(default=None, compare=False)
    """The visit, where a person came with a cookie: what logging out ends."""

    @property
    def signed_in(self) -> bool:
        return self.kind != "anonymous"

    def has(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def own(self) -> frozenset[str]:
        """The departments that a coordinator follows today, without those that are only read."""
        return self.departments - self.reads if self.has("coordinator") else frozenset()

    def acts_for(self, department: str | None) -> bool:
        """Whether buttons of this department are the caller's: the team's everywhere, a coordinator's in the own departments."""
        return self.has("team") or (department is not None and department in self.own)

    def require(self, *roles: str) -> None:
        """Raises a 401 problem when nobody is signed in, 403 when the caller has none of the roles. Without roles: signed in is enough."""
        if not self.signed_in:
            raise unauthorised()
        if roles and not self.has(*roles):
            raise Problem(403, "FORBIDDEN", "Vous n’avez pas accès à cette fonction", "Votre compte n’a pas le rôle nécessaire.")


ANONYMOUS: Final = Caller("anonymous", "anonymous")


class Renewal(Exception):
    """A page was asked for with a cookie that is no longer good: directory renews or removes it, then sends the browser back.

    `typed`: the browser is to carry along what somebody typed, there and back.
    """

    def __init__(self, location: str, *, typed: bool = False) -> None:
        super().__init__(location)
        self.location = location
        self.typed = typed


def unauthorised(detail: str | None = None) -> Problem:
    return Problem(401, "UNAUTHORISED", "Connectez-vous pour continuer", detail, headers={"WWW-Authenticate": 'Bearer realm="macs"'})


def _behind() -> Problem:
    return Problem(
        503, "IDENTITY_BEHIND", "Les comptes ne peuvent pas être vérifiés pour le moment",
        "Réessayez dans quelques instants.", headers={"Retry-After": "10"},
    )  # fmt: skip


class Identity:
    """Answers who is calling from this service's own replica of `directory`; asks no other service."""

    def __init__(self, pool: Pool, freshness: Freshness, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._freshness = freshness
        self._clock = clock
        self._keys: dict[str, tuple[float, asyncpg.Record | None]] = {}
        self._asking: dict[str, asyncio.Task[asyncpg.Record | None]] = {}
        self._jwks: dict[str, tuple[float, asyncpg.Record | None]] = {}
        self._revoked: dict[UUID, tuple[float, bool]] = {}

    async def caller(self, request: Request) -> Caller:
        """Anonymous without credentials. Bad credentials are a 401 problem, whatever the route would have said to nobody."""
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer" or not credential.strip():
                raise unauthorised()
            return await self.bearer(credential.strip(), safe=request.method in _SAFE)
        cookie = request.cookies.get(sessions.COOKIE)
        return await self._from_cookie(request, cookie) if cookie else ANONYMOUS

    async def bearer(self, credential: str, *, safe: bool = True) -> Caller:
        """The caller of a key or a token that came in the Authorization header."""
        if credential.startswith("macs_"):
            return await self._from_key(credential, safe=safe)
        return await self._from_token(credential, safe=safe)

    async def _from_cookie(self, request: Request, cookie: str) -> Caller:
        safe = request.method in _SAFE
        if not safe and _crosses_sites(request):
            raise Problem(403, "CROSS_SITE", "Cette demande vient d’un autre site", "Revenez à la page et recommencez.")
        try:
            return await self._from_token(cookie, safe=safe)
        except Problem as problem:
            if problem.status == 401 and wants_page(request) and (safe or is_typed(request)):
                raise Renewal(f"{RENEW}?next={quote(place_of(request), safe='/')}", typed=not safe) from problem
            raise

    async def _from_key(self, key: str, *, safe: bool) -> Caller:
        key_id = api_keys.id_of(key)
        row = await self._key(key_id) if key_id else None
        known = row is not None and hmac.compare_digest(row["sha256"], api_keys.sha256_of(key)) and row["revoked_at"] is None
        if row is None or not known:
            raise unauthorised("Clé inconnue ou révoquée.")
        if not self._freshness.vouches_for(row["recorded_at"]):
            raise _behind()
        roles = frozenset(row["roles"])
        coordinates = "coordinator" in roles
        departments = frozenset(row["departments"]) | (frozenset(row["coordinated"]) if coordinates else frozenset())
        reads = frozenset(row["reads"]) - departments if coordinates else frozenset()
        return Caller(
            "key", row["key_id"], row["organisation_id"], row["siret"], roles, departments | reads if safe else departments, row["person_id"],
            row["name"], reads,
        )  # fmt: skip

    async def _from_token(self, token: str, *, safe: bool) -> Caller:
        try:
            session = await self._verified(token)
        except BadToken:
            raise unauthorised("Session inconnue.") from None
        late = self._clock() - session.expiry
        if late > (sessions.POST_GRACE if not safe else sessions.POST_GRACE * 0) or await self._is_revoked(session.session):
            raise unauthorised("Session expirée.")
        if not self._freshness.vouches_for(session.issued_at):
            raise _behind()
        departments, reads = frozenset(session.departments), frozenset(session.reads)
        return Caller(
            "session", str(session.person), session.organisation, session.siret, frozenset(session.roles),
            departments | reads if safe else departments, session.person, session.name, reads, session.session,
        )  # fmt: skip

    async def _verified(self, token: str) -> Session:
        kid = sessions.kid_of(token)
        row = await self._signing_key(kid)
        if row is None or (row["not_after"] is not None and row["not_after"] < self._clock()):
            raise BadToken("unknown key")
        return sessions.verify(token, row["jwk"])

    async def _key(self, key_id: str) -> asyncpg.Record | None:
        found = self._keys.get(key_id)
        if found is None or time.monotonic() - found[0] > _REMEMBER_S:
            return await self._key_asked(key_id)
        return found[1]

    async def _key_asked(self, key_id: str) -> asyncpg.Record | None:
        """Asked once for all who come with the key at the same moment: a program that sends 200 requests at once would ask 200 times."""
        asking = self._asking.get(key_id)
        if asking is None:
            asking = self._asking[key_id] = asyncio.create_task(self._read_key(key_id))
            asking.add_done_callback(lambda _: self._asking.pop(key_id, None))
        return await asyncio.shield(asking)  # who goes away does not take the answer from the others

    async def _read_key(self, key_id: str) -> asyncpg.Record | None:
        today = self._clock().astimezone(PARIS).date()
        return _remember(self._keys, key_id, await self._pool.fetchrow(_KEY, key_id, today, *reading(today)))[1]

    async def _signing_key(self, kid: str) -> asyncpg.Record | None:
        found = self._jwks.get(kid)
        if found is None or time.monotonic() - found[0] > _REMEMBER_S:
            found = _remember(
                self._jwks, kid, await self._pool.fetchrow("select jwk, not_after from registry_signing_keys where kid = $1", kid)
            )
        return found[1]

    async def _is_revoked(self, session: UUID) -> bool:
        found = self._revoked.get(session)
        if found is None or time.monotonic() - found[0] > _REMEMBER_S:
            query = "select exists (select from registry_revoked_sessions where session_id = $1)"
            found = _remember(self._revoked, session, bool(await self._pool.fetchval(query, session)))
        return found[1]


_KEY: Final = """
    select k.key_id, k.sha256, k.name, k.organisation_id, k.person_id, k.roles, k.departments, k.revoked_at, k.recorded_at, o.siret,
        array(select m.department from registry_mandates m
              where m.person_id = k.person_id and m.starts_on <= $2 and (m.ends_on is null or $2 < m.ends_on)) as coordinated,
        array(select m.department from registry_mandates m
              where m.person_id = k.person_id and m.starts_on <= $4 and (m.ends_on is null or $3 < m.ends_on)) as reads
    from registry_keys k left join registry_organisations o on o.organisation_id = k.organisation_id
    where k.key_id = $1
"""


def reading(today: date) -> tuple[date, date]:
    """Whoever has a mandate that ended after the first day, or begins by the second, reads its department."""
    return today - PREDECESSOR_READS, today + SUCCESSOR_READS


def _remember(cache: dict[K, tuple[float, V]], key: K, value: V) -> tuple[float, V]:
    if len(cache) > 10_000:  # guessed ids must not fill the memory
        cache.clear()
    cache[key] = found = (time.monotonic(), value)
    return found


def place_of(request: Request) -> str:
    """The path of the request with its query: where to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def is_typed(request: Request) -> bool:
    """A form of text fields, not a file: short enough to be carried along."""
    return request.method == "POST" and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def is_own_form(request: Request) -> bool:
    """Typed into a page of this site, as the browser says. What another site filled in is never shown again as the reader's own."""
    said = "sec-fetch-site" in request.headers or "origin" in request.headers
    return is_typed(request) and said and not _crosses_sites(request)


def _crosses_sites(request: Request) -> bool:
    """A browser says where a request comes from (Fetch Metadata, else Origin); what says nothing is not a browser with our cookie."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def wants_page(request: Request) -> bool:
    """A person with a browser rather than a script."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
