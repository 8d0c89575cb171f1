"""Addresses that somebody typed: what is refused before a byte is sent, and real servers that hang, redirect, rebind or never end."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.outgoing import Fetcher, Unreachable, check_url, refusal
from tests.serving import PRIVATE, PUBLIC, Server, says, serving

CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254",
        "169.254.0.1", "192.0.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "2002:7f00:1::",
        "2002:a9fe:a9fe::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2001:db8::1", "2001:0:7f00:1::", "fec0::1", "not an address", "",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused_with_a_reason(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4007:80c::200e", "64:ff9b::101:101"]
)
def test_an_address_of_the_public_internet_is_not(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "SCHEME"), ("gopher://exemple.fr/", "SCHEME"), ("https://", "SCHEME"), ("exemple.fr/a.ics", "SCHEME"), ("", "SCHEME"),
        ("https://a:b@exemple.fr/", "CREDENTIALS"), ("https://exemple.fr@127.0.0.1/", "CREDENTIALS"), ("https://exemple.fr:22/", "PORT"),
        ("https://exemple.fr:99999/", "URL"), ("https://exem ple.fr/", "URL"), ("https://exemple.fr/\r\nHost: x", "URL"), ("https://exemple.fr\\@x/", "URL"),
        ("https://[::1/", "URL"), ("https://" + "a" * 3_000, "URL"), ("https://exemple..fr/", "URL"),
    ],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url: str, code: str) -> None:
    with pytest.raises(Unreachable) as found:
        check_url(url)
    assert found.value.code == code


def test_webcal_is_read_as_https_and_names_become_ascii() -> None:
    assert check_url("webcal://exemple.fr/a.ics").geturl() == "https://exemple.fr/a.ics"
    assert check_url("https://forêt.fr/a.ics?x=1#y").geturl() == "https://xn--fort-ipa.fr/a.ics?x=1"


async def refused(fetcher: Fetcher, url: str) -> Unreachable:
    start = time.monotonic()
    with pytest.raises(Unreachable) as found:
        await fetcher.get(url)
    assert time.monotonic() - start < 10
    assert found.value.reason
    return found.value


async def test_a_file_comes_and_the_request_names_the_host_that_was_typed() -> None:
    seen: list[bytes] = []

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server) -> None:
        seen.append(server.url.encode())
        await says("200 OK\r\nContent-Type: Text/Calendar; charset=utf-8", CALENDAR)(_reader, writer, server)

    async with serving(answer) as server:
        fetched = await server.fetcher().get(server.url)
        assert (fetched.body, fetched.content_type) == (CALENDAR, "text/calendar")
        assert server.hits == {PUBLIC: 1, PRIVATE: 0}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0.0.0.0"])  # fmt: skip
async def test_no_way_of_writing_a_private_address_is_connected_to(host: str) -> None:
    async with serving(says("200 OK", CALENDAR)) as server:
        fetcher = Fetcher(ports=frozenset({server.port}))
        assert (await refused(fetcher, f"http://{host}:{server.port}/")).code in {"NOT_PUBLIC", "UNKNOWN_HOST"}
        assert server.hits == {PUBLIC: 0, PRIVATE: 0}


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:a9fe:a9fe]/", "file:///etc/passwd", "//127.0.0.1:{port}/"])  # fmt: skip
async def test_a_redirect_is_judged_like_the_first_address(target: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server) -> None:
        await says(f"302 Found\r\nLocation: {target.format(port=server.port)}")(reader, writer, server)

    async with serving(answer) as server:
        found = await refused(server.fetcher(), server.url)
        assert found.code in {"NOT_PUBLIC", "SCHEME"}
        assert server.hits == {PUBLIC: 1, PRIVATE: 0}


async def test_a_chain_of_redirects_ends() -> None:
    async with serving(says("301 Moved\r\nLocation: /encore")) as server:
        assert (await refused(server.fetcher(), server.url)).code == "REDIRECTS"
        assert server.hits[PUBLIC] == 4


async def test_a_name_that_answers_otherwise_a_moment_later_changes_nothing() -> None:
    answers = [[PUBLIC], [PRIVATE]]
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    async with serving(says("200 OK", CALENDAR)) as server:
        assert (await server.fetcher(rebinding).get(server.url)).body == CALENDAR
        assert (len(asked), server.hits) == (1, {PUBLIC: 1, PRIVATE: 0}), "resolved once, and connected to what was judged"
    asked.clear()
    async with serving(says("302 Found\r\nLocation: /encore")) as server:
        assert (await refused(server.fetcher(rebinding), server.url)).code == "NOT_PUBLIC"
        assert server.hits == {PUBLIC: 1, PRIVATE: 0}


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def both(_host: str, _port: int) -> Sequence[str]:
        return [PUBLIC, PRIVATE]

    async with serving(says("200 OK", CALENDAR)) as server:
        assert (await refused(server.fetcher(both), server.url)).code == "NOT_PUBLIC"
        assert server.hits == {PUBLIC: 0, PRIVATE: 0}


async def test_a_server_or_a_resolver_that_hangs_or_drips_is_left_in_time() -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _server: Server) -> None:
        await reader.read()

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\n\r\n")
        while True:
            writer.write(b"B")
            await writer.drain()
            await asyncio.sleep(0.1)

    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    for answer in (hang, drip):
        async with serving(answer) as server:
            assert (await refused(server.fetcher(seconds=1.0), server.url)).code == "TOO_LONG"
    async with serving(hang) as server:
        assert (await refused(server.fetcher(never, seconds=1.0), server.url)).code == "TOO_LONG"


@pytest.mark.long
async def test_the_usual_limit_is_below_ten_seconds_too() -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _server: Server) -> None:
        await reader.read()

    async with serving(hang) as server:
        found = server.fetcher(seconds=9.5)
        assert (await refused(found, server.url)).code == "TOO_LONG"


async def test_fifty_megabytes_are_not_taken_in() -> None:
    piece = b"X" * 100_000

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\n\r\n")
        for _ in range(500):
            writer.write(piece)
            await writer.drain()
            server.sent += len(piece)

    async with serving(flood) as server:
        assert (await refused(server.fetcher(), server.url)).code == "TOO_LARGE"
        assert server.sent < 50_000_000, "left before the end"

    async def announced(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _server: Server) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        await writer.drain()

    async with serving(announced) as server:
        assert (await refused(server.fetcher(), server.url)).code == "TOO_LARGE"


@pytest.mark.parametrize(
    ("head", "code"),
    [("404 Not Found", "STATUS"), ("500 Oops", "STATUS"), ("200 OK\r\nContent-Encoding: gzip", "ENCODING"), ("nonsense", "CONNECTION")],
)
async def test_an_answer_that_is_none_is_said(head: str, code: str) -> None:
    async with serving(says(head, b"x")) as server:
        assert (await refused(server.fetcher(), server.url)).code == code


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that proves to be `name`, and a client that believes it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    signed = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(key, hashes.SHA256())
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    served, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(certificate))
    served.load_cert_chain(certificate, secret)
    return served, client


async def test_the_certificate_is_that_of_the_name_and_not_of_the_address(tmp_path: Path) -> None:
    served, client = certified("agenda.test", tmp_path)
    async with serving(says("200 OK", CALENDAR), served) as server:
        fetcher = server.fetcher(tls=client)
        assert (await fetcher.get(f"https://agenda.test:{server.port}/a.ics")).body == CALENDAR
        assert (await refused(fetcher, f"https://autre.test:{server.port}/a.ics")).code == "TLS"


async def test_a_message_is_posted_whole_its_answer_is_a_status_and_a_redirect_is_not_followed() -> None:
    got: list[bytes] = []

    async def takes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _server: Server) -> None:
        got.append(await reader.readexactly(5))
        writer.write(b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with serving(takes) as server:
        assert await server.fetcher().post(server.url, b"hello", {"X-Kind": "test"}) == 307
        assert (got, server.hits) == ([b"hello"], {PUBLIC: 1, PRIVATE: 0})
        with pytest.raises(Unreachable) as found:
            await server.fetcher().post(server.url.replace("agenda.test", "localhost.localdomain"), b"hello", {})
        assert found.value.code in {"NOT_PUBLIC", "UNKNOWN_HOST"}


async def test_an_address_is_checked_without_a_connection() -> None:
    async with serving(says("200 OK")) as server:
        assert (await server.fetcher().check(server.url)).hostname == "agenda.test"
        for url in (f"http://127.0.0.1:{server.port}/", f"http://[::ffff:127.0.0.1]:{server.port}/", "http://10.0.0.1/"):
            with pytest.raises(Unreachable, match="n’est pas acceptée"):
                await server.fetcher().check(url)
        assert server.hits == {PUBLIC: 0, PRIVATE: 0}
