"""What somebody sees who starts the platform, looks at it, and kills parts of it."""

from __future__ import annotations

import stat
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.fixtures.stack import Stack
from tests.waiting import finally_

SERVICES = {"directory": {"all"}, "ingest": {"web", "worker"}, "indicators": {"web", "worker"}, "events": {"all"}, "notify": {"all"}}
WHOLE_STACK = 2_000_000_000
"""Bytes of PSS that everything together may take."""


def test_every_process_is_ready_and_told_with_its_place(stack: Stack) -> None:
    found = stack.wait_ready()
    assert {service: set(roles) for service, roles in found["services"].items()} == SERVICES
    processes = [process for roles in found["services"].values() for process in roles.values()]
    assert all(set(process) >= {"pid", "url", "ready", "lag", "pss"} for process in processes)
    assert found["gateway"].startswith("http://127.0.0.1:")
    assert found["zipkin"].startswith("http://127.0.0.1:")


def test_everything_together_stays_within_its_memory(stack: Stack) -> None:
    assert stack.wait_ready()["pss"] <= WHOLE_STACK


def test_a_second_start_in_the_same_folder_says_so_and_changes_nothing(stack: Stack) -> None:
    before = stack.pid("kafka")
    done = stack.macs("up")
    assert "tourne déjà" in done.stderr
    assert stack.pid("kafka") == before


def test_nothing_listens_beyond_this_machine(stack: Stack) -> None:
    pids = {process["pid"] for process in stack.status()["infrastructure"].values()}
    pids |= {process["pid"] for roles in stack.status()["services"].values() for process in roles.values()}
    assert {address for pid in pids for address in _listening(pid)} <= {"127.0.0.1", "::ffff:127.0.0.1"}


def _listening(pid: int) -> set[str]:
    import psutil

    return {connection.laddr.ip for connection in psutil.Process(pid).net_connections("inet") if connection.status == psutil.CONN_LISTEN}


@pytest.mark.parametrize("path", ["/health/ready", "/health/live", "/metrics", "/internal", "//metrics", "/pilotage/../metrics"])
def test_the_inside_is_not_reachable_through_the_gateway(stack: Stack, path: str) -> None:
    where = urlsplit(stack.url)
    connection = HTTPConnection(where.hostname or "", where.port)  # sends the path as it is written; other clients tidy it first
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


def test_an_unknown_address_is_answered_by_the_house_and_an_unknown_interface_by_a_problem(stack: Stack) -> None:
    client = stack.client(Accept="text/html")
    page = client.get("/nulle-part?x=1")
    assert (page.status_code, page.text.count("<h1>")) == (404, 1)
    assert 'action="/recherche"' in page.text
    assert "MACS" in page.text
    asked = client.get("/api/v1/nulle-part")
    assert (asked.status_code, asked.headers["content-type"]) == (404, "application/problem+json")


def test_secrets_are_for_their_owner_alone(stack: Stack) -> None:
    files = [*stack.folder.secrets.iterdir(), *stack.folder.keys.iterdir()]
    assert files
    assert all(stat.S_IMODE(file.stat().st_mode) & 0o077 == 0 for file in files)


@pytest.mark.parametrize("part", ["events-all", "notify-all", "ingest-web", "gateway", "postgres", "kafka"])
def test_a_killed_part_comes_back_within_ten_seconds(stack: Stack, part: str) -> None:
    stack.wait_ready()
    gone = stack.kill(part)
    finally_(lambda: stack.pid(part) not in {None, gone}, 10)
    stack.wait_ready()
