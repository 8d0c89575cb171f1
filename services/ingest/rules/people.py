"""The person of a row, as tokens and what is said without naming (design 3), and the age at work (rule V07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from schemas.hours import Person
from services.ingest.rules.codes import UnknownCode, code_of
from services.ingest.rules.declared import Given, Known
from services.ingest.rules.places import commune_of
from services.ingest.rules.row import Row
from services.ingest.rules.texts import names_a_person, normalised_flag
from services.ingest.rules.times import birth_of, birthday_of
from services.ingest.rules.work import Work, code_in

_YOUNGEST = 15
_USUAL = 16
_OLDEST = 100
_SAID = ("sex", "birth", "birth_date", "residence", "qpv", "public", "education", "unemployment", "prescriber", "exit")


@dataclass(slots=True)
class Beneficiary:
    """A person of a row. `key` is the local token: it does not change when a later file adds or drops the identity."""

    key: str
    person: Person


_FIELDS: Final = (
    "worker_id", "birth_name", "first_name", "birth_date", "birth", "sex", "residence", "qpv", "public", "other_publics", "education",
    "unemployment", "prescriber", "exit",
)  # fmt: skip


def beneficiary_of(row: Row, known: Known) -> Beneficiary | None:
    """The row's person; None when nothing identifies one, so that the hours count without a person."""
    if row.given or isinstance(row.values.get("other_publics"), list) or isinstance(row.values.get("qpv"), bool):
        return _read(row, known)  # a person told by tokens, or JSON values that are no texts: what is written does not tell rows apart
    return row.once("person", _FIELDS, lambda asked: _read(asked, known))


def _read(row: Row, known: Known) -> Beneficiary | None:
    birth_date = row.read("birth_date", lambda text: birthday_of(text, known.today), "V20") if row.text("birth_date") else None
    birth_name, first_name = row.text("birth_name"), row.text("first_name")
    worker = _worker(row)
    given = row.given or Given()
    regional = given.regional or (known.tokens.regional(birth_name, first_name, birth_date) if birth_date else None)
    if not worker and regional is None and not given.local:
        _read_without_person(row)
        return None
    local = given.local if given.local and not worker else known.tokens.local(known.declarant, worker or f"identity:{regional}")
    said: dict[str, Any] = {
        "local": local,
        "regional": regional,
        "key_version": known.tokens.key_version,
        "sex": code_in(row, "sex"),
        "birth": _birth(row, birth_date),
        "residence": row.doubt("residence", commune_of, "UNKNOWN_PLACE"),
        "qpv": _flag(row),
        "public": code_in(row, "public"),
        "other_publics": _others(row),
        "education": code_in(row, "education"),
        "unemployment": code_in(row, "unemployment"),
        "prescriber": code_in(row, "prescriber"),
        "exit": None if (left := code_in(row, "exit")) == "NC" else left,
    }
    person = Person(**said) if row.given else Person.made(said)
    return Beneficiary(local, person)


def check_age(row: Row, who: Beneficiary, work: Work, today: date) -> None:
    """15 to 99 years on the first day of the work contract; 15 is looked at (apprentices). A year alone counts as January."""
    start = work.starts_on or (work.period.start if work.period else None)
    if who.person.birth is None or start is None or start > today:  # a day to come is said elsewhere
        return
    name = "birth" if row.values.get("birth") else "birth_date"
    age = _age(who.person.birth, start)
    if not _YOUNGEST <= age < _OLDEST:
        row.refuse(name, "V07", f"la personne aurait {age} ans au début du contrat ; l’âge va de {_YOUNGEST} à {_OLDEST - 1} ans")
    elif age < _USUAL:
        row.say(name, "V07", "check", f"la personne a {age} ans au début du contrat : est-ce un contrat d’apprentissage ?")


def _age(birth: str, on: date) -> int:
    year, month = int(birth[:4]), int(birth[5:7] or 1)
    return on.year - year - (on.month < month)


def _birth(row: Row, birth_date: date | None) -> str | None:
    birth = row.read("birth", birth_of, "V20")
    return birth or (f"{birth_date.year}-{birth_date.month:02d}" if birth_date else None)


def _flag(row: Row) -> bool | None:
    value = row.values.get("qpv")
    return value if isinstance(value, bool) else row.read("qpv", normalised_flag, "WRONG_TYPE")


def _worker(row: Row) -> str:
    worker = row.text("worker_id")
    found = names_a_person(worker, phones=False) if len(worker) > 5 else None  # ten digits are an identifier as well as a telephone
    if found:
        row.failed.add("worker_id")
        row.say("worker_id", "V19", "blocking", f"l’identifiant est {found} ; utilisez un numéro propre à votre structure.")
        return ""
    return worker


def _others(row: Row) -> tuple[str, ...]:
    """Further criteria: a list in JSON, or words separated by commas, semicolons or plus signs in a cell."""
    value = row.values.get("other_publics")
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        words = [word.strip() for word in value]
    else:
        words = [word.strip() for word in row.text("other_publics").replace(";", ",").replace("+", ",").split(",")]
    found: list[str] = []
    for word in filter(None, words):
        try:
            found.append(code_of("other_publics", word))
        except UnknownCode:
            row.refuse("other_publics", "UNKNOWN_CODE", f"« {word[:40]} » n’est pas dans la liste des critères")
            return ()
    return tuple(dict.fromkeys(found))


def _read_without_person(row: Row) -> None:
    """What is said of nobody cannot be kept: say so once for the row."""
    if "worker_id" not in row.failed and any(name in row.texts for name in _SAID):
        row.say("worker_id", "NO_PERSON", "check", "sans identifiant de la personne, les heures sont comptées mais pas la personne ni ce qui est dit d’elle.",
                example="A12")  # fmt: skip
