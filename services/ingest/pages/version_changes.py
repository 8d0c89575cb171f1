"""What a line says otherwise in another version, besides its hours: « Modalité : ACI → ETTI », in words that its author knows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from schemas.periods import Period
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.times import french_period

_OURS: Final = frozenset(
    {"line", "line_id", "contract_uid", "centihours", "centihours_training", "centihours_cumulated", "person", "group", "period"}
)
_PERSON: Final = ("sex", "birth", "residence", "qpv", "public", "other_publics", "education", "unemployment", "prescriber", "exit")
_OF_A_PERSON: Final = frozenset(_PERSON)
_GROUP: Final = {"label": "group", "persons": "persons", "women": "women", "men": "men", "under_26": "under_26", "qpv": "group_qpv"}


def changed(before: str | None, after: str | None, *, own: bool) -> list[str]:
    """The fields that differ between two values of a line as they are stored; none where it is in one version only. What is said of a person
    is told to the filing's author alone: others read that it changed."""
    if before is None or after is None:
        return []
    earlier, later = dict(_said(json.loads(before))), dict(_said(json.loads(after)))
    return [
        f"{_label(name)} : {_shown(name, earlier.get(name))} → {_shown(name, later.get(name))}"
        if own or name not in _OF_A_PERSON
        else f"{_label(name)} : modifié"
        for name in dict.fromkeys((*earlier, *later))
        if earlier.get(name) != later.get(name)
    ]


def _said(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Field → value. A person's token stands for the identifier."""
    yield "period", french_period(Period.model_validate(content["period"]))
    yield from ((name, value) for name, value in content.items() if name not in _OURS)
    yield "hours_training", _hours(content.get("centihours_training"))
    person, group = content.get("person") or {}, content.get("group") or {}
    yield "worker_id", person.get("local")
    yield from ((name, person.get(name)) for name in _PERSON)
    yield from ((field, group.get(name)) for name, field in _GROUP.items())


def _hours(centihours: int | None) -> str | None:
    return None if centihours is None else f"{centihours / 100:.2f} h".replace(".", ",")


def _label(name: str) -> str:
    return BY_NAME[name].label if name in BY_NAME else "Dont QPV"


def _shown(name: str, value: Any) -> str:
    if value is None or value in ("NC", [], ""):
        return "–"
    if name == "worker_id":  # a token: that it is another one is all there is to read
        return f"personne {value[:4]}"
    if isinstance(value, bool):
        return "oui" if value else "non"
    vocabulary = BY_NAME[name].vocabulary if name in BY_NAME and name != "sex" else None  # « Femmes » is what tables say of many
    codes = value if isinstance(value, list) else [value]
    return ", ".join(str((vocabulary or {}).get(code, code)) for code in codes)
