"""The command line's table of contents. A module is imported when its command is called, so that `./macs status` stays quick."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import typer


@dataclass(frozen=True)
class Entry:
    """`attribute` of `module` is a function with typer's annotations, or a typer.Typer with commands of its own."""

    module: str
    attribute: str
    summary: str
    panel: str


RUN, WORK, CARE, BUILD = "Démarrer et arrêter", "Déclarer et suivre", "Exploiter", "Développer"

COMMANDS: Final[Mapping[str, Entry]] = {
    "demo": Entry("cli.demo", "app", "Tout démarrer avec une région fictive et suivre une déclaration.", RUN),
    "up": Entry("cli.stack", "up", "Démarrer la plateforme en arrière-plan.", RUN),
    "down": Entry("cli.stack", "down", "L’arrêter ; --purge efface aussi ses données.", RUN),
    "status": Entry("cli.stack", "status", "Adresses, processus, retards et mémoire.", RUN),
    "logs": Entry("cli.stack", "logs", "Les journaux, tous ou ceux d’un service.", RUN),
    "doctor": Entry("cli.doctor", "doctor", "Vérifier que cette machine a ce qu’il faut.", RUN),
    "check": Entry("cli.check", "check", "Vérifier un fichier d’heures, sans rien envoyer.", WORK),
    "submit": Entry("cli.submit", "submit", "Envoyer un fichier d’heures.", WORK),
    "import": Entry("cli.imports", "import_", "Importer des marchés (DECP).", WORK),
    "journey": Entry("cli.journey", "journey", "Le parcours d’une déclaration, du dépôt au courriel.", WORK),
    "publish": Entry("cli.publish", "publish", "Publier les tableaux publics.", CARE),
    "verify": Entry("cli.verify", "verify", "Comparer les heures reçues et les heures comptées.", CARE),
    "dead": Entry("cli.dead", "app", "Les messages écartés : list, show, replay, discard, resume.", CARE),
    "replay": Entry("cli.replay", "replay", "Reconstruire les chiffres depuis les déclarations.", CARE),
    "backup": Entry("cli.backup", "backup", "Sauvegarder bases, sujets et clés, en marche.", CARE),
    "restore": Entry("cli.backup", "restore", "Remettre une sauvegarde en place.", CARE),
    "run": Entry("cli.run", "run", "Lancer un seul service au premier plan.", BUILD),
    "test": Entry("cli.tests", "test_app", "Tout vérifier : style, types, architecture, tests.", BUILD),
    "chaos": Entry("cli.tests", "chaos_app", "Les seuls essais de panne.", BUILD),
    "bench": Entry("cli.bench", "app", "Les mesures de vitesse.", BUILD),
    "export": Entry("cli.export", "app", "Les documents d’interface et les données.", BUILD),
}


def present() -> list[str]:
    """The commands of this tree, without importing any of them."""
    return [name for name, entry in COMMANDS.items() if importlib.util.find_spec(entry.module)]


def command(name: str) -> Any:
    """The command behind a name, ready to be called with its words."""
    entry = COMMANDS[name]
    found = getattr(importlib.import_module(entry.module), entry.attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False)
        single.command(name)(found)
        found = single
    return typer.main.get_command(found)


def overview() -> str:
    lines = ["./macs COMMANDE [OPTIONS]", "", "Observatoire et coordination des clauses sociales : toute la plateforme en une commande."]
    here = present()
    for panel in (RUN, WORK, CARE, BUILD):
        rows = [f"  {name:<9} {COMMANDS[name].summary}" for name in here if COMMANDS[name].panel == panel]
        lines += ["", panel, *rows] if rows else []
    return "\n".join([*lines, "", "Le détail d’une commande : ./macs COMMANDE --help.  Pour commencer : ./macs demo", ""])


def main() -> None:
    """Run one command. Exit 0 good, 1 the thing asked about is bad, 2 usage."""
    name, *words = sys.argv[1:] or ["--help"]
    if name in {"--help", "-h", "help"}:
        sys.stdout.write(overview())
        return
    if name not in present():
        near = difflib.get_close_matches(name, present(), n=1)
        hint = f" Vouliez-vous dire « {near[0]} » ?" if near else ""
        sys.stderr.write(f"macs : pas de commande « {name} ».{hint} La liste : ./macs --help\n")
        sys.exit(2)
    command(name)(args=words, prog_name=f"./macs {name}")
