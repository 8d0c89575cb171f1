"""How a container's process is told of itself: where it listens, and passwords that are files; and whose files the task `keys` makes."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from deploy.compose import keys
from deploy.console.databases import Databases
from deploy.local.folder import RunFolder
from deploy.local.status import status
from kit.settings import Settings, with_password


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_passwords_come_from_files_and_stand_in_the_addresses_escaped(tmp_path: Path) -> None:
    settings = Settings.read({
        "MACS_SERVICE": "notify",
        "MACS_DATABASE": "postgresql://notify@postgres:5432/notify?sslmode=require",
        "MACS_DATABASE_PASSWORD_FILE": written(tmp_path, "database", "p@ss/w:rd\n"),
        "MACS_SMTP": "smtp://reseau@relay.example:587?from=reseau@exemple.fr",
        "MACS_SMTP_PASSWORD_FILE": written(tmp_path, "smtp", "secret"),
        "MACS_BOOTSTRAP_KEY_SHA256_FILE": written(tmp_path, "operator", "abc\n"),
    })  # fmt: skip
    assert settings.database == "postgresql://notify:p%40ss%2Fw%3Ard@postgres:5432/notify?sslmode=require"
    assert settings.smtp == "smtp://reseau:secret@relay.example:587?from=reseau@exemple.fr"
    assert settings.bootstrap_key_sha256 == "abc"


def test_no_file_and_an_empty_file_leave_the_address_as_it_is(tmp_path: Path) -> None:
    empty = written(tmp_path, "empty", "\n")
    for file in (None, empty, "/dev/null"):
        environ = {"MACS_SMTP_PASSWORD_FILE": file} if file else {}
        assert with_password("smtp://relay.example:25", "MACS_SMTP_PASSWORD_FILE", environ) == "smtp://relay.example:25"
    read = Settings.read({"MACS_SERVICE": "notify", "MACS_SMTP": "", "MACS_SMTP_PASSWORD_FILE": "/nowhere"})
    assert read.smtp is None, "without a relay its password is not asked for"


@pytest.mark.parametrize("address", ["smtp://relay.example:25", "postgresql://a:b@postgres/a"])
def test_a_password_without_its_user_or_beside_another_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match="with a user and without another password") as refused:
        with_password(address, "OF", {"OF": written(tmp_path, "password", "hidden")})
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("wrong", ["missing", "a folder", "no text"])
def test_a_file_that_cannot_be_read_is_named_with_its_variable(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "password"
    if wrong == "a folder":
        file.mkdir()
    elif wrong == "no text":
        file.write_bytes(b"\xff\xfe\x00")
    environ = {"MACS_SERVICE": "notify", "MACS_DATABASE": "postgresql://notify@postgres/notify", "MACS_DATABASE_PASSWORD_FILE": str(file)}
    with pytest.raises(ValueError, match=f"^MACS_DATABASE_PASSWORD_FILE={file}: .+ the path of a text file"):
        Settings.read(environ)


def test_a_setting_that_is_no_number_is_named_with_its_value_and_no_password_is_told() -> None:
    with pytest.raises(ValueError, match=r"^MACS_HTTP_PORT=abc: .*integer") as refused:
        Settings.read({"MACS_SERVICE": "notify", "MACS_HTTP_PORT": "abc", "MACS_DATABASE": "postgresql://notify:hidden@postgres/notify"})
    assert "hidden" not in str(refused.value)


def test_a_process_listens_on_loopback_unless_it_is_told_otherwise() -> None:
    assert Settings.read({"MACS_SERVICE": "notify"}).http_host == "127.0.0.1"
    assert Settings.read({"MACS_SERVICE": "notify", "MACS_HTTP_HOST": "0.0.0.0"}).http_host == "0.0.0.0"


def test_the_console_reads_each_databases_password_beside_its_address(tmp_path: Path) -> None:
    found = Databases.read({
        "MACS_DATABASE_INGEST": "postgresql://ingest@postgres/ingest",
        "MACS_DATABASE_INGEST_PASSWORD_FILE": written(tmp_path, "ingest", "one"),
        "MACS_DATABASE_NOTIFY": "postgresql://notify:two@postgres/notify",
    })  # fmt: skip
    assert found.dsns == {"ingest": "postgresql://ingest:one@postgres/ingest", "notify": "postgresql://notify:two@postgres/notify"}


def test_processes_that_an_engine_keeps_are_asked_although_nobody_of_ours_does(tmp_path: Path) -> None:
    where = {"supervised": False, "services": {"ingest": {"web": "http://127.0.0.1:1"}}}
    (tmp_path / "addresses.json").write_text(json.dumps(where))
    found = status(RunFolder(tmp_path))
    assert found["services"]["ingest"]["web"]["ready"] is False
    assert found["ready"] is False
    (tmp_path / "addresses.json").write_text(json.dumps({**where, "services": {}}))
    assert status(RunFolder(tmp_path))["ready"] is True


def contents(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def made(folder: Path) -> Path:
    record = folder / "setup"
    record.mkdir(exist_ok=True)
    keys.draw(record)
    keys.hand_out(folder, record)
    return record


def test_keys_are_drawn_once_and_handed_to_those_alone_whose_they_are(tmp_path: Path) -> None:
    record = made(tmp_path)
    first = contents(tmp_path)
    made(tmp_path)
    assert contents(tmp_path) == first
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.rglob("*") if file.is_file()} == {0o600}
    secrets = {text for name, text in contents(record).items() if name.endswith((".password", ".key")) and "/" not in name}
    for folder in sorted(path for path in tmp_path.iterdir() if path.name not in {"setup", "console"}):
        own = {text for text in contents(folder).values() if text in secrets}
        others = {
            text for other in tmp_path.iterdir() if other.name not in {"setup", "console", folder.name} for text in contents(other).values()
        }
        assert own.isdisjoint(others), folder.name
    assert contents(tmp_path / "console").keys() == {
        f"{service}.password" for service in ("directory", "ingest", "indicators", "events", "notify")
    }


def test_the_broker_is_told_its_own_name_and_where_its_certificate_lies(tmp_path: Path) -> None:
    made(tmp_path)
    settings = dict(line.split("=", 1) for line in (tmp_path / "kafka" / "server.properties").read_text().splitlines())
    assert settings["advertised.listeners"] == "BROKER://kafka:9092"
    assert settings["listener.security.protocol.map"] == "BROKER:SASL_SSL,CONTROLLER:SSL"
    assert Path(settings["ssl.keystore.location"]).read_text() == (tmp_path / "kafka" / "broker.pem").read_text()
    assert (tmp_path / "kafka" / "format.options").read_text().count("--add-scram") == 7
    from cryptography import x509

    text = (tmp_path / "kafka" / "broker.pem").read_text()
    certificate = x509.load_pem_x509_certificate(text[text.index("-----BEGIN CERTIFICATE") :].encode())
    assert certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName) == ["kafka"]
