"""Hours in their time: not in the future, within the contract (rule V07), not more than a month can hold (rule V08)."""

from __future__ import annotations

from datetime import date

from services.ingest.rules.declared import KnownContract
from services.ingest.rules.durations import MONTH_LIMIT, MONTH_UNUSUAL, are_minutes, french_hours
from services.ingest.rules.row import Row
from services.ingest.rules.times import french_date, french_period, in_period
from services.ingest.rules.work import Work

PROLONGED = "la nouvelle date de fin du marché"
"""What both findings of hours after the end ask for."""
MONTHS_AFTER_THE_END = 12
"""Up to here hours after the end are looked at (was the contract prolonged?); beyond, they block (practice ruling 8)."""


def check_month(row: Row, contract: KnownContract, work: Work, today: date) -> None:
    """V07: blocking in the future or before the notification (the start where it is not known), looked at within twelve months after the end."""
    period = work.period
    if period is None:
        return
    if period.start > today:
        row.say(
            "period",
            "V07",
            "blocking",
            f"{_said(work)}, qui n’a pas commencé : les heures à venir ne se déclarent pas.",
            example=f"{today:%Y-%m}",
        )
        return
    opening = contract.notified_on or contract.starts_on
    if opening and period.end <= opening.replace(day=1):
        sentence = f"{_said(work)}, alors que le marché {contract.number} n’a été notifié que le {french_date(opening)} d’après nos informations. Corrigez le mois ou le marché."
        row.say("period", "V07", "blocking", sentence)
    elif contract.starts_on and period.end <= contract.starts_on.replace(day=1):
        row.say(
            "period",
            "V07",
            "check",
            f"{_said(work)}, alors que le marché {contract.number} commence le {french_date(contract.starts_on)}. Est-ce voulu ?",
        )
    elif contract.ends_on and period.start > contract.ends_on:
        _after_the_end(row, contract, contract.ends_on, period.start, period.grain, _said(work))


def _after_the_end(row: Row, contract: KnownContract, end: date, start: date, grain: str, said: str) -> None:
    months = (start.year - end.year) * 12 + start.month - end.month
    corrected = "le mois" if grain == "month" else "la période"
    ended = f"{said}, alors que le marché {contract.number} se termine le {french_date(end)} d’après nos informations."
    if months <= MONTHS_AFTER_THE_END:
        row.say("period", "V07", "check", f"{ended} Un avenant l’a-t-il prolongé ? Indiquez alors {PROLONGED}.")
    else:
        row.say(
            "period",
            "V07",
            "blocking",
            f"{ended} Plus de douze mois après, indiquez d’abord {PROLONGED}, ou corrigez {corrected}.",
        )


def _said(work: Work) -> str:
    when = in_period(work.period) if work.period else ""
    return f"{french_hours(work.centihours)} heures {when}" if work.centihours is not None else f"des heures {when}"


def check_person_month(row: Row, work: Work) -> None:
    """V08 on one monthly line of a person: above 213 h it cannot be right, above 182 h it is looked at."""
    if work.period is None or work.centihours is None or work.period.grain != "month":
        return
    if work.centihours <= MONTH_UNUSUAL:
        return
    written = row.text("hours")
    source = f"{written} font " if are_minutes(written) else ""
    otherwise = "d’un cumul ou de plusieurs personnes" if source else "d’heures cumulées, de minutes ou de plusieurs personnes"
    said = f"{source}{french_hours(work.centihours)} heures pour une personne en {french_period(work.period)}"
    if work.centihours > MONTH_LIMIT:
        sentence = (f"{said}. Un mois à temps plein fait environ 152 h ; au-delà de 213 h, la valeur ne peut pas être retenue telle quelle. "
                    f"S’agit-il {otherwise} ?")  # fmt: skip
        row.say("hours", "V08", "blocking", sentence, example="151,67")
    else:
        row.say("hours", "V08", "check", f"{said}. Un mois à temps plein fait environ 152 h : est-ce voulu ?", example="151,67")
