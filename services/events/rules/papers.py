"""What goes with a meeting: links to slides and guides, or the files themselves, and who sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from kit.errors import LineError, Refused

LONGEST: Final = 200
LONGEST_URL: Final = 2_000
MOST: Final = 20
AUDIENCES: Final[Mapping[str, str]] = {"NETWORK": "le réseau", "PARTICIPANTS": "les personnes inscrites", "PUBLIC": "tout le monde"}
"""Each sees what the next one sees, and more."""
SEEN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "NETWORK": ("NETWORK", "PARTICIPANTS", "PUBLIC"),
    "PARTICIPANTS": ("PARTICIPANTS", "PUBLIC"),
    "PUBLIC": ("PUBLIC",),
}


@dataclass(frozen=True)
class Paper:
    """A support as its author names it. `url` is where it lies; None for a file that is kept here."""

    title: str
    audience: str
    url: str | None = None


def check(paper: Paper, there: int) -> None:
    """Raises Refused; `there` is how many the meeting has already."""
    errors = []
    if not paper.title.strip() or len(paper.title) > LONGEST:
        errors.append(_error("title", paper.title, "TEXT", f"Nommez le support, en {LONGEST} caractères au plus.", "Présentation"))
    if paper.url is not None and not _is_https(paper.url):
        errors.append(
            _error("url", paper.url, "LINK", "Un lien commence par https:// et nomme un site.", "https://exemple.test/support.pdf")
        )
    if paper.audience not in AUDIENCES:
        errors.append(_error("audience", paper.audience, "UNKNOWN_CODE", "Choisissez qui voit ce support.", None))
    if there >= MOST:
        errors.append(_error("title", str(there), "TOO_MANY", f"{MOST} supports au plus : retirez-en un.", None))
    if errors:
        raise Refused(errors, code="PAPER_REFUSED", title="Ce support ne peut pas être ajouté")


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and len(url) <= LONGEST_URL and url.isprintable() and " " not in url


def _error(column: str, value: str, code: str, message: str, example: str | None) -> LineError:
    return LineError(column=column, code=code, value=value[:80], message=message, example=example)
