"""Identifiers of the fictional region: the same in every run, and recognisable as invented."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("3f2c1f0e-8f0b-5d1e-9a55-0c5f6d3a7e01")


def id_of(kind: str, name: str) -> UUID:
    return uuid5(NAMESPACE, f"{kind}/{name}")


def siret(number: int) -> str:
    """A SIRET with valid keys whose SIREN starts with 9999, a range in which nobody is registered."""
    siren = _with_key(f"9999{number:04d}")
    return _with_key(f"{siren}0001")


def _with_key(digits: str) -> str:
    """The digits and their Luhn key."""
    doubled = (int(digit) * 2 if position % 2 == 0 else int(digit) for position, digit in enumerate(reversed(digits)))
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{digits}{-total % 10}"
