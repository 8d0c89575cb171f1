"""The enumerations of the field, one module a subject. Codes are stable, labels are French.

Readers treat every vocabulary as open: `label(vocabulary, code)` answers « autre » for a code it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Vocabulary = Mapping[str, str]
"""Code → French label."""

UNKNOWN: Final = "NC"
NOT_COMMUNICATED: Final = "non communiqué"


def label(vocabulary: Vocabulary, code: str | None) -> str:
    """The French label of a code; « non communiqué » without one, « autre » for one that is not known here."""
    if code is None or code == UNKNOWN:
        return NOT_COMMUNICATED
    return vocabulary.get(code, "autre")
