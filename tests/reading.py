"""Pages, mails and documents as they are read: one ordinary space wherever there is any, since how wide it is and whether it breaks is not said."""

from __future__ import annotations

import re
from html import unescape

import httpx


def plain(text: str) -> str:
    return " ".join(text.split())


def words(page: httpx.Response | str) -> str:
    """What a person reads on the page: its main part without tags."""
    text = page if isinstance(page, str) else page.text
    return plain(re.sub(r"<[^>]+>", " ", text.split('id="contenu"')[-1]))


def hidden(page: httpx.Response) -> dict[str, str]:
    """What a page sends along with its fields, by name."""
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in inputs}
