"""Names in an address that no route reads: refused, since whoever wrote « departemant=93 » would take the region's figures for those of the 93.

What links gather on their way (`utm_source` of a letter, `fbclid` of a network) filters nothing anywhere and is left alone on pages and files;
the interface, which programs write, takes its own names only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final, TypeVar, get_args, get_origin
from urllib.parse import urlencode

from fastapi import Request
from fastapi.dependencies.models import Dependant

from kit.errors import LineError
from kit.problems import Problem
from kit.web.request import caller_of

_GATHERED: Final = re.compile(
    r"(?:utm|mtm|matomo|pk|piwik|at|mc|hsa|oly|vero)_\w+|_ga|_gl|_hs(?:enc|mi)|[a-z]{1,3}clk?id|[gw]braid|xtor|igsh(?:id)?|mkt_tok|srsltid|mibextid|trk|lipi|_se|"
    r"li_fat_id|org\.htmx\.cache-buster",
    re.ASCII | re.IGNORECASE,
)
LONGEST_SAID: Final = 80
_READ: Final = "_reads_by_hand"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


def gathered(name: str) -> bool:
    """Whether it is one of the words that letters, networks and search engines add to a link to follow it, or htmx to a request."""
    return _GATHERED.fullmatch(name) is not None


def reads(*names: str | None) -> Callable[[_Endpoint], _Endpoint]:
    """For a route that reads its address by hand: the names that it knows beside its declared ones; None: it refuses by itself."""

    def marked(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _READ, names)
        return endpoint

    return marked


async def only_known(request: Request) -> None:
    """A dependency of routers. Raises a 422 problem that names what is unknown, and what this address may ask."""
    if not request.query_params:
        return
    route: Any = request.scope["route"]
    by_hand = getattr(route.endpoint, _READ, ())
    if None in by_hand:
        return
    declared = {field.alias: field for field in _declared(route.dependant)}
    known = [*dict.fromkeys([*declared, *by_hand])]
    found = unknown(request.query_params, known, page=not request.url.path.startswith("/api/"))
    twice = [name for name in several(request.query_params.multi_items()) if name in declared and not _is_list(declared[name])]
    if found or twice:
        await caller_of(request)  # whose navigation the page shows; who may not be here learns that instead
        raise refusal(request, found, known, twice)


def _declared(dependant: Dependant) -> Iterator[Any]:
    """What the route's signature asks of the address, and what its dependencies do."""
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from _declared(inner)


def _is_list(field: Any) -> bool:
    kinds = (field.field_info.annotation, *get_args(field.field_info.annotation))  # « list[str] », « list[str] | None »
    return any(get_origin(kind) in {list, tuple, set, frozenset} for kind in kinds)


def several(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The names that are given more than one value. Of « annee=2024&annee=2025 » one would be passed over."""
    given: dict[str, set[str]] = {}
    for name, value in pairs:
        given.setdefault(name, set()).add(value)
    return [name for name, values in given.items() if len(values) > 1]


def unknown(names: Iterable[str], known: Sequence[str], *, page: bool) -> list[str]:
    """Those of the names that are neither known nor, on a page or a file, gathered on the way."""
    return [name for name in dict.fromkeys(names) if name not in known and not (page and gathered(name))]


def refusal(request: Request, found: Sequence[str], known: Sequence[str], twice: Sequence[str] = ()) -> Problem:
    """The 422 problem, with the way to the same page without them. `twice`: names that are known and given more than one value."""
    possible = f"Cette adresse connaît : {', '.join(known)}." if known else "Cette adresse n’a pas de paramètre."
    errors = [
        LineError(
            column=_cut(name), value=_cut(",".join(request.query_params.getlist(name))), code="PARAMETER",
            message=f"Ce nom n’est pas un paramètre. {possible}", example=next(iter(get_close_matches(name, known, 1)), None),
        )
        for name in found
    ]  # fmt: skip
    errors += [
        LineError(
            column=name, value=_cut(",".join(request.query_params.getlist(name))), code="TWICE",
            message="Une seule valeur est attendue, plusieurs sont données.", example=f"{name}={_cut(request.query_params[name])}",
        )
        for name in twice
    ]  # fmt: skip
    wrong = {*found, *twice}
    rest = urlencode([(name, value) for name, value in request.query_params.multi_items() if name not in wrong])
    way = (f"{request.url.path}{'?' + rest if rest else ''}", "Ouvrir cette page sans cela")
    return Problem(422, "UNKNOWN_PARAMETER", "Cette adresse ne peut pas être comprise en entier", errors=errors, way=way)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SAID else f"{text[: LONGEST_SAID - 1]}…"
