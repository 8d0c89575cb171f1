"""The spaces of French punctuation, made unbreakable: no line begins with a sign, none ends with an opening quotation mark.

People type plain spaces and so do we; shown are U+00A0 before « : » and « € » and inside « », U+202F before « ; », « ! », « ? » and « % ».
Source: *Lexique des règles typographiques en usage à l’Imprimerie nationale*, « ponctuation ».
"""

from __future__ import annotations

import re
from typing import Final

THIN: Final = "\u202f"
NBSP: Final = "\u00a0"
_BEFORE: Final = {":": NBSP, "»": NBSP, ";": THIN, "!": THIN, "?": THIN, "%": THIN, "€": NBSP}
_SIGN: Final = re.compile("[:;!?%€«»]")
_SPACE: Final = re.compile(r" (?:(?<=« )(?! )|(?<!  )(?=([:;!?%€»])(?![\w/=:-])))")  # not in « a ?b=c », « a :// », « %s »


def unbroken(text: str) -> str:
    """The same signs and as many of them, other spaces. Most texts have none of these signs: one look tells."""
    return _SPACE.sub(_unbreakable, text) if _SIGN.search(text) else text


def _unbreakable(space: re.Match[str]) -> str:
    return _BEFORE.get(space[1], NBSP)
