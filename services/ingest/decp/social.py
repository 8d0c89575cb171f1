"""The social considerations of a contract: the schema's values, however a producer writes, joins or prints them. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from schemas.identifiers import normalised
from services.ingest.rules.contracts import NOTHING_SOCIAL

_SAYS: Final = (
    (re.compile(r"\bCLAUSES? ?(?:(?:D EXECUTION|A CARACTERE) )?SOCIALES?\b|\bCLAUSES? D INSERTION\b"), "Clause sociale"),
    (re.compile(r"\bCRIT[A-Z ]{0,4}RES? ?SOCIA(?:L|UX|LE|LES)\b"), "Critère social"),
    (re.compile(r"\bMARCH[A-Z ]{0,3} ?R[A-Z ]{0,4}SERV[A-Z]{0,3}\b"), "Marché réservé"),
    (re.compile(r"\bCONCESSIONS? ?R[A-Z ]{0,4}SERV[A-Z]{0,4}\b"), "Concession réservée"),
)
"""In plain capitals, a letter that was lost at the source (« Crit\ufffdre ») left out."""
NOTHING: Final = re.compile(r"(?:PAS|AUCUNE?|SANS|NEANT|NON|ABSENCE)\b")
UNSAID: Final = re.compile(r"(?:NON (?:COMMUNIQUE|RENSEIGNE|CONNU|PRECISE)|NC|NR|NA|N A|NAN|NULL|NONE|MQ|CDL|INX|INCONNU)E?S?")
_DENIED: Final = re.compile(r"\b(?:NI|SANS|PAS D(?:E|E LA)?|AUCUNE?|ABSENCE D(?:E|UNE?)?|HORS)\b.*")
"""Of « Critère social (sans clause sociale) » what it says that there is not."""
_ANSWERED_NO: Final = re.compile(r".* (?:NON|AUCUNE?|NEANT)")
"""« Clause sociale : non »: one thing is denied, of the others nothing is said."""
_JOINED: Final = re.compile(r"(?:[,;|/+&\n\r]|\s[-–]\s|\bet\b)(?![^()]*\))")
"""Not inside parentheses: « Marché réservé (EA/ESAT) » is one."""


def parts_of(text: str) -> list[str]:
    """What a text joins by commas or other signs."""
    return [part.strip() for part in _JOINED.split(text) if part.strip()]


@lru_cache(maxsize=4096)
def said_by(text: str) -> tuple[str, ...]:
    """The schema's values that a text says; the text itself where it says none of them, nothing where it says that nothing is known.

    decp.info writes « Sans objet » for « Pas de considération sociale ».
    """
    plain = normalised(text)
    if not plain or UNSAID.fullmatch(plain):
        return ()
    if NOTHING.match(plain) or plain.startswith("NI "):
        return (NOTHING_SOCIAL,)
    if _ANSWERED_NO.fullmatch(plain):
        return ()
    affirmed = _DENIED.sub("", plain)
    if not affirmed.strip():
        return ()
    return tuple(value for says, value in _SAYS if says.search(affirmed)) or (text,)
