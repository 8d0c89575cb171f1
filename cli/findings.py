"""What the validator found, on a terminal: grouped by severity, the same sentence once with the lines that it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.table import Table

from cli.screen import say, told

_STYLE: Final = {"blocking": ("bloquant", "red"), "check": ("à vérifier", "yellow"), "info": ("pour information", "cyan")}
_SHOWN: Final = 40


def show(errors: Sequence[Mapping[str, Any]], *, lines: int | None) -> None:
    """A table of the findings, the most serious first, and a verdict in one sentence."""
    order = list(_STYLE)
    ranked = sorted(errors, key=lambda e: (order.index(e["severity"]), e["line"] or 0))
    if ranked:
        _table(ranked[:_SHOWN])
    if len(ranked) > _SHOWN:
        say(f"… et {len(ranked) - _SHOWN} de plus (--json donne tout).")
    say(_verdict(errors, lines))


def _table(errors: Sequence[Mapping[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("ligne", justify="right")
    table.add_column("gravité")
    table.add_column("code")
    table.add_column("ce qu’il faut regarder", overflow="fold")
    for error in errors:
        word, style = _STYLE[error["severity"]]
        table.add_row(str(error["line"] or ""), f"[{style}]{word}[/]", str(error["code"]), _sentence(error))
    told.print(table)


def _sentence(error: Mapping[str, Any]) -> str:
    message = str(error["message"]).replace("[", r"\[")
    return message.removeprefix(f"Ligne {error['line']}, ") if error["line"] else message


def _verdict(errors: Sequence[Mapping[str, Any]], lines: int | None) -> str:
    blocked = {error["line"] for error in errors if error["severity"] == "blocking"}
    checks = sum(error["severity"] == "check" for error in errors)
    of = f" sur {lines}" if lines is not None else ""
    if blocked:
        return f"[red]{len(blocked)} ligne(s){of} à corriger[/], {checks} remarque(s) à vérifier."
    remarks = f", {checks} remarque(s) à vérifier" if checks else ""
    return f"[green]Rien de bloquant{f' dans {lines} lignes' if lines is not None else ''}[/]{remarks}."
