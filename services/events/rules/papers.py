"""What goes with a meeting: links to slides and guides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from kit.errors import LineError, Refused

LONGEST: Final = 200
LONGEST_URL: Final = 2_000
MOST: Final = 20


@dataclass(frozen=True)
class Link:
    """Where a support lies; internal to the network unless published."""

    title: str
    url: str
    published: bool


def check(link: Link, there: int) -> None:
    """Raises Refused; `there` is how many the meeting has already."""
    errors = []
    if not link.title.strip() or len(link.title) > LONGEST:
        errors.append(_error("title", link.title, "TEXT", f"Nommez le support, en {LONGEST} caractères au plus.", "Présentation"))
    if not _is_https(link.url):
        errors.append(
            _error("url", link.url, "LINK", "Un lien commence par https:// et nomme un site.", "https://exemple.test/support.pdf")
        )
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
