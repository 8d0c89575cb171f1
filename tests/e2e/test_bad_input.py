"""Bad input gets the status and code of the design; nothing is half stored and the services stay up."""

from __future__ import annotations

import base64
import json
import uuid
import zipfile
from contextlib import suppress
from io import BytesIO
from typing import Any

import httpx
import pytest

from tests.e2e.standing import Standing
from tests.fixtures.stack import Stack


@pytest.fixture
def standing(stack: Stack) -> Standing:
    return Standing(stack)


def whole(standing: Standing, **more: Any) -> bytes:
    line = {**standing.line("1.00"), **more}
    return json.dumps({"period": line["period"], "mode": "all", "reason": None, "lines": [line]}).encode()


def post(standing: Standing, body: bytes, kind: str = "application/json") -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": kind}
    return standing.http.post("/api/v1/declarations", content=body, headers=headers)


BODIES: dict[str, bytes | dict[str, Any]] = {
    "not json": b"{",
    "a list": b"[]",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "lines is text": b'{"lines": "x"}',
    "no lines": b'{"period": "2026-01", "mode": "all", "reason": null, "lines": []}',
    "unknown mode": b'{"period": "2026-01", "mode": "some", "reason": null, "lines": []}',
    "NUL": {"employer_name": "A\x00B"},
    "a lone surrogate": {"employer_name": "\ud800"},
    "not a number": {"hours": "NaN"},
    "huge": {"hours": "1e999999"},
    "hours is a list": {"hours": [1]},
}
"""A body as it is sent, or what is wrong in an otherwise good line."""


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_a_problem_for_its_sender(standing: Standing, name: str) -> None:
    wrong = BODIES[name]
    answer = post(standing, wrong if isinstance(wrong, bytes) else whole(standing, **wrong))
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"]


def test_a_body_in_another_encoding_is_a_problem_for_its_sender(standing: Standing) -> None:
    assert 400 <= post(standing, whole(standing, employer_name="@").replace(b"@", b"\xe9")).status_code < 500


def test_sixty_megabytes_are_refused_without_being_read(standing: Standing) -> None:
    with suppress(httpx.TransportError):  # the server may close the connection on a body that it will not read
        assert post(standing, b" " * 60_000_000).status_code == 413
    assert standing.http.get("/api/v1/declarations").status_code == 200


def upload(standing: Standing, name: str, content: bytes) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return standing.http.post("/api/v1/imports", files={"file": (name, content)}, data={"type": "hours", "mode": "all"}, headers=headers)


def bomb() -> bytes:
    """A workbook whose sheet unpacks to 2 GB."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(200):
                sheet.write(b"0" * 10_000_000)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["a zip bomb", "not a workbook", "empty", "a header only", "NUL bytes"])
def test_a_bad_file_is_refused_with_a_reason(standing: Standing, name: str) -> None:
    files = {
        "a zip bomb": ("heures.xlsx", bomb),
        "not a workbook": ("heures.xlsx", lambda: b"PK\x03\x04 this is no workbook"),
        "empty": ("heures.csv", lambda: b""),
        "a header only": ("heures.csv", lambda: b"contract;period;hours\n"),
        "NUL bytes": ("heures.csv", lambda: b"contract;period;hours\nA\x00;2026-01;1\n"),
    }
    file, content = files[name]
    answer = upload(standing, file, content())
    assert answer.status_code in {400, 413, 415, 422}, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_forged_and_unsigned_tokens_are_nobody(stack: Stack) -> None:
    payload = encoded({"sub": "x", "roles": ["team"], "exp": 4102444800})
    for token in (
        f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        f"{encoded({'alg': 'ES256', 'typ': 'JWT', 'kid': 'x'})}.{payload}.{'A' * 86}",
        f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{payload}.{'A' * 43}",
        stack.key("team")[:-3] + "xyz",
        "macs_team_",
        "-",
    ):
        answer = stack.client(Authorization=f"Bearer {token}").get("/api/v1/pilotage/indicators/I01", params={"period": "2025"})
        assert answer.status_code == 401, token


def test_a_revoked_key_is_refused_within_seconds(stack: Stack) -> None:
    from tests.waiting import finally_

    operator = stack.client("operator")
    made = operator.post("/api/v1/keys", json={"name": "Essai", "roles": ["team"]})
    assert made.status_code == 201, made.text
    someone = stack.client(Authorization=f"Bearer {made.json()['key']}")
    finally_(lambda: someone.get("/api/v1/declarations").status_code == 200, 10)
    assert operator.delete(f"/api/v1/keys/{made.json()['id']}").status_code in {200, 204}
    finally_(lambda: someone.get("/api/v1/declarations").status_code == 401, 10)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/pilotage/indicators/I01?period=2025&by=department,public,sex", 422),
        ("/api/v1/pilotage/indicators/I01?period=25", 422),
        ("/api/v1/pilotage/indicators/I01?period=2025&department=13", 422),
        ("/api/v1/pilotage/indicators/I01?period=2025&wrong=1", 422),
        ("/api/v1/pilotage/indicators/I99?period=2025", 404),
        ("/api/v1/pilotage/indicators/I01?period=2025&department=75&department=77&department=78&department=91&department=92", 422),
        ("/api/v1/departments/13/coordination", 404),
        ("/api/v1/departments/93/coordination?on=demain", 422),
        ("/api/v1/declarations/D-2026-999999", 404),
        ("/api/v1/declarations/nimporte", 404),
        ("/api/v1/meetings/00000000-0000-7000-8000-000000000000", 404),
        ("/api/v1/nulle-part", 404),
    ],
)
def test_a_wrong_question_gets_its_status(standing: Standing, path: str, status: int) -> None:
    answer = standing.team.get(path)
    assert answer.status_code == status, answer.text


def test_afterwards_everything_stands_and_adds_up(stack: Stack) -> None:
    assert stack.status()["ready"]
    stack.macs("verify")
