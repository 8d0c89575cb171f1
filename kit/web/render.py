"""Pages: a service's templates on the shared base. Everything works without JavaScript."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.requests import Request
from starlette.responses import HTMLResponse

from kit.identity import ANONYMOUS, Caller
from kit.web import filters
from kit.web.typography import Typography

if TYPE_CHECKING:
    from kit.service import Service

HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """An entry of the main navigation; without roles it is for everybody."""

    label: str
    href: str
    roles: tuple[str, ...] = ()


NAVIGATION: Final = (
    Place("Observatoire", "/"),
    Place("Pilotage", "/pilotage", ("declarant", "facilitator", "coordinator", "team")),
    Place("Déclarer", "/declarer", ("declarant", "facilitator", "team")),
    Place("Déclarations", "/declarer", ("coordinator",)),
    Place("Coordination", "/coordination", ("coordinator", "team")),
    Place("Messages", "/coordination", ("declarant", "facilitator")),
    Place("Agenda", "/agenda"),
    Place("Annuaire", "/annuaire"),
    Place("Exploitation", "/exploitation", ("operator",)),
)


class _Compiled(BytecodeCache):
    """Templates compiled once a process, whichever application shows them: the tests make hundreds, and compiling is most of a first page."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (known := self._known.get(bucket.key)) is not None:
            bucket.bytecode_from_string(known)  # looks itself whether the source is still the same

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED: Final = _Compiled()


def environment(service: Service) -> Environment:
    """The templates of a service: its own folder first, then the kit's."""
    folders = [str(folder) for folder in (service.templates, HERE / "templates") if folder is not None]
    found = Environment(
        loader=FileSystemLoader(folders), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=[Typography], bytecode_cache=_COMPILED,
    )  # fmt: skip
    found.filters.update(filters.ALL)
    found.globals.update(
        static=static, fictional=service.settings.fictional, local=service.settings.local, service_name=service.name,
        site=service.settings.gateway.rstrip("/"),
    )  # fmt: skip
    return found


def page(
    request: Request,
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A template of the service as a page. It extends `base.html`; the route took `CallerDep` so that the navigation knows the caller.

    A signed-in page is never kept by a shared cache.
    """
    caller: Caller = getattr(request.state, "caller", ANONYMOUS)
    found: Environment = request.app.state.pages
    here = request.url.path
    text = found.get_template(template).render(
        request=request,
        caller=caller,
        navigation=[(place, _is_current(place, here)) for place in _places_of(caller)],
        here=here,
        **context,
    )
    kept = {"Cache-Control": "private, no-store"} if caller.signed_in else {}
    return HTMLResponse(text, status_code, headers={**kept, **(headers or {})})


def _places_of(caller: Caller) -> list[Place]:
    """The entries for the caller's roles; of two with one address, the first."""
    found: dict[str, Place] = {}
    for place in NAVIGATION:
        if not place.roles or caller.has(*place.roles):
            found.setdefault(place.href, place)
    return list(found.values())


@cache
def static(name: str) -> str:
    """The address of a static file with its fingerprint, so that it may be cached for ever."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def _is_current(place: Place, here: str) -> bool:
    return here == place.href or (place.href != "/" and here.startswith(f"{place.href}/"))
