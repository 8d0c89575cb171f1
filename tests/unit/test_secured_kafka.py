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
from kit import cluster
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


def shakes_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> None:
    """Both sides in memory. Raises ssl.SSLError where one refuses the other."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server, server_hostname=host), server.wrap_bio(to_server, to_client, server_side=True)]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                pass


def test_the_strictest_client_takes_the_brokers_certificate(tmp_path: Path) -> None:
    """As Python 3.13 is by itself."""
    made = certificates.make("kafka", host="kafka")
    (tmp_path / "broker.pem").write_text(made.holder)
    (tmp_path / "authority.pem").write_text(made.authority)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "broker.pem")
    client = ssl.create_default_context(cafile=str(tmp_path / "authority.pem"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    shakes_hands(server, client, "kafka")
    shakes_hands(server, client, "127.0.0.1")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shakes_hands(server, client, "elsewhere")


def test_an_authority_that_somebody_names_need_not_be_strict_and_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strimzi's certificates have no key identifiers."""

    def strict(cafile: str | None = None) -> ssl.SSLContext:
        found = default(cafile=cafile)
        found.verify_flags |= ssl.VERIFY_X509_STRICT
        return found

    default = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", strict)
    (tmp_path / "authority.pem").write_text(certificates.make("kafka").authority)
    named = Cluster(("a:1",), "notify", None, tmp_path / "authority.pem").options()["ssl_context"]
    assert not named.verify_flags & ssl.VERIFY_X509_STRICT
    assert (named.verify_mode, named.check_hostname) == (ssl.CERT_REQUIRED, True)
    known = cluster._context.__wrapped__(None)
    assert known.verify_flags & ssl.VERIFY_X509_STRICT


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
