"""A Kafka that takes nobody's word: its users, their passwords and its certificates, as files of the run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local import certificates
from deploy.local.folder import RunFolder, write_text
from kit.cluster import SCRAM, Cluster
from schemas.topics import ALL

BROKER: Final = "kafka"
OPERATOR: Final = "operator"
"""Makes topics, gives rights, looks at everything: the commands of whoever runs the platform."""
SERVICES: Final = tuple(sorted({topic.published_by for topic in ALL} | {reader for topic in ALL for reader in topic.read_by}))
USERS: Final = (BROKER, OPERATOR, *SERVICES)


@dataclass(frozen=True)
class Secured:
    """The folder of what a secured broker needs; it is there from the first start of a run or never."""

    folder: Path

    @classmethod
    def of(cls, run: RunFolder) -> Secured | None:
        found = cls(run.kafka_secrets)
        return found if found.folder.exists() else None

    @classmethod
    def make(cls, run: RunFolder) -> Secured:
        return cls.drawn(run.kafka_secrets)

    @classmethod
    def drawn(cls, folder: Path, host: str = "localhost") -> Secured:
        """Draw passwords and certificates for a broker that is reached under this name; nothing where they are there already."""
        found = cls(folder)
        if not found.folder.exists():
            draft = found.folder.with_name("kafka.draft")
            draft.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = certificates.make(BROKER, host=host)
            passwords = {f"{user}.password": secrets.token_hex(24) for user in USERS}
            for name, text in {"authority.pem": made.authority, "broker.pem": made.holder, **passwords}.items():
                write_text(draft / name, text, mode=0o600)
            draft.rename(found.folder)
        return found

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    def password_file(self, user: str) -> Path:
        return self.folder / f"{user}.password"

    def password(self, user: str) -> str:
        return self.password_file(user).read_text().strip()

    def environment(self, user: str) -> dict[str, str]:
        """For a process that comes to Kafka as this user."""
        return {"MACS_KAFKA_USER": user, "MACS_KAFKA_PASSWORD_FILE": str(self.password_file(user)), "MACS_KAFKA_CA": str(self.authority)}

    def cluster(self, addresses: tuple[str, ...], user: str = OPERATOR) -> Cluster:
        return Cluster(addresses, user, self.password_file(user), self.authority)

    def settings(self) -> dict[str, str]:
        """Of the broker: clients by password over TLS, its own controller by certificate, rights by name and none without."""
        login = f'org.apache.kafka.common.security.scram.ScramLoginModule required username="{BROKER}" password="{self.password(BROKER)}";'
        return {
            "listener.security.protocol.map": "BROKER:SASL_SSL,CONTROLLER:SSL",
            "sasl.enabled.mechanisms": SCRAM,
            "sasl.mechanism.inter.broker.protocol": SCRAM,
            f"listener.name.broker.{SCRAM.lower()}.sasl.jaas.config": login,
            "listener.name.controller.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.folder / "broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:CN={BROKER};User:{BROKER};User:{OPERATOR}",
        }

    def format_options(self) -> list[str]:
        """For Kafka's storage tool: users exist from the first moment."""
        return [word for user in USERS for word in ("--add-scram", f"{SCRAM}=[name={user},password={self.password(user)}]")]
