"""What the validator found, on a terminal: grouped by severity, the same sentence once with the lines that it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.table import Table

from cli.screen import say, told
from kit.web.filters import plural

_STYLE: Final = {"blocking": ("bloquant", "red"), "check": ("à vérifier", "yellow"), "info": ("pour information", "cyan")}
_SHOWN: Final = 40


def show(errors: Sequence[Mapping[str, Any]], *, lines: int | None, verdict: bool = True) -> None:
    """A table of the findings, the most serious first, and a verdict in one sentence."""
    groups = _grouped(errors)
    if groups:
        _table(groups[:_SHOWN])
    if len(groups) > _SHOWN:
        say(f"… et {len(groups) - _SHOWN} autres remarques (--json donne tout).")
    if verdict:
        say(_verdict(errors, lines))


def _grouped(errors: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], list[int]]]:
    """One finding for all the lines of which the same is said."""
    found: dict[tuple[str, str, str], tuple[Mapping[str, Any], list[int]]] = {}
    for error in errors:
        _, lines = found.setdefault((error["severity"], error["code"], _sentence(error)), (error, []))
        if error["line"] is not None:
            lines.append(error["line"])
    order = list(_STYLE)
    return sorted(found.values(), key=lambda group: (order.index(group[0]["severity"]), group[1] or [0]))


def _table(groups: Sequence[tuple[Mapping[str, Any], list[int]]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("ligne", justify="right")
    table.add_column("gravité")
    table.add_column("code")
    table.add_column("ce qu’il faut regarder", overflow="fold")
    for error, lines in groups:
        word, style = _STYLE[error["severity"]]
        table.add_row(_numbers(lines), f"[{style}]{word}[/]", str(error["code"]), _sentence(error))
    told.print(table)


def _numbers(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:3]))
    return f"{shown} et {plural(len(lines) - 3, 'autre')}" if len(lines) > 3 else shown


def _sentence(error: Mapping[str, Any]) -> str:
    message = str(error["message"]).replace("[", r"\[")
    return message.removeprefix(f"Ligne {error['line']}, ") if error["line"] else message


def _verdict(errors: Sequence[Mapping[str, Any]], lines: int | None) -> str:
    blocked = {error["line"] for error in errors if error["severity"] == "blocking"}
    checks = sum(error["severity"] == "check" for error in errors)
    of = f" sur {lines}" if lines is not None else ""
    remarks = f", {plural(checks, 'remarque')} à vérifier" if checks else ""
    if blocked:
        return f"[red]{plural(len(blocked), 'ligne')}{of} à corriger[/]{remarks}."
    read = f" dans {plural(lines, 'ligne')}" if lines is not None else ""
    return f"[green]Rien de bloquant{read}[/]{remarks}."
