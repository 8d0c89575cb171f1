"""Where a list goes on: an opaque text that only we write."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TypeVar

from kit.problems import Problem

A = TypeVar("A")
B = TypeVar("B")


def write(first: object, second: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(first), str(second)]).encode()).decode().rstrip("=")


def read(cursor: str, first: Callable[[str], A], second: Callable[[str], B]) -> tuple[A, B]:
    """The two parts of the place where the page before ended. Raises a 422 problem for what we did not write."""
    try:
        one, two = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if "\x00" in f"{one}{two}":
            raise ValueError("NUL")
        return first(str(one)), second(str(two))
    except (ValueError, TypeError, RecursionError):
        raise Problem(422, "CURSOR", "Cette page n’existe pas", "Reprenez la liste depuis le début.") from None
