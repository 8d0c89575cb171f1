"""Who is calling, judged from the replica alone: keys, session tokens, what is forged, expired, revoked or behind."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey
from starlette.requests import Request

from kit import api_keys, registry, sessions
from kit.freshness import Freshness
from kit.identity import ANONYMOUS, Caller, Identity, Renewal
from kit.postgres import Pool, open_pool
from kit.problems import Problem
from kit.sessions import Session
from schemas.directory import ApiKeyRecorded, MandateRecorded, OrganisationRecorded, PersonRecorded, SessionRevoked, SigningKeyRecorded
from schemas.message import Message
from tests.fixtures.databases import MakeDatabase

NOW = datetime(2028, 10, 16, 12, 0, tzinfo=UTC)
ORGANISATION, PERSON = UUID(int=1), UUID(int=2)


@dataclass
class Desk:
    pool: Pool
    identity: Identity
    freshness: Freshness
    key: ECKey
    now: datetime = NOW

    async def record(self, *messages: Message) -> None:
        async with self.pool.acquire() as connection:
            for message in messages:
                await registry.record(connection, message)

    def token(self, *, kid: str = "k1", key: Any = None, **change: Any) -> str:
        session = Session(
            **{
                "session": uuid4(),
                "person": PERSON,
                "name": "Ada",
                "roles": ("coordinator",),
                "departments": ("93",),
                "issued_at": NOW,
                **change,
            }
        )
        return sessions.sign(session, private_key=key or self.key, kid=kid)

    async def status(self, credential: str, *, method: str = "GET") -> int:
        try:
            await self.identity.caller(request(f"Bearer {credential}", method=method))
        except Problem as problem:
            return problem.status
        return 200


def request(
    authorization: str | None = None, *, method: str = "GET", cookie: str | None = None, path: str = "/api/v1/x", **headers: str
) -> Request:
    sent = {"authorization": authorization, "cookie": f"macs_session={cookie}" if cookie else None, "host": "macs.test", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items() if value is not None]
    return Request({"type": "http", "method": method, "path": path, "query_string": b"a=1", "headers": raw})


@pytest.fixture
async def desk(database: MakeDatabase) -> AsyncIterator[Desk]:
    pool = await open_pool((await database("kit")).admin, size=2, application_name="test")
    freshness = Freshness(owner=True)
    found = Desk(pool, Identity(pool, freshness, lambda: found.now), freshness, ECKey.generate_key("P-256"))
    await found.record(_signing_key("k1", found.key))
    yield found
    await pool.close()


def _signing_key(kid: str, key: ECKey, not_after: datetime | None = None) -> SigningKeyRecorded:
    jwk = {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    return SigningKeyRecorded(kid=kid, jwk=jwk, not_after=not_after)


def _api_key(key: str, **more: Any) -> ApiKeyRecorded:
    return ApiKeyRecorded(
        **{"key_id": api_keys.id_of(key), "sha256": api_keys.sha256_of(key), "name": "Clé", "roles": ("declarant",), **more}
    )


async def test_a_key_speaks_for_its_organisation(desk: Desk) -> None:
    key = api_keys.new("abc")
    await desk.record(
        OrganisationRecorded(organisation_id=ORGANISATION, siret="12345678200010", name="Ville fictive", kind="COMMUNE"),
        _api_key(key, organisation_id=ORGANISATION),
    )
    caller = await desk.identity.caller(request(f"Bearer {key}"))
    assert (caller.kind, caller.id, caller.organisation, caller.siret) == ("key", "abc", ORGANISATION, "12345678200010")
    caller.require("declarant")
    with pytest.raises(Problem, match="403"):
        caller.require("team", "operator")
    assert await desk.identity.caller(request()) is ANONYMOUS
    with pytest.raises(Problem, match="401"):
        ANONYMOUS.require()


async def test_a_coordinators_key_follows_the_mandates_of_the_day(desk: Desk) -> None:
    key = api_keys.new("coord")
    person = PersonRecorded(person_id=PERSON, first_name="Ada", name="Martin", email="ada@exemple.test", roles=("coordinator",))
    mandate = MandateRecorded(
        mandate_id=uuid4(), department="93", structure_id=ORGANISATION, structure_siret="12345678200010", structure_name="S", person_id=PERSON,
        starts_on=date(2028, 1, 1), ends_on=date(2028, 10, 17),
    )  # fmt: skip
    await desk.record(person, mandate, _api_key(key, person_id=PERSON, roles=("coordinator",)))
    assert (await desk.identity.bearer(key)).departments == {"93"}
    async with desk.pool.acquire() as connection:
        last = await registry.holder_on(connection, "93", date(2028, 10, 16))
        assert last is not None
        assert last.email == "ada@exemple.test"
        assert await registry.holder_on(connection, "93", date(2028, 10, 17)) is None


def _mandate(starts: int, ends: int | None) -> MandateRecorded:
    """Of the person for 92, counted in days from today."""
    today = NOW.date()
    return MandateRecorded(
        mandate_id=uuid4(), department="92", structure_id=ORGANISATION, structure_siret="12345678200010", structure_name="S", person_id=PERSON,
        starts_on=today + timedelta(days=starts), ends_on=None if ends is None else today + timedelta(days=ends),
    )  # fmt: skip


@pytest.mark.parametrize(("starts", "ends"), [(14, None), (-100, -29)], ids=["successor", "predecessor"])
async def test_a_successor_reads_before_and_a_predecessor_after_and_neither_acts(desk: Desk, starts: int, ends: int | None) -> None:
    key = api_keys.new("coord")
    await desk.record(_mandate(starts, ends), _api_key(key, person_id=PERSON, roles=("coordinator",)))
    reading = await desk.identity.caller(request(f"Bearer {key}"))
    acting = await desk.identity.caller(request(f"Bearer {key}", method="POST"))
    assert reading.departments == reading.reads == {"92"}
    assert not acting.departments
    token = desk.token(reads=("92",))
    assert (await desk.identity.caller(request(f"Bearer {token}"))).departments == {"92", "93"}
    assert (await desk.identity.caller(request(f"Bearer {token}", method="POST"))).departments == {"93"}


@pytest.mark.parametrize(("starts", "ends"), [(15, None), (-100, -30)], ids=["too early", "too late"])
async def test_a_day_more_and_the_department_is_not_read(desk: Desk, starts: int, ends: int | None) -> None:
    key = api_keys.new("coord")
    await desk.record(_mandate(starts, ends), _api_key(key, person_id=PERSON, roles=("coordinator",)))
    assert not (await desk.identity.caller(request(f"Bearer {key}"))).departments


async def test_a_key_that_is_cut_unknown_or_revoked_is_refused(desk: Desk) -> None:
    key = api_keys.new("abc")
    await desk.record(_api_key(key))
    other = "B" if key[-1] != "B" else "C"
    assert await desk.status(key[:-1] + other) == 401
    assert await desk.status(key[:-3]) == 401
    assert await desk.status("macs_nobody_" + "x" * 43) == 401
    assert await desk.status("macs_") == 401
    assert await desk.status(key) == 200
    await desk.record(_api_key(key, revoked_at=NOW))
    desk.identity._keys.clear()  # what a second does
    assert await desk.status(key) == 401


async def test_those_who_come_at_once_with_a_key_ask_for_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key, other, asked = api_keys.new("abc"), api_keys.new("def"), list[str]()
    await desk.record(_api_key(key), _api_key(other))
    fetch = desk.pool.fetchrow

    async def counted(query: str, *values: Any) -> Any:
        asked.append(values[0])
        return await fetch(query, *values)

    monkeypatch.setattr(desk.identity, "_pool", SimpleNamespace(fetchrow=counted))
    gone = asyncio.create_task(desk.identity.caller(request(f"Bearer {key}")))
    waiting = [asyncio.create_task(desk.identity.caller(request(f"Bearer {each}"))) for each in (key, other) * 20]
    await asyncio.sleep(0)
    gone.cancel()  # who goes away does not take the answer from the others
    assert [caller.id for caller in await asyncio.gather(*waiting)] == ["abc", "def"] * 20
    assert sorted(asked) == ["abc", "def"]
    monkeypatch.setattr("kit.identity._REMEMBER_S", -1.0)
    await desk.record(_api_key(key, revoked_at=NOW))
    assert await desk.status(key) == 401, "each later visit asks anew"
    assert asked.count("abc") == 2


async def test_a_session_is_good_for_ten_minutes_and_a_post_for_five_more(desk: Desk) -> None:
    token = desk.token()
    caller = await desk.identity.bearer(token)
    assert caller == Caller("session", caller.id, None, None, frozenset({"coordinator"}), frozenset({"93"}), PERSON, "Ada")
    desk.now = NOW + timedelta(minutes=12)
    assert await desk.status(token) == 401
    assert await desk.status(token, method="POST") == 200
    desk.now = NOW + timedelta(minutes=16)
    assert await desk.status(token, method="POST") == 401


async def test_a_revoked_session_is_over_even_for_a_post(desk: Desk) -> None:
    session = uuid4()
    token = desk.token(session=session)
    await desk.record(SessionRevoked(session_id=session, expires_at=NOW))
    assert await desk.status(token) == 401
    assert await desk.status(token, method="POST") == 401


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


async def test_forged_tokens_are_refused(desk: Desk) -> None:
    good = desk.token(roles=("team",))
    header, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    public = json.dumps(desk.key.as_dict(private=False)).encode()
    forged = {
        "alg none": f"{_part({'alg': 'none', 'kid': 'k1'})}.{body}.",
        "alg none, signed": f"{_part({'alg': 'none', 'kid': 'k1'})}.{body}.{signature}",
        "symmetric with the public key": jws.serialize_compact({"alg": "HS256", "kid": "k1"}, json.dumps(claims).encode(), OctKey.import_key(public), algorithms=["HS256"]),
        "another key": desk.token(key=ECKey.generate_key("P-256")),
        "unknown kid": desk.token(kid="k9"),
        "other claims": f"{header}.{_part({**claims, 'roles': ['operator']})}.{signature}",
        "no kid": f"{_part({'alg': 'ES256'})}.{body}.{signature}",
        "cut": good[:-10],
        "empty parts": "..",
        "not a token": "x",
        "not ASCII": "é.é.é",
    }  # fmt: skip
    assert {what: await desk.status(token) for what, token in forged.items()} == dict.fromkeys(forged, 401)
    assert await desk.status(good) == 200


async def test_two_signing_keys_are_good_while_they_rotate(desk: Desk) -> None:
    younger = ECKey.generate_key("P-256")
    await desk.record(_signing_key("k2", younger), _signing_key("k1", desk.key, not_after=NOW + timedelta(minutes=5)))
    assert await desk.status(desk.token()) == 200
    assert await desk.status(desk.token(kid="k2", key=younger)) == 200
    desk.now = NOW + timedelta(minutes=6)
    assert await desk.status(desk.token()) == 401
    assert await desk.status(desk.token(kid="k2", key=younger)) == 200


async def test_an_old_cookie_is_renewed_for_a_page_and_refused_to_a_script(desk: Desk) -> None:
    desk.now = NOW + timedelta(minutes=11)
    with pytest.raises(Renewal) as renewal:
        await desk.identity.caller(request(cookie=desk.token(), path="/coordination", accept="text/html"))
    assert renewal.value.location == "/api/v1/session/renew?next=/coordination%3Fa%3D1"
    with pytest.raises(Problem, match="401"):
        await desk.identity.caller(request(cookie=desk.token()))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec_fetch_site": "cross-site"}, 403), ({"sec_fetch_site": "same-site"}, 403), ({"sec_fetch_site": "same-origin"}, 200),
        ({"origin": "https://evil.test"}, 403), ({"origin": "null"}, 403), ({"origin": "https://macs.test"}, 200), ({}, 200),
    ],
)  # fmt: skip
async def test_a_cookie_does_not_act_for_another_site(desk: Desk, headers: dict[str, str], status: int) -> None:
    try:
        await desk.identity.caller(request(cookie=desk.token(), method="POST", **headers))
        found = 200
    except Problem as problem:
        found = problem.status
    assert found == status


async def test_a_replica_that_is_far_behind_accepts_nothing_older_than_its_lag(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key = api_keys.new("abc")
    await desk.record(_api_key(key, occurred_at=datetime.now(UTC) - timedelta(days=1)))
    assert await desk.status(key) == 200
    monkeypatch.setattr(desk.freshness, "owner", False)
    monkeypatch.setattr(desk.freshness, "_fresh_at", desk.freshness._fresh_at - 59)
    assert await desk.status(key) == 200
    monkeypatch.setattr(desk.freshness, "_fresh_at", desk.freshness._fresh_at - 5)
    assert await desk.status(key) == 503
    assert desk.freshness.vouches_for(datetime.now(UTC))
