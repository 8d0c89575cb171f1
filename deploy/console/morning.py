"""What an operator reads first: since when, what came, what there is to do. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.zones import PARIS

_DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_EVENING: Final = 18
_WAITING_S: Final = 60.0
REFUSED: Final = ("bounced", "abandoned")


@dataclass(frozen=True)
class Seen:
    """Counts since the evening before: filings received and counted, those not counted a minute after, mails refused, letters set
    aside, readers that stopped, parts that are not ready (by name), seconds that the oldest announcement has waited."""

    received: int
    counted: int
    late: int
    refused: int
    dead: int
    stopped: Sequence[str]
    not_ready: Sequence[str]
    waiting_s: float


def evening_before(now: datetime) -> datetime:
    """The last working day's 18 h in Paris that is past: on a Monday morning, Friday's."""
    day = now.astimezone(PARIS).replace(hour=_EVENING, minute=0, second=0, microsecond=0)
    if day >= now or day.weekday() > 4:
        day -= timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def sentence(since: datetime, seen: Seen) -> str:
    """« Depuis vendredi 18 h : 37 déclarations reçues, 37 comptées, 2 courriels refusés (adresse), 0 à rejouer. »"""
    day = _DAYS[since.astimezone(PARIS).weekday()]
    return (
        f"Depuis {day} {_EVENING} h : {seen.received} {_s('déclaration reçue', 'déclarations reçues', seen.received)}, "
        f"{seen.counted} {_s('comptée', 'comptées', seen.counted)}, "
        f"{seen.refused} {_s('courriel refusé', 'courriels refusés', seen.refused)} (adresse), {seen.dead} à rejouer."
    )


def to_do(seen: Seen) -> list[tuple[str, str]]:
    """What needs a hand, each with the command or the place to look at. Empty: « Rien à faire. »"""
    found = [(f"{name} ne répond pas.", "./macs status puis ./macs logs") for name in seen.not_ready]
    found += [(f"Le lecteur {name} est arrêté : trop de messages illisibles.", f"./macs dead resume {name}") for name in seen.stopped]
    if seen.dead:
        found.append(
            (f"{seen.dead} {_s('message écarté attend', 'messages écartés attendent', seen.dead)} une décision.", "./macs dead list")
        )
    if seen.late:
        what = _s(
            "déclaration reçue depuis plus d’une minute n’est pas comptée",
            "déclarations reçues depuis plus d’une minute ne sont pas comptées",
            seen.late,
        )
        found.append((f"{seen.late} {what}.", "./macs verify"))
    if seen.waiting_s > _WAITING_S:
        found.append((f"Une annonce attend d’être publiée depuis {seen.waiting_s:.0f} s.", "./macs status : Kafka répond-il ?"))
    return found


def _s(one: str, many: str, number: int) -> str:
    """French: zero and one are singular."""
    return one if number < 2 else many
