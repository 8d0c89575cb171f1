"""Every link that a page shows leads somewhere, for whoever is shown it: no error, no part of a page that is not there.

After the tests of the running platform: who has followed every link has made every document once, and each service has learnt to set type."""

from __future__ import annotations

import re
from collections import Counter, deque
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest

from tests.fixtures.stack import Stack

READERS: Final = (
    *("facilitator", "coordinator93", "team"), *(pytest.param(who, marks=pytest.mark.long) for who in (None, "declarant", "declarant2", "operator")),
)  # fmt: skip
_ALIKE: Final = 2
"""Links of one form (the same route, other numbers) that are followed."""
_DRAWN: Final = (".png", ".svg", ".zip")
"""Pictures and packages of tables, made when they are asked for: other tests read them."""
_LETTERS: Final = "/boite-locale/"
"""Letters to everybody, which an operator reads too: what one leads to may be its addressee's alone, and then says so (403)."""
_NAMES: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\bD-\d{4}-\d{6}|\bI\d\d\b|\d+")


class Links(HTMLParser):
    """Where a page leads, and the names of its parts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.parts: set[str] = set()
        self.feed(text)

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if part := said.get("id"):
            self.parts.add(part)
        self.found += [address for name in ("href", "src", "hx-get") if (address := said.get(name))]


def form_of(address: str) -> str:
    parts = urlsplit(address)
    return _NAMES.sub("N", parts.path) + "?" + "&".join(sorted(name for name, _ in parse_qsl(parts.query)))


def walked(client: httpx.Client, home: str) -> list[str]:
    """What is wrong with the links of all pages that can be reached, one sentence each."""
    followed, alike, wrong = {"/": "/"}, Counter[str](), []
    parts: dict[str, set[str]] = {}
    named: list[tuple[str, str, str]] = []
    waiting = deque(["/"])
    while waiting:
        here = waiting.popleft()
        answer = client.get(here, headers={"Accept": "text/html,*/*"})
        a_letter_s = answer.status_code == 403 and followed[here].startswith(_LETTERS)
        if answer.status_code >= 400 and not a_letter_s:
            wrong.append(f"{here}, linked from {followed[here]}: {answer.status_code}")
        seen = Links(answer.text) if "text/html" in answer.headers.get("content-type", "") else Links("")
        parts[here] = seen.parts
        for link in [*seen.found, *filter(None, [answer.headers.get("location")])]:
            there = urlsplit(urljoin(home + here, link))
            if f"{there.scheme}://{there.netloc}" != home:
                continue
            address = (there.path or "/") + (f"?{there.query}" if there.query else "")
            if there.fragment:
                named.append((here, address, there.fragment))
            alike[form_of(address)] += address not in followed
            if there.path.endswith(_DRAWN):
                continue
            if address not in followed and alike[form_of(address)] <= _ALIKE:
                followed[address] = here
                waiting.append(address)
    missing = {
        f"{here} leads to #{part}, which {there} does not have"
        for here, there, part in named
        if parts.get(there) and part not in parts[there]
    }
    return sorted({*wrong, *missing})


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader or "nobody")
def test_every_link_that_is_shown_leads_somewhere(stack: Stack, reader: str | None) -> None:
    assert walked(stack.client(reader), stack.url) == []
