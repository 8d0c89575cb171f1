"""The platform's HTTP interface as the command line uses it: an address, a key, and French answers to what goes wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import typer

from cli.screen import failed, told
from deploy.local.folder import RunFolder, read_json

LOCAL_NAMES = "declarant, declarant2, facilitator, coordinator93, team, operator"


@dataclass(frozen=True)
class Access:
    """Where the platform is and who speaks to it."""

    url: str
    key: str


def access(name: str | None, data: Path | None) -> Access:
    """`MACS_URL` and `MACS_KEY` when they are set; else the local run and its key `.run/keys/NAME.key`. Exits 1 with the reason."""
    url, key = os.environ.get("MACS_URL"), os.environ.get("MACS_KEY")
    if url and key:
        return Access(url.rstrip("/"), key)
    folder = RunFolder.at(data)
    found = read_json(folder.addresses) or {}
    file = folder.keys / f"{name}.key"
    if not url and "gateway" not in found:
        _stop("aucune plateforme ne tourne ici (./macs up --demo), et MACS_URL n’est pas renseignée")
    if not name or "/" in name or not file.is_file():
        _stop(f"pas de clé « {name} » dans {folder.keys} ({LOCAL_NAMES}) ; ailleurs, renseignez MACS_URL et MACS_KEY")
    return Access((url or str(found["gateway"])).rstrip("/"), file.read_text(encoding="ascii").strip())


@contextmanager
def client(to: Access) -> Iterator[httpx.Client]:
    """A client with the key. Proxies of the environment are not used for a platform on this machine."""
    timeout = httpx.Timeout(600, connect=10)
    local = httpx.URL(to.url).host in {"127.0.0.1", "localhost", "::1"}
    with httpx.Client(base_url=to.url, headers={"Authorization": f"Bearer {to.key}"}, timeout=timeout, trust_env=not local) as found:
        try:
            yield found
        except httpx.HTTPError as error:
            _stop(f"{to.url} ne répond pas : {error}")


def body_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; an empty one when it is something else."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def say_problem(response: httpx.Response) -> None:
    """A refusal as people read it: the title, the detail. Findings on lines are printed by who asked."""
    problem = body_of(response)
    failed(str(problem.get("title") or f"réponse {response.status_code}"))
    if problem.get("detail"):
        told.print(str(problem["detail"]), markup=False)
    if problem.get("trace_id"):
        told.print(f"[dim]trace {problem['trace_id']}[/]")


def _stop(reason: str) -> None:
    failed(reason)
    raise typer.Exit(1)
