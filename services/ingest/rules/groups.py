"""Group lines: counts of an employer's period where the declarant has no person data (rule V22)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.hours import Group
from services.ingest.rules.fields import GROUP_ONLY
from services.ingest.rules.row import Row
from services.ingest.rules.texts import count_of
from services.ingest.rules.work import Work, free_text

_PARTS: Final = {
    "women": "femmes",
    "men": "hommes",
    "under_26": "moins de 26 ans",
    "qpv": "résidents de QPV",
    "sex_unknown": "sexe non communiqué",
}
_PERSON_ONLY: Final = ("worker_id", "birth_name", "first_name", "birth_date")
_GROUP_ONLY: Final = frozenset(GROUP_ONLY)
UNNAMED: Final = "GROUPE"


def is_group(row: Row) -> bool:
    """True when the row gives a group or counts of persons, even one that could not be read."""
    return not row.texts.keys().isdisjoint(_GROUP_ONLY) or not row.failed.isdisjoint(_GROUP_ONLY)


def group_of(row: Row, work: Work) -> Group | None:
    """The row's group, or None after saying what is wrong."""
    if any(row.text(name) for name in _PERSON_ONLY):
        named = next(name for name in _PERSON_ONLY if row.text(name))
        row.say(named, "V21", "blocking", "la ligne décrit à la fois une personne et un groupe ; gardez l’une ou l’autre.")
        return None
    label = free_text(row, "group") or UNNAMED
    persons = row.read("persons", count_of, "V22")
    if persons is None:
        row.miss("persons", "le nombre de personnes du groupe manque.")
    counts = {name: row.read(name, count_of, "V22") for name in _PARTS}
    if persons is None or row.blocked:
        return None
    _check_counts(row, persons, counts)
    if persons == 0 and work.centihours:
        row.say("persons", "V22", "check", "des heures sont déclarées pour un groupe de 0 personne : est-ce voulu ?")
    return Group(label=label, persons=persons, women=counts["women"], men=counts["men"], under_26=counts["under_26"], qpv=counts["qpv"])


def _check_counts(row: Row, persons: int, counts: Mapping[str, int | None]) -> None:
    for name, count in counts.items():
        if count is not None and count > persons:
            row.refuse(name, "V22", f"{count} {_PARTS[name]} pour {persons} personnes : un « dont » ne dépasse pas le total")
            return
    women, men, unknown = counts["women"], counts["men"], counts["sex_unknown"]
    if women is None or men is None:
        if (women or 0) + (men or 0) + (unknown or 0) > persons:
            row.refuse("women" if women is not None else "men", "V22", f"femmes, hommes et non communiqués dépassent {persons} personnes")
        return
    total = women + men + (unknown or 0)
    if total != persons:
        said = f"femmes + hommes{' + non communiqués' if unknown else ''} = {total}"
        row.refuse("persons", "V22", f"{said} pour {persons} personnes")
