"""The one place that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from kit.cluster import Cluster

Role = Literal["web", "worker", "all"]


class Settings(BaseModel):
    """What a process depends on from outside. Secrets are paths to files, never values."""

    model_config = ConfigDict(frozen=True)

    service: str
    role: Role = "all"
    http_host: str = "127.0.0.1"
    """Where it listens: loopback, unless it is alone in a container (`0.0.0.0`)."""
    http_port: int = 0
    kafka: list[str] = ["127.0.0.1:9092"]
    kafka_user: str | None = None
    kafka_password: Path | None = None
    """The file that holds it."""
    kafka_authority: Path | None = None
    """PEM file of those who vouch for the brokers; None for the authorities that the machine trusts."""
    database: str = ""
    database_owner: str = ""
    database_public: str | None = None
    gateway: str = "http://127.0.0.1:8080"
    secrets: Path = Path(".run/secrets")
    data: Path = Path(".run")
    local: bool = False
    fictional: bool = False
    smtp: str | None = None
    mailbox_smtp: str | None = None
    """Where the local mailbox listens (`host:port`), in a local run only."""
    contact: str | None = None
    """Mail address of the network's team, shown on public pages."""
    otlp: str | None = None
    bootstrap_key_sha256: str | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, *, service: str | None = None, role: str | None = None) -> Settings:
        """Settings of the process from `MACS_*`. `service` and `role` given by the command line win over the environment. Raises ValueError with
        the variable that is wrong."""
        named = {field: environ[variable] for field, variable in _VARIABLES.items() if environ.get(variable)}
        values: dict[str, object] = {**named, "kafka": _addresses(environ.get("MACS_KAFKA", "127.0.0.1:9092"))}
        values.update(_from_files(named, environ))
        values["local"] = _is_on(environ.get("MACS_LOCAL"))
        values["fictional"] = _is_on(environ.get("MACS_FICTIONAL"))
        if service:
            values["service"] = service
        if role:
            values["role"] = role
        try:
            return cls.model_validate(values)
        except ValidationError as refused:
            raise ValueError(
                " · ".join(_in_words(str(error["loc"][0]), error["input"], error["msg"]) for error in refused.errors())
            ) from None

    @property
    def cluster(self) -> Cluster:
        return Cluster(tuple(self.kafka), self.kafka_user, self.kafka_password, self.kafka_authority)


_VARIABLES = {
    "service": "MACS_SERVICE",
    "role": "MACS_ROLE",
    "http_host": "MACS_HTTP_HOST",
    "http_port": "MACS_HTTP_PORT",
    "kafka_user": "MACS_KAFKA_USER",
    "kafka_password": "MACS_KAFKA_PASSWORD_FILE",
    "kafka_authority": "MACS_KAFKA_CA",
    "database": "MACS_DATABASE",
    "database_owner": "MACS_DATABASE_OWNER",
    "database_public": "MACS_DATABASE_PUBLIC",
    "gateway": "MACS_GATEWAY",
    "secrets": "MACS_SECRETS",
    "data": "MACS_DATA",
    "smtp": "MACS_SMTP",
    "mailbox_smtp": "MACS_MAILBOX_SMTP",
    "contact": "MACS_CONTACT",
    "otlp": "OTEL_EXPORTER_OTLP_ENDPOINT",
    "bootstrap_key_sha256": "MACS_BOOTSTRAP_KEY_SHA256",
}

_PASSWORD_FILES = {
    "database": "MACS_DATABASE_PASSWORD_FILE",
    "database_owner": "MACS_DATABASE_OWNER_PASSWORD_FILE",
    "database_public": "MACS_DATABASE_PUBLIC_PASSWORD_FILE",
    "smtp": "MACS_SMTP_PASSWORD_FILE",
}
"""Where an address comes without its password: the file that holds it."""
_CONTENT_FILES = {"bootstrap_key_sha256": "MACS_BOOTSTRAP_KEY_SHA256_FILE"}


def _from_files(named: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    whole = {field: _content(environ[variable], variable) for field, variable in _CONTENT_FILES.items() if environ.get(variable)}
    return whole | {field: with_password(named[field], variable, environ) for field, variable in _PASSWORD_FILES.items() if field in named}


def _in_words(field: str, value: object, wrong: str) -> str:
    """What is wrong with a setting; a value that may hold a password is not repeated."""
    said = "" if field in {*_PASSWORD_FILES, *_CONTENT_FILES} or not isinstance(value, str) else f"={value}"
    return f"{_VARIABLES.get(field, field)}{said}: {wrong}"


def _content(file: str, variable: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ValueError(f"{variable}={file}: {reason}; the path of a text file that this account may read is needed") from error


def with_password(address: str, variable: str, environ: Mapping[str, str] = os.environ) -> str:
    """The address with the password in the file that `variable` names; as it is without a file, or with an empty one. Raises ValueError for a
    file that cannot be read, and for an address that names no user or has a password already."""
    file = environ.get(variable)
    password = _content(file, variable) if file else ""
    if not password:
        return address
    parts = urlsplit(address)
    user, separator, where = parts.netloc.rpartition("@")
    if not separator or ":" in user:
        raise ValueError(f"{parts.scheme}://{parts.hostname} takes the password of {file} with a user and without another password")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{where}"))


def _addresses(text: str) -> list[str]:
    """A list: aiokafka does not split a comma separated string behind FastStream."""
    return [address.strip() for address in text.split(",") if address.strip()]


def _is_on(text: str | None) -> bool:
    return (text or "").strip().lower() in {"1", "true", "yes"}
