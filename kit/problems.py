"""Errors as RFC 9457 problem details (`application/problem+json`), or as a page for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kit.errors import LineError, Refused
from kit.invisible import visible

__all__ = ["Elsewhere", "LineError", "Problem", "from_refusal"]

MEDIA_TYPE = "application/problem+json"


class Elsewhere(Exception):
    """What was asked for has become something else, which has a page of its own: a path of this site."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Problem(Exception):
    """An answer that is not the one hoped for. `title` is in French and for people, `code` in English and for scripts; `way` is the address and
    the name of the page from where a person goes on. `detail` may say again what was asked for: without what nobody sees, which would turn the
    rest of a page or of a terminal's line round."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[LineError] = (),
        extra: Mapping[str, Any] | None = None,
        way: tuple[str, str] = ("/", "Revenir à l’accueil"),
    ) -> None:
        detail = visible(detail) if detail else detail
        super().__init__(f"{status} {code}: {detail or title}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = list(errors)
        self.extra = dict(extra or {})
        self.way = way

    def body(self, trace_id: str | None) -> dict[str, Any]:
        """The members of RFC 9457 and our own `code`, `errors`, `trace_id`."""
        found: dict[str, Any] = {"type": f"urn:macs:problem:{self.code}", "title": self.title, "status": self.status, "code": self.code}
        if self.detail:
            found["detail"] = self.detail
        if self.errors:
            found["errors"] = [error.model_dump() for error in self.errors]
        if trace_id:
            found["trace_id"] = trace_id
        return {**found, **self.extra}


def from_refusal(refused: Refused) -> Problem:
    """What a rule refused, as the edge says it."""
    return Problem(refused.status, refused.code, refused.title, refused.detail, errors=refused.errors)
