"""Session tokens: ES256, ten minutes, signed by directory and checked by every service with its published keys."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

COOKIE: Final = "macs_session"
LIFETIME: Final = timedelta(minutes=10)
POST_GRACE: Final = timedelta(minutes=5)
"""How long an expired token is honoured on a request that would lose what somebody typed."""
ISSUER: Final = "macs"


class BadToken(Exception):
    """Not a token of ours: malformed, unsigned, forged, of an unknown or retired key."""


@dataclass(frozen=True)
class Session:
    """What a token says. `departments` are those the person coordinates on the day of issue; `reads` those of a mandate to come or just ended."""

    session: UUID
    person: UUID
    name: str
    roles: tuple[str, ...]
    departments: tuple[str, ...] = ()
    organisation: UUID | None = None
    siret: str | None = None
    reads: tuple[str, ...] = ()
    issued_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    expires_at: datetime | None = None

    @property
    def expiry(self) -> datetime:
        return self.expires_at or self.issued_at + LIFETIME


def sign(session: Session, *, private_key: ECKey, kid: str) -> str:
    """The compact token of a session. Only directory holds a private key."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "sid": str(session.session),
        "sub": str(session.person),
        "name": session.name,
        "roles": list(session.roles),
        "departments": list(session.departments),
        "reads": list(session.reads),
        "organisation": str(session.organisation) if session.organisation else None,
        "siret": session.siret,
        "iat": int(session.issued_at.timestamp()),
        "exp": int(session.expiry.timestamp()),
    }
    header = {"alg": "ES256", "kid": kid, "typ": "JWT"}
    return jws.serialize_compact(header, json.dumps(claims, ensure_ascii=False).encode(), private_key, algorithms=["ES256"])


def kid_of(token: str) -> str:
    """The key that the token says it was signed with. Raises BadToken before any key is looked up."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, UnicodeError) as error:
        raise BadToken("malformed") from error
    kid = header.get("kid")
    if header.get("alg") != "ES256" or not isinstance(kid, str):
        raise BadToken(f"algorithm {header.get('alg')!r}")
    return kid


def verify(token: str, jwk: dict[str, str]) -> Session:
    """The session of a token signed with this public key, expired or not: what expiry means depends on the request. Raises BadToken."""
    try:
        payload = jws.deserialize_compact(token, ECKey.import_key(dict(jwk)), algorithms=["ES256"]).payload
        claims = json.loads(payload or b"")
        if claims["iss"] != ISSUER:
            raise BadToken("issuer")
        return Session(
            session=UUID(claims["sid"]),
            person=UUID(claims["sub"]),
            name=str(claims["name"]),
            roles=tuple(claims["roles"]),
            departments=tuple(claims["departments"]),
            organisation=UUID(claims["organisation"]) if claims["organisation"] else None,
            siret=claims["siret"],
            reads=tuple(claims.get("reads", ())),
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (JoseError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise BadToken(type(error).__name__) from error
