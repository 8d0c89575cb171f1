"""Requests to an address that somebody typed: only to the public internet, to the address that was looked at, and never for long.

Whoever may type an address may try to make the server ask itself, its neighbours or the metadata service of its machine. So the name is resolved
once, every address it has is judged, and the connection goes to one of those addresses: a name that answers otherwise a moment later changes
nothing. A redirect is a new address and is judged like the first.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
from httpcore import AsyncNetworkBackend, AsyncNetworkStream

T = TypeVar("T")
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host name and port → the addresses that it has now."""
Judge = Callable[[str], str | None]
"""An address → why nothing is sent there, in French, or None."""

PORTS: Final = frozenset({80, 443})
SECONDS: Final = 10.0
MOST_BYTES: Final = 5_000_000
MOST_REDIRECTS: Final = 3
LONGEST_URL: Final = 2_000
_NAT64: Final = IPv6Network("64:ff9b::/96")
_SITE_LOCAL: Final = IPv6Network("fec0::/10")


class Unreachable(Exception):
    """Nothing usable came. `code` is stable, `reason` a sentence for the person who typed the address; it repeats nothing that came back."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def refusal(address: str) -> str | None:
    """Why nothing is sent to this IP address: it is not one of the public internet, or an IPv6 form that hides such an IPv4 address.

    Pure; webhooks and imported calendars ask the same function.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "ce n’est pas une adresse IP"
    if isinstance(found, IPv6Address) and found in _NAT64:  # a way to an IPv4 address and nothing else
        return _not_public(IPv4Address(int(found) & 0xFFFF_FFFF))
    return next((reason for one in (found, *_inside(found)) if (reason := _not_public(one)) is not None), None)


def _not_public(address: IPv4Address | IPv6Address) -> str | None:
    if address.is_loopback:
        return "elle désigne le serveur lui-même"
    if address.is_link_local:
        return "elle désigne le réseau local ou le service de métadonnées de la machine"
    if address.is_multicast:
        return "elle désigne un groupe de machines"
    site_local = isinstance(address, IPv6Address) and address in _SITE_LOCAL
    if address.is_private or not address.is_global or address.is_unspecified or address.is_reserved or site_local:
        return "elle est privée ou réservée"
    return None


def _inside(address: IPv4Address | IPv6Address) -> Iterable[IPv4Address]:
    """IPv4 addresses that an IPv6 address stands for: mapped, compatible, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if int(address) < 1 << 32:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


async def resolve(host: str, port: int) -> Sequence[str]:
    """What the machine's own resolver says. Raises OSError for a name that is not known."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, proto=6)
    return [str(entry[4][0]) for entry in found]


class FencedBackend(AsyncNetworkBackend):
    """Connects to a name after judging every address it has, and to one of those that were judged. For any client built on httpcore."""

    def __init__(self, *, judge: Judge = refusal, resolver: Resolver = resolve) -> None:
        self._judge = judge
        self._resolver = resolver
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None, socket_options: Iterable[Any] | None = None  # noqa: ASYNC109  the signature is httpcore's
    ) -> AsyncNetworkStream:  # fmt: skip
        [address, *_] = await self.judged(host, port)
        return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)

    async def judged(self, host: str, port: int) -> list[str]:
        """The addresses of the name, at least one, when all of them may be connected to. Raises Unreachable."""
        try:
            addresses = list(dict.fromkeys(await self._resolver(host, port)))
        except (OSError, UnicodeError):
            raise Unreachable("UNKNOWN_HOST", "Ce nom de serveur n’existe pas.") from None
        for address in addresses:
            if (reason := self._judge(address)) is not None:
                raise Unreachable("NOT_PUBLIC", f"L’adresse de ce serveur n’est pas acceptée : {reason}.")
        if not addresses:
            raise Unreachable("UNKNOWN_HOST", "Ce nom de serveur n’a pas d’adresse.")
        return addresses

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Fetched:
    """What came, and from where in the end. `content_type` is lower case, without parameters."""

    body: bytes
    content_type: str
    url: str


