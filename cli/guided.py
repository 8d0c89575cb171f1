"""`./macs demo`: starts everything, hands in one declaration and follows it, step by step, to the coordinator's mail."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import typer
from rich.table import Table

from cli.client import access, body_of, client
from cli.screen import Watch, done, failed, megabytes, say, seconds_in_french, told
from cli.stack import bring_up, load_demo, rows_of, status_of
from deploy.local.folder import RunFolder
from deploy.local.wanted import Wanted

DEPARTMENT: Final = "93"
LONGEST_STEP_S: Final = 30.0
_HOURS: Final = ("7.50", "151.67", "0.01")
_CORRECTED: Final = "70.25"
"""Moves the filing by more than a tenth: the coordination is written to at once, not in the evening's digest."""


def demo(*, data: Path | None, port: int | None, traces: bool, end: bool) -> None:
    """Set up, start, load, declare, correct, follow; then stay in front until Ctrl-C, unless `end`."""
    folder = RunFolder.at(data)
    ours = not folder.running()
    try:
        _show(folder, data, Wanted(port, traces), ours=ours)
        if not end:
            _stay()
    except typer.Exit:
        if ours and not end:
            say("La plateforme reste en marche pour y regarder : ./macs status, ./macs logs, ./macs down")
            raise
        _stop(folder, ours=ours)
        raise
    _stop(folder, ours=ours)


def _show(folder: RunFolder, data: Path | None, wanted: Wanted, *, ours: bool) -> None:
    watch = Watch()
    if ours:
        bring_up(folder, wanted, demo=True)
    ready_s = watch.seconds
    if not folder.fictional.exists():
        failed("cette plateforme a été démarrée sans la région fictive : ./macs down --purge, puis ./macs demo")
        raise typer.Exit(1)
    load_demo(folder)
    number = _follow(data)
    _say_where(folder, number)
    _say_memory(folder)
    _say_times(ready_s, watch.seconds, was_running=not ours)


def _follow(data: Path | None) -> str:
    """One declaration and its correction, each step with its time since it was sent. The declaration's number."""
    say("\n[bold]Une déclaration, de bout en bout[/]")
    as_declarant, as_coordinator, as_team = (access(name, data) for name in ("declarant", "coordinator93", "team"))
    with client(as_declarant) as declarant, client(as_coordinator) as coordinator, client(as_team) as team:
        contract, month = _contract(declarant)
        lines = [_line(contract, month, f"DEMO-{n}-{uuid4().hex[:6]}", hours) for n, hours in enumerate(_HOURS)]
        watch = Watch()
        receipt = _accepted(declarant.post("/api/v1/declarations", json=_body(month, lines), headers={"Idempotency-Key": str(uuid4())}))
        number = str(receipt["number"])
        where = f"/api/v1/declarations/{number}"
        done(f"reçue : {number}, {len(lines)} lignes, marché {contract['number']}", watch.seconds)
        _wait("comptée dans les chiffres du département", watch, lambda: body_of(declarant.get(where)).get("state") == "counted")
        _wait("dans les nouvelles de la coordination du 93", watch, lambda: _is_told(coordinator, number))
        lines[0]["hours"] = _CORRECTED
        watch = Watch()
        revision = body_of(declarant.get(where)).get("revision")
        body = {**_body(month, lines), "reason": "TYPING_ERROR"}
        _accepted(declarant.put(where, json=body, headers={"If-Match": f'"{revision}"', "Idempotency-Key": str(uuid4())}))
        done(f"corrigée : {_HOURS[0].replace('.', ',')} h deviennent {_CORRECTED.replace('.', ',')} h", watch.seconds)
        _wait("courriel à la coordinatrice du 93, dans la boîte locale", watch, lambda: _has_mail(team, number))
    return number


def _contract(declarant: httpx.Client) -> tuple[dict[str, Any], str]:
    """A contract of the declarant that was running last month, and that month."""
    last = date.today().replace(day=1) - timedelta(days=1)  # noqa: DTZ011 (the user's own calendar)
    found = body_of(declarant.get("/api/v1/contracts", params={"department": DEPARTMENT}))["items"]
    running = [c for c in found if c["starts_on"] and c["starts_on"] < f"{last:%Y-%m}-01" and (c["ends_on"] or "9999") >= f"{last:%Y-%m}"]
    if not running:
        failed("le déclarant de démonstration n’a pas de marché en cours le mois dernier")
        raise typer.Exit(1)
    return running[0], f"{last:%Y-%m}"


