"""The folder, ports, gateway table and pinned jars of a local run."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import caddy, jars, ports
from deploy.local.accounts import Account
from deploy.local.folder import LONGEST_DATA_PATH, RunFolder
from deploy.local.jars import JarRefused, Pin
from deploy.local.roles import dsn_on
from kit.process import KEEP_ALIVE_S


def test_a_path_too_long_for_a_socket_is_led_elsewhere(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / ("x" * LONGEST_DATA_PATH))
    folder.make()
    assert folder.data.is_symlink()
    assert len(str(folder.data.resolve())) <= LONGEST_DATA_PATH
    (folder.data / "kept").touch()
    folder.make()
    assert (folder.data / "kept").exists()
    there = folder.data.resolve()
    folder.purge()
    assert not there.exists()


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.make()
    assert [path.stat().st_mode & 0o777 for path in (folder.secrets, folder.keys)] == [0o700, 0o700]
    folder.purge()


def test_an_account_is_not_let_through_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    stranger = Account(uid=os.geteuid() + 12345, gid=os.getegid() + 12345)
    assert not stranger.can_enter(closed)


def test_ports_stay_below_those_of_clients_and_differ() -> None:
    found = ports.some(20)
    assert len(set(found)) == 20
    assert all(ports.FIRST <= port < 32768 for port in found)


def test_the_gateway_takes_the_next_port_when_its_own_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        with pytest.raises(ports.NoPort):
            ports.gateway(taken.getsockname()[1])
    assert ports.gateway() >= ports.GATEWAY


def test_every_path_belongs_to_one_service() -> None:
    owned = [(path.rstrip("*"), service) for service, paths in caddy.ROUTES.items() for path in paths]
    clashes = [(one, other) for one, mine in owned for other, theirs in owned if mine != theirs and one != "/" and other.startswith(one)]
    assert clashes == []


def test_the_gateway_shows_nothing_of_the_inside() -> None:
    paths = [path for paths in caddy.ROUTES.values() for path in paths]
    assert not [path for path in paths if path.startswith(("/health", "/metrics", "/internal"))]


@pytest.mark.parametrize("services", [tuple(caddy.ROUTES), ("ingest",)])
def test_caddy_takes_the_configuration(tmp_path: Path, services: tuple[str, ...]) -> None:
    configuration = tmp_path / "Caddyfile"
    configuration.write_text(caddy.caddyfile(18080, dict.fromkeys(services, "127.0.0.1:1")))
    command = [str(Path(sys.executable).parent / "caddy"), "validate", "--adapter", "caddyfile", "--config", str(configuration)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **caddy.environment(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert "not formatted" not in done.stderr


def test_the_gateway_gives_an_idle_connection_up_before_the_service_does() -> None:
    """Else a request is on its way on a connection that is being closed. And it keeps as many as come at once, not the 32 that it would."""
    written = caddy.caddyfile(18080, dict.fromkeys(caddy.ROUTES, "127.0.0.1:1"))
    kept = [int(seconds) for seconds in re.findall(r"\bkeepalive (\d+)s\b", written)]
    assert len(kept) == len(caddy.ROUTES)
    assert max(kept) * 2 < KEEP_ALIVE_S
    assert min(map(int, re.findall(r"keepalive_idle_conns_per_host (\d+)", written))) >= 200


def test_a_jar_that_is_not_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / ".m2" / "repository" / "org" / "example" / "thing" / "1"
    there.mkdir(parents=True)
    (there / "thing-1.jar").write_bytes(b"altered")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    pin = Pin("org.example", "thing", "1", "", hashlib.sha512(b"original").hexdigest())
    with pytest.raises(JarRefused, match="empreinte"):
        jars._fetch_one(pin, tmp_path / "downloads", tmp_path)


def test_every_jar_is_pinned() -> None:
    assert len(jars.pins("kafka")) == 46
    assert all(len(pin.sha512) == 128 for name in ("kafka", "zipkin") for pin in jars.pins(name))


@pytest.mark.parametrize(
    ("admin", "expected"),
    [
        ("postgresql://postgres:a@/postgres?host=/run/x&port=5432", "postgresql://ingest:p%2Fw@/ingest?host=/run/x&port=5432"),
        ("postgresql://admin:a@db.example:6432/postgres", "postgresql://ingest:p%2Fw@db.example:6432/ingest"),
    ],
)
def test_a_service_reaches_its_database_on_the_admins_server(admin: str, expected: str) -> None:
    assert dsn_on(admin, "ingest", "ingest", "p/w") == expected
