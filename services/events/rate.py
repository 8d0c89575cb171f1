"""How many new registrations an address may send a minute, so that a form without account is not a mail cannon."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from ipaddress import ip_address

from starlette.requests import Request

from kit.problems import Problem
from services.events.settings import REGISTRATIONS_A_MINUTE, REGISTRATIONS_A_MINUTE_LOCALLY

WINDOW_S = 60.0
MOST_ADDRESSES = 10_000


class Rate:
    """Counts by sender over the last minute, in memory: a limit against abuse, not a right."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[str, deque[float]] = {}

    def admit(self, request: Request) -> None:
        """Raises a 429 problem with `Retry-After` when the sender has had its share."""
        sender = sender_of(request)
        limit = REGISTRATIONS_A_MINUTE_LOCALLY if ip_address(sender).is_loopback else REGISTRATIONS_A_MINUTE
        now = self._clock()
        if len(self._seen) > MOST_ADDRESSES:
            self._seen = {address: times for address, times in self._seen.items() if times and times[-1] > now - WINDOW_S}
        times = self._seen.setdefault(sender, deque())
        while times and times[0] <= now - WINDOW_S:
            times.popleft()
        if len(times) >= limit:
            wait = str(max(1, round(times[0] + WINDOW_S - now)))
            raise Problem(
                429,
                "TOO_MANY",
                "Trop d’inscriptions depuis cette adresse",
                f"Réessayez dans {wait} secondes.",
                headers={"Retry-After": wait},
            )
        times.append(now)


def sender_of(request: Request) -> str:
    """The address that the gateway saw: the last entry it added to `X-Forwarded-For`; without a gateway the peer itself."""
    forwarded = request.headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()
    for candidate in (forwarded, request.client.host if request.client else ""):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return "127.0.0.1"
