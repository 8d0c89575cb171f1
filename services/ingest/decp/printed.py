"""Lists and objects that a cell holds as text: as JSON, as Python prints them, or as a table of numpy does."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, Final

_LONGEST: Final = 200_000
"""Characters of a cell that is tried."""
_BETWEEN: Final = re.compile(r"(?<=[}\]'\"])\s+(?=[{\['\"])")
"""Where numpy prints a blank or a line's end instead of a comma."""
_BARE: Final = re.compile(r"\b(?:nan|NaN|null|NaT)\b")


def opened(value: object) -> Any:
    """What a text holds that begins as a list or an object; any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in {"[", "{"} or len(value) > _LONGEST:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        pass
    text = value.strip().removeprefix("array(")
    for printed in (_BETWEEN.sub(", ", text), _BARE.sub("None", _BETWEEN.sub(", ", text))):
        try:
            return ast.literal_eval(printed)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return value
