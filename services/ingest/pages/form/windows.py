"""Several windows on one draft: what a page was made from goes back with it, and a step that another page has saved since is not written over."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from kit.identity import Caller
from schemas.periods import Period
from schemas.vocabulary.buyers import PROGRAMMES, SECTORS
from schemas.vocabulary.mechanisms import MECHANISMS, RESERVED_TO
from services.ingest.pages.form.content import COMPLEMENTS, MARKET, Content, TypedLine
from services.ingest.rules.complements import ANRU
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.times import french_period

_NOTHING: Final = "–"
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "mechanism": MECHANISMS, "reserved_to": RESERVED_TO, "programme": PROGRAMMES, "sector": SECTORS, "anru": ANRU, "transfer": {"oui": "Oui"},
    **{name: field.vocabulary for name, field in BY_NAME.items() if field.vocabulary},
}  # fmt: skip
_GRAINS: Final = {"month": "mois par mois", "quarter": "en total du trimestre seulement"}


Difference = tuple[str, str, str]
"""What it is about, what stands on the page, what is saved."""


@dataclass(frozen=True)
class Window:
    """The page that a form stands on, and what of the draft it was made from."""

    page: str
    seen: str

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Window:
        """As the form says; an unknown one for a form that no page of ours made."""
        return cls(form.get("page", "")[:20], form.get("seen", "")[:64])

    @classmethod
    def opened(cls, draft: Version, step: str) -> Window:
        return cls(secrets.token_urlsafe(9), draft.fingerprint(step))

    def now(self, draft: Version, step: str) -> Window:
        """The same page, after what it sent was saved."""
        return replace(self, seen=draft.fingerprint(step))


@dataclass(frozen=True)
class Version:
    """What a draft says: its content and the quarter it is about."""

    content: Content
    quarter: Period

    def fingerprint(self, step: str) -> str:
        """What a step shows, as a short text; of « recapitulatif » the whole draft."""
        content = self.content
        held: dict[str, Any] = {
            "marche": [content.market, str(self.quarter)], "complements": content.complements,
            "heures": [content.grain, [asdict(line) for line in content.lines], str(self.quarter)],
        }  # fmt: skip
        shown = held.get(step, held)
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Elsewhere:
    """A saving that a form does not know of: by whom, when, in what it differs from the form, and the window of a page that shows it."""

    by: str
    name: str
    at: datetime
    differences: Sequence[Difference]
    window: Window

    def by_whom(self, caller: Caller) -> str:
        return "vous-même, dans une autre fenêtre" if self.by == caller.id else self.name or "un autre compte de votre organisation"


def elsewhere(here: Version, saved: Version, step: str, window: Window) -> Elsewhere | None:
    """What was saved since the form's page was made. Its own page's savings it may write over, whether their answers arrived or not."""
    last, known = saved.content.written.get(step), saved.fingerprint(step)
    if not window.page or last is None or last["page"] == window.page or known in {window.seen, here.fingerprint(step)}:
        return None
    at = datetime.fromisoformat(last["at"])
    return Elsewhere(last["by"], last["name"], at, differences(here, saved, step), Window.opened(saved, step))


def sign(content: Content, steps: Sequence[str], window: Window, caller: Caller, at: datetime) -> None:
    """Write down by whom the steps were saved last."""
    for step in steps:
        content.written[step] = {"page": window.page, "by": caller.id, "name": caller.name, "at": at.isoformat()}


def differences(here: Version, saved: Version, step: str) -> list[Difference]:
    """Field by field, what the page's form and the saved draft say otherwise."""
    ours, theirs = here.content, saved.content
    quarters = french_period(here.quarter), french_period(saved.quarter)
    moved = [("Trimestre déclaré", *quarters)] if here.quarter != saved.quarter else []
    if step == "heures":
        grain = [("Vos heures sont connues", _GRAINS[ours.grain], _GRAINS[theirs.grain])] if ours.grain != theirs.grain else []
        return [*moved, *grain, *_of_lines(ours, theirs, saved.quarter)]
    if step == "complements":
        return list(_of_values(ours.complements, theirs.complements, COMPLEMENTS))
    return [*moved, *_of_values(ours.market, theirs.market, MARKET)]


def _of_values(here: Mapping[str, str], saved: Mapping[str, str], labels: Mapping[str, str], about: str = "") -> Iterator[Difference]:
    for name, label in labels.items():
        if here.get(name, "") != saved.get(name, ""):
            yield about + label, _in_words(name, here.get(name, "")), _in_words(name, saved.get(name, ""))


def _in_words(name: str, value: str) -> str:
    return _WORDS.get(name, {}).get(value, value) or _NOTHING


def _of_lines(here: Content, saved: Content, quarter: Period) -> Iterator[Difference]:
    theirs = {line.key: (place, line) for place, line in enumerate(saved.lines, start=1)}
    for place, line in enumerate(here.lines, start=1):
        title = _title(line, place)
        if line.key not in theirs:
            yield title, _summary(line), "enlevé ou absent"
            continue
        _, other = theirs.pop(line.key)
        labels = {name: BY_NAME[name].label for name in (*line.values, *other.values)}
        yield from _of_values(line.values, other.values, labels, f"{title}, ")
        for position, period in enumerate(here.periods(quarter)):
            mine, kept = line.month(position), other.month(position)
            yield from _of_values(mine, kept, {name: BY_NAME[name].label for name in (*mine, *kept)}, f"{title}, {french_period(period)}, ")
        if line.regional != other.regional:
            yield f"{title}, Identité", "saisie" if line.regional else _NOTHING, "saisie" if other.regional else _NOTHING
    for place, line in theirs.values():
        yield _title(line, place), "absent", _summary(line)


def _title(line: TypedLine, place: int) -> str:
    return f"Groupe {place}" if line.kind == "group" else f"Personne {place}"


def _summary(line: TypedLine) -> str:
    """Enough of a line to know it by: its employer and its hours."""
    employer = line.values.get("employer_name") or line.values.get("employer_siret")
    hours = [month["hours"] for month in line.months if month.get("hours")]
    return ", ".join([employer or "sans employeur", f"heures : {' ; '.join(hours)}" if hours else "sans heures"])
