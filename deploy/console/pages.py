"""`/exploitation` and a filing's way, for operators only."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from deploy.console import morning
from deploy.console.curves import curve
from deploy.console.databases import Databases
from deploy.console.history import History
from kit.problems import Problem
from kit.service import Runtime
from kit.web import render
from kit.web.request import CallerDep, RuntimeDep

router = APIRouter(include_in_schema=False)
_NUMBER: Final = re.compile(r"D-\d{4}-\d{6}", re.ASCII)

WORDS: Final = {
    "received": "reçue", "counted": "comptée", "told": "coordination prévenue", "inbox sent": "message dans la boîte de la coordination",
    "mail sent": "courriel envoyé", "mail waiting": "courriel en attente", "mail bounced": "courriel refusé", "mail abandoned": "courriel abandonné",
}  # fmt: skip


@router.get("/exploitation")
async def platform(request: Request, runtime: RuntimeDep, caller: CallerDep) -> Response:
    """How the platform is now, and what there is to do."""
    caller.require("operator")
    history, databases = _eyes(runtime)
    now = await history.look(runtime.state["folder"], databases)
    since = morning.evening_before(runtime.clock())
    dead, stopped = await databases.dead(), await databases.stopped()
    seen = await _seen(databases, since, now, dead, stopped)
    return render.page(
        request, "exploitation.html", sentence=morning.sentence(since, seen), to_do=morning.to_do(seen), parts=_parts(now),
        dead=dead, stopped=stopped, journeys=await databases.journeys(), curves=_curves(history), zipkin=now["zipkin"], pss=now["pss"],
    )  # fmt: skip


@router.get("/exploitation/parcours")
async def search(caller: CallerDep, number: Annotated[str, Query(max_length=40)] = "") -> Response:
    """From the search field to a filing's page."""
    caller.require("operator")
    return RedirectResponse(f"/exploitation/parcours/{_number(number)}", 303)


@router.get("/exploitation/parcours/{number}")
async def journey(request: Request, runtime: RuntimeDep, caller: CallerDep, number: str) -> Response:
    """One filing's way from the request to the mail, from what the databases know; the trace is a link."""
    caller.require("operator")
    history, databases = _eyes(runtime)
    steps = await databases.journey(_number(number))
    if not steps:
        raise _unknown(number)
    now = history.now or await history.look(runtime.state["folder"], databases)
    return render.page(request, "parcours.html", number=number, steps=steps, zipkin=now["zipkin"], words=WORDS)


def _eyes(runtime: Runtime) -> tuple[History, Databases]:
    return runtime.state["history"], runtime.state["databases"]


async def _seen(
    databases: Databases, since: Any, now: dict[str, Any], dead: list[dict[str, Any]], stopped: list[dict[str, Any]]
) -> morning.Seen:
    filings, mails = await databases.filings_since(since), await databases.mails_since(since)
    return morning.Seen(
        received=filings["received"],
        counted=filings["counted"],
        late=filings["waiting"],
        refused=sum(mails.get(state, 0) for state in morning.REFUSED),
        dead=sum(each["n"] for each in dead),
        stopped=[f"{each['reader']}.{each['topic']}" for each in stopped],
        not_ready=[part["name"] for part in _parts(now) if not part["ready"]],
        waiting_s=max(now["outboxes"].values(), default=0.0),
    )


def _parts(now: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a process: services first, then what they stand on."""
    services = [
        {"name": f"{service} {role}" if role != "all" else service, **process, "waiting_s": now["outboxes"].get(service)}
        for service, roles in now["services"].items()
        for role, process in roles.items()
    ]
    others = [{"lag": None, "waiting_s": None, "reasons": [], "name": name, **part} for name, part in now["infrastructure"].items()]
    return services + others


def _curves(history: History) -> list[tuple[str, str, Any]]:
    """Name, newest value and picture of each curve."""
    looks = list(history.looks)
    if not looks:
        return []
    last = looks[-1]
    memory = ("Mémoire", f"{last.pss / 1e6:.0f} Mo", curve([look.pss for look in looks], "Mémoire, quinze dernières minutes"))
    return [
        ("Messages à lire", f"{last.lag}", curve([look.lag for look in looks], "Messages à lire, quinze dernières minutes")),
        (
            "Plus ancienne annonce",
            f"{last.waiting_s:.1f} s".replace(".", ","),
            curve([look.waiting_s for look in looks], "Attente des annonces"),
        ),
        *([memory] if last.pss else []),  # of processes in containers nobody tells
    ]


def _number(text: str) -> str:
    found = text.strip().upper()
    if not _NUMBER.fullmatch(found):
        raise Problem(422, "NUMBER", "Ce n’est pas un numéro de déclaration", f"« {text[:40]} » : un numéro s’écrit D-2018-000456.")
    return found


def _unknown(number: str) -> Problem:
    return Problem(404, "UNKNOWN_DECLARATION", "Cette déclaration n’existe pas", f"Aucune déclaration ne porte le numéro {number[:40]}.")
