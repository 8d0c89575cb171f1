"""What a secured Kafka is made of: files that only their owner reads, a certificate that its authority vouches for, a decision made once."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from cli.stack import decide_secured
from deploy.local import certificates
from deploy.local.folder import RunFolder
from deploy.local.secured import SERVICES, USERS, Secured
from kit.cluster import Cluster
from kit.settings import Settings


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    found = RunFolder(tmp_path / "run")
    found.make()
    return found


def test_secrets_are_drawn_once_and_read_by_their_owner_only(run: RunFolder) -> None:
    assert Secured.of(run) is None
    made = Secured.make(run)
    passwords = {user: made.password(user) for user in USERS}
    assert len(set(passwords.values())) == len(USERS)
    assert {user: Secured.make(run).password(user) for user in USERS} == passwords
    assert {stat.S_IMODE(file.stat().st_mode) for file in made.folder.iterdir()} == {0o600}
    assert set(SERVICES) == {"directory", "ingest", "indicators", "events", "notify"}


def test_the_broker_is_vouched_for_at_its_address_and_the_authority_signs_nothing_more() -> None:
    made = certificates.make("kafka")
    authority = x509.load_pem_x509_certificate(made.authority.encode())
    own = x509.load_pem_x509_certificate(made.holder[made.holder.index("-----BEGIN CERTIFICATE") :].encode())
    own.verify_directly_issued_by(authority)
    names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert made.authority.count("PRIVATE KEY") == 0
    assert made.holder.count("BEGIN PRIVATE KEY") == 1


def test_a_process_comes_as_its_user_or_in_plain_text_without_one(run: RunFolder) -> None:
    secured = Secured.make(run)
    settings = Settings.read({"MACS_SERVICE": "notify", "MACS_KAFKA": "a:1, b:2", **secured.environment("notify")})
    options = settings.cluster.options()
    assert options["bootstrap_servers"] == ["a:1", "b:2"]
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("notify", secured.password("notify"))
    assert options["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert options["ssl_context"].check_hostname
    assert Cluster(("a:1",)).options() == {"bootstrap_servers": ["a:1"]}


def test_a_folder_that_began_open_is_not_secured_afterwards(run: RunFolder) -> None:
    with pytest.raises(RuntimeError, match="ce dossier a déjà servi avec un Kafka ouvert"):
        decide_secured(run, secure=True)
    decide_secured(run, secure=False)
    Secured.make(run)
    decide_secured(run, secure=True)