@dataclass(frozen=True)
class Fetcher:
    """Asks an address that somebody typed. Everything together takes `seconds` at most and gives `most_bytes` at most."""

    judge: Judge = refusal
    resolver: Resolver = resolve
    ports: frozenset[int] = PORTS
    seconds: float = SECONDS
    most_bytes: int = MOST_BYTES
    tls: ssl.SSLContext | None = None

    async def get(self, url: str, *, accept: str = "*/*") -> Fetched:
        """Raises Unreachable with the reason."""
        return await self._bounded(self._get(url, accept))

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, whose body is not read; a redirect is an answer and not followed. Raises Unreachable with the reason."""
        return await self._bounded(self._post(url, body, headers))

    async def check(self, url: str) -> SplitResult:
        """The address in its parts, when a request would be sent there now: its form, its name and where that leads. Raises Unreachable."""
        parts = check_url(url, self.ports)
        backend = FencedBackend(judge=self.judge, resolver=self.resolver)
        await self._bounded(backend.judged(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)))
        return parts

    async def _bounded(self, request: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self.seconds):
                return await request
        except TimeoutError:
            raise Unreachable("TOO_LONG", f"Le serveur n’a pas répondu en entier en {self.seconds:g} secondes.") from None
        except ssl.SSLError:
            raise Unreachable("TLS", "La connexion chiffrée a échoué : certificat refusé ou protocole trop ancien.") from None
        except httpcore.ConnectError as error:
            tls = isinstance(error.__cause__, ssl.SSLError) or "SSL" in str(error).upper() or "CERTIFICATE" in str(error).upper()
            reason = (
                "La connexion chiffrée a échoué : certificat refusé ou protocole trop ancien."
                if tls
                else "Le serveur n’accepte pas la connexion."
            )
            raise Unreachable("TLS" if tls else "CONNECTION", reason) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError):
            raise Unreachable("CONNECTION", "La connexion a été interrompue.") from None

    async def _get(self, url: str, accept: str) -> Fetched:
        backend = FencedBackend(judge=self.judge, resolver=self.resolver)
        async with httpcore.AsyncConnectionPool(self.tls, network_backend=backend, max_connections=1) as pool:
            for _ in range(MOST_REDIRECTS + 1):
                parts = check_url(url, self.ports)
                headers: dict[bytes | str, bytes | str] = {
                    "Host": parts.netloc,
                    "Accept": accept,
                    "Accept-Encoding": "identity",
                    "User-Agent": "MACS",
                }
                async with pool.stream("GET", parts.geturl(), headers=headers) as answer:
                    known = {name.lower(): value for name, value in answer.headers}
                    if answer.status in {301, 302, 303, 307, 308}:
                        url = urljoin(parts.geturl(), known.get(b"location", b"").decode("latin-1"))
                        continue
                    return Fetched(await self._body(answer, known), _type(known), parts.geturl())
        raise Unreachable("REDIRECTS", f"L’adresse renvoie vers une autre plus de {MOST_REDIRECTS} fois.")

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        parts = check_url(url, self.ports)
        sent = {"Host": parts.netloc, "User-Agent": "MACS", "Content-Length": str(len(body)), "Connection": "close", **headers}
        backend = FencedBackend(judge=self.judge, resolver=self.resolver)
        async with (
            httpcore.AsyncConnectionPool(self.tls, network_backend=backend, max_connections=1) as pool,
            pool.stream("POST", parts.geturl(), headers=list(sent.items()), content=body) as answer,
        ):
            return answer.status

    async def _body(self, answer: httpcore.Response, known: dict[bytes, bytes]) -> bytes:
        if answer.status != 200:
            raise Unreachable("STATUS", f"Le serveur a répondu « {answer.status} » au lieu de donner le fichier.")
        if known.get(b"content-encoding", b"identity").strip().lower() not in {b"", b"identity"}:
            raise Unreachable("ENCODING", "Le serveur a comprimé sa réponse alors que ce n’était pas demandé.")
        length = known.get(b"content-length", b"")
        if length.isdigit() and int(length) > self.most_bytes:
            raise self._too_large()
        pieces, size = [], 0
        async for piece in answer.aiter_stream():
            size += len(piece)
            if size > self.most_bytes:
                raise self._too_large()
            pieces.append(piece)
        return b"".join(pieces)

    def _too_large(self) -> Unreachable:
        return Unreachable("TOO_LARGE", f"Le fichier dépasse {self.most_bytes // 1_000_000} Mo.")


def check_url(url: str, ports: frozenset[int] = PORTS) -> SplitResult:
    """The address in its parts, in ASCII. Raises Unreachable for what is no plain http(s) address; `webcal:` is read as `https:`."""
    text = url.strip()
    if len(text) > LONGEST_URL or not text.isprintable() or any(letter.isspace() or letter == "\\" for letter in text):
        raise Unreachable("URL", "Cette adresse n’a pas la bonne forme. Exemple : https://exemple.fr/agenda.ics")
    try:
        parts = urlsplit(f"https:{text[7:]}" if text.lower().startswith("webcal:") else text)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        path, query = parts.path.encode("ascii").decode(), parts.query.encode("ascii").decode()
    except (ValueError, UnicodeError):
        raise Unreachable("URL", "Cette adresse n’a pas la bonne forme. Exemple : https://exemple.fr/agenda.ics") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise Unreachable("SCHEME", "L’adresse commence par https:// ou webcal://.")
    if parts.username is not None or parts.password is not None:
        raise Unreachable("CREDENTIALS", "L’adresse ne doit pas contenir d’identifiant ni de mot de passe avant « @ ».")
    if (port or (443 if parts.scheme == "https" else 80)) not in ports:
        raise Unreachable("PORT", f"Le port {port} n’est pas accepté.")
    name = f"[{host}]" if ":" in host else host
    return SplitResult(parts.scheme, name if port is None else f"{name}:{port}", path or "/", query, "")


def _type(known: dict[bytes, bytes]) -> str:
    return known.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
