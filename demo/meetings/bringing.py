"""One bringing in of the network's life: who asks, what is there already, and requests that are made once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from demo.identifiers import id_of
from demo.meetings.made import Made
from demo.platform import NotAccepted, Platform

There = Callable[[], str | None]
"""Looks on the platform for what an interrupted load may have made."""


def nothing() -> str | None:
    """The platform itself tells that a request is the same again."""
    return None


@dataclass(frozen=True)
class Bringing:
    """Who asks: the team, and a coordination that answers the poll."""

    made: Made
    team: Platform
    coordination: Platform

    @property
    def today(self) -> date:
        return self.made.begun.date()

    def post(self, name: str, path: str, body: Mapping[str, Any], there: There = nothing) -> str:
        """The id of what the interface made. Under an Idempotency-Key; where it knows none, `there` finds what is made already."""
        key = {"Idempotency-Key": str(id_of("meeting", f"{self.made.begun.isoformat()}/{name}"))}
        return self.made.once(name, lambda: str(self.team.post(path, body, **key)["id"]), there)

    def fill_in(self, name: str, path: str, fields: Mapping[str, str], there: There = nothing, *, unless: str | None = None) -> str:
        """The path that follows a form. `unless` is what the page says to a form that it has already: then the form's own path."""
        return self.change(name, lambda: self.team.fill_in(path, fields), there, unless=unless, instead=path)

    def change(self, name: str, make: Callable[[], object], there: There = nothing, *, unless: str | None = None, instead: str = "") -> str:
        """Any other request, and what it answers; `instead` where the platform says, in the words `unless`, that it is done."""

        def done() -> str:
            try:
                return str(make())
            except NotAccepted as error:
                if unless is None or unless not in error.answer:
                    raise
                return instead

        return self.made.once(name, done, there)


def titled(listed: Any, title: str) -> str | None:
    """The id of what has this title in a list of the interface."""
    return next((str(item["id"]) for item in listed["items"] if item["title"] == title), None)


def linked(pattern: str, page: str) -> str | None:
    """What the first group of the pattern finds in a page."""
    found = re.search(pattern, page)
    return found[1] if found else None