def _line(contract: dict[str, Any], month: str, worker: str, hours: str) -> dict[str, Any]:
    from demo.region.organisations import EMPLOYERS

    return {
        "contract": contract["uid"], "employer_siret": EMPLOYERS[0].siret, "period": month, "department": contract["department"],
        "residence": "93048", "worker_id": worker, "sex": "F", "birth": "1990-04", "modality": "ETTI",
        "work_contract": "INTERIM_INSERTION", "public": "BRSA", "hours": hours,
    }  # fmt: skip


def _body(month: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"period": month, "mode": "all", "reason": None, "lines": lines}


def _accepted(response: httpx.Response) -> dict[str, Any]:
    if response.status_code >= 300:
        failed(f"la déclaration est refusée ({response.status_code}) : {response.text[:600]}")
        raise typer.Exit(1)
    return body_of(response)


def _is_told(coordinator: httpx.Client, number: str) -> bool:
    items = body_of(coordinator.get("/api/v1/coordination/inbox")).get("items", [])
    return any(item["about"] == number for item in items)


def _has_mail(team: httpx.Client, number: str) -> bool:
    return bool(body_of(team.get("/api/v1/mailbox", params={"about": number})).get("items"))


def _wait(step: str, watch: Watch, question: Callable[[], bool]) -> None:
    while watch.seconds < LONGEST_STEP_S:
        if question():
            done(step, watch.seconds)
            return
        time.sleep(0.02)
    failed(f"{step} : toujours pas après {LONGEST_STEP_S:.0f} s (./macs status, ./macs logs)")
    raise typer.Exit(1)


def _say_where(folder: RunFolder, number: str) -> None:
    found = status_of(folder)
    gateway = found["gateway"]
    elsewhere = "" if folder == RunFolder.at(None) else f" --data {folder.path}"
    rows = [
        ("Observatoire public", f"{gateway}/"),
        ("Déclarer", f"{gateway}/declarer"),
        (f"Le parcours de {number}", f"./macs journey {number}{elsewhere}"),
        ("Qui suit mon département ?", f"{gateway}/annuaire"),
        ("Boîte aux lettres locale", f"{gateway}/boite-locale"),
        ("Traces", found["zipkin"] or "– (--no-traces)"),
    ]
    say("\n[bold]Adresses[/]")
    for label, address in rows:
        say(f"  {label:<30} {address}")
    say("\n[bold]Comptes de démonstration[/]  [dim](connexion par lien envoyé à la boîte locale ; clés d’API dans le dossier keys)[/]")
    for name, person in _accounts().items():
        say(f"  {name:<30} {person}")
    say(f"  [dim]{folder.keys}/*.key, pour ./macs submit FICHIER --as NOM[/]")


def _accounts() -> dict[str, str]:
    from demo.region.keys import KEYS
    from demo.region.people import PEOPLE

    people = {person.id: person for person in PEOPLE}
    return {key.id: f"{people[key.person].email}  {key.name}" for key in KEYS if key.person in people}


def _say_memory(folder: RunFolder) -> None:
    found = status_of(folder)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", title="Mémoire (PSS)", title_justify="left", title_style="bold")
    table.add_column("processus")
    table.add_column("", justify="right")
    for name, process in rows_of(found):
        table.add_row(name, megabytes(process["pss"]))
    table.add_row("[bold]ensemble[/]", f"[bold]{megabytes(found['pss'])}[/]")
    told.print()
    told.print(table)


def _say_times(ready_s: float, all_s: float, *, was_running: bool) -> None:
    setup_s = float(os.environ.get("MACS_SETUP_S", "0"))
    parts = [f"installation {seconds_in_french(setup_s)}"] if setup_s else []
    parts += ["déjà démarrée" if was_running else f"prête en {seconds_in_french(ready_s)}", f"en tout {seconds_in_french(setup_s + all_s)}"]
    say(f"\n[bold]Temps[/]  {' · '.join(parts)}")


def _stay() -> None:
    say("\nCtrl-C pour tout arrêter.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _stop(folder: RunFolder, *, ours: bool) -> None:
    """A platform that was there before stays."""
    from deploy.local import stop

    if not ours:
        return
    watch = Watch()
    stop.down(folder)
    done("tout est arrêté ; les données restent (./macs down --purge les efface)", watch.seconds)
