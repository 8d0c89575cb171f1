"""Names of the database roles: each service one for its migrations and one for its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

PUBLIC_READER: Final = "indicators_public"
"""Reads the published tables and nothing else; the migrations of indicators grant it those."""


def owner_of(service: str) -> str:
    return f"{service}_owner"


def users_of(service: str) -> list[str]:
    return [service, PUBLIC_READER] if service == "indicators" else [service]


def role_names(services: Sequence[str]) -> list[str]:
    return [name for service in services for name in (owner_of(service), *users_of(service))]


def dsn_on(admin: str, database: str, role: str, password: str) -> str:
    """The address of `database` for `role` on the server that `admin` names."""
    server = urlsplit(admin)
    where = server.netloc.rpartition("@")[2]
    return urlunsplit((server.scheme, f"{quote(role)}:{quote(password, safe='')}@{where}", f"/{database}", server.query, ""))
