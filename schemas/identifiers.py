"""Identifiers that every service makes the same way: time-ordered message ids and the identity of a line."""

from __future__ import annotations

import os
import re
import time
import unicodedata
from functools import lru_cache
from hashlib import sha1
from uuid import UUID, SafeUUID

LINES = UUID("6f0a4c52-6f0e-5f3b-9d0c-0d2f6a6b1c11")
"""Namespace of line identities (design: line_id = uuid5 of what makes a line the same line)."""
_BEGUN = sha1(LINES.bytes, usedforsecurity=False)


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then random bits. Identity only, never an order."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return uid_of(value & ~(0x3 << 62) | 0x2 << 62)


def uid_of(value: int) -> UUID:
    """UUID(int=value), half its cost: the value is known to have 128 bits."""
    found = object.__new__(UUID)
    _set(found, "int", value)
    _set(found, "is_safe", SafeUUID.unknown)
    return found


_set = object.__setattr__  # an UUID is immutable for everybody else


@lru_cache(maxsize=16384)
def normalised(name: str) -> str:
    """A name as it is compared: upper case A-Z and digits, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", name.replace("’", "'")).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", " ", plain.upper()).strip()


def line_id(
    *,
    declarant: UUID,
    contract_uid: UUID,
    employer: str,
    who: str,
    work_contract_reference: str,
    period: str,
) -> UUID:
    """The identity of a line: the same natural parts give the same id in every filing.

    `employer` is the SIRET or the normalised name, `who` the person's token or the group's label, `period` as written ("2019-03").
    """
    parts = (written_uid(declarant), written_uid(contract_uid), employer, who, work_contract_reference, period)
    return _named("\x1f".join(parts))


def sourced_line_id(*, declarant: UUID, contract_uid: UUID, source_line: str) -> UUID:
    """The identity of a line whose source numbers its own lines: that number replaces the natural parts."""
    return _named("\x1f".join((written_uid(declarant), written_uid(contract_uid), "source", source_line)))


def _named(parts: str) -> UUID:
    """uuid5(LINES, parts), a third of its cost: the namespace is hashed once (a filing makes one of each of its 50,000 lines)."""
    hashed = _BEGUN.copy()
    hashed.update(parts.encode())
    value = int.from_bytes(hashed.digest()[:16])
    return uid_of(value & ~(0xF << 76 | 0x3 << 62) | 0x5 << 76 | 0x2 << 62)


@lru_cache(maxsize=16384)
def written_uid(uid: UUID) -> str:
    """`str(uid)`, kept: the same few contracts and declarants are written for each line of a filing."""
    return str(uid)
