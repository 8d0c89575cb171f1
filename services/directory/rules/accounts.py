"""Accounts: who may give which role, how often a link may be asked for, how long a session lasts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from kit.errors import LineError, Refused
from kit.identity import ROLES

LINK_LIFETIME: Final = timedelta(minutes=15)
LINKS_AN_HOUR: Final = 5
SESSION_LIFETIME: Final = timedelta(hours=12)
"""A working day: after it one asks for a new link. Tokens live ten minutes each and are renewed meanwhile."""
_GRANTS: Final = {"operator": frozenset(ROLES), "team": frozenset(ROLES) - {"operator"}}


def may_grant(granting: Collection[str], wanted: Collection[str]) -> None:
    """Raises Refused when a role is unknown or more than the caller may give."""
    unknown = sorted(set(wanted) - set(ROLES))
    if unknown:
        raise Refused([_role(role, f"« {role} » n’est pas un rôle. Rôles : {', '.join(ROLES)}.") for role in unknown], code="UNKNOWN_ROLE")
    allowed = frozenset[str]().union(*(_GRANTS.get(role, frozenset()) for role in granting))
    beyond = sorted(set(wanted) - allowed)
    if beyond:
        raise Refused(
            [_role(role, f"Votre compte ne peut pas donner le rôle « {role} ».") for role in beyond], code="FORBIDDEN", status=403,
            title="Vous ne pouvez pas donner ce rôle",
        )  # fmt: skip


def local_path(wanted: str | None, default: str = "/") -> str:
    """A path of this site to go on to. Anything that a browser could take for another host becomes the default."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or not wanted.isprintable():
        return default
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else default


def address(text: str) -> str:
    """A mail address as it is compared. Raises Refused for what cannot be one."""
    found = text.strip().lower()
    local, _, host = found.partition("@")
    if not local or "." not in host or len(found) > 254 or any(not c.isprintable() or c.isspace() for c in found) or "@" in host:
        raise Refused(
            [
                LineError(
                    column="email",
                    code="ADDRESS",
                    value=text[:100],
                    message="Saisissez une adresse complète.",
                    example="prenom.nom@exemple.test",
                )
            ],
            code="ADDRESS",
            title="Cette adresse n’est pas complète",
        )
    return found


def _role(value: str, message: str) -> LineError:
    return LineError(column="roles", code="ROLE", value=value, message=message)
