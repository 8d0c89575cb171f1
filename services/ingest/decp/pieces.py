"""A contract whose table has a row for each holder and for each amendment, put together from them in whatever order they come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from schemas.contracts import Amendment, Holder, Procurement
from services.ingest.decp.amendments import applied, at_first, numbered
from services.ingest.parts import Imported


class Piece(NamedTuple):
    """A row: the number of the amendment after which it describes the contract (0 before any), its place in the order, what it says."""

    number: int
    order: str
    changed_on: date | None
    part: Imported


def together(pieces: Sequence[Piece]) -> Imported:
    """The contract: of each state the row that stands, with the holders of the rows that say the same; the later states are amendments,
    and so are those that rows say beside the contract's own terms."""
    states: dict[int, list[Piece]] = {}
    for piece in pieces:
        states.setdefault(piece.number, []).append(_at_first(piece))
    first, *later = (_state(states[number]) for number in sorted(states))
    begun = first.part.procurement
    changes = [_amendment(piece, begun) for piece in later]
    changes = in_order([*changes, *said_beside(pieces)]) if changes else said_beside(pieces)
    newest = (later[-1] if later else first).part
    said = newest.procurement.model_copy(
        update={
            "amount": begun.amount,
            "duration_months": begun.duration_months,
            "holders": begun.holders,
            "notified_on": begun.notified_on,
        }
    )
    return newest.model_copy(update={"procurement": applied(said, changes)})


def _at_first(piece: Piece) -> Piece:
    bare = at_first(piece.part.procurement).model_copy(update={"initial": None, "amendments": ()})
    return piece._replace(part=piece.part.model_copy(update={"procurement": bare}))


def said_beside(pieces: Sequence[Piece]) -> list[Amendment]:
    """The amendments of rows that hold one each beside the contract: told once however many rows repeat it, with all the holders they name.

    One number for amendments of several days is none: then the days count. Of one number and day, the row that stands is believed.
    """
    told: dict[tuple[int, str], list[tuple[str, Amendment]]] = {}
    for piece in pieces:
        for amendment in piece.part.procurement.amendments:
            bare = amendment.model_copy(update={"holders": ()}).model_dump_json()
            told.setdefault((amendment.number, bare), []).append((piece.order, amendment))
    newest: dict[tuple[int, str], tuple[str, Amendment]] = {}
    for (number, _), same in sorted(told.items()):
        holders = one_each(holder for _, amendment in same for holder in amendment.holders)
        found = max(order for order, _ in same), same[0][1].model_copy(update={"holders": holders})
        at = number, str(found[1].notified_on)
        newest[at] = max(newest.get(at, found), found, key=lambda one: one[0])
    return in_order([amendment for _, amendment in newest.values()])


def in_order(amendments: Sequence[Amendment]) -> list[Amendment]:
    """By their numbers, which are given anew by their days where two have the same."""
    numbers = [amendment.number for amendment in amendments]
    if len(set(numbers)) == len(numbers):
        return sorted(amendments, key=lambda amendment: amendment.number)
    return list(numbered([(None, amendment) for amendment in amendments])[0])


def _state(rows: Sequence[Piece]) -> Piece:
    best = max(rows, key=lambda piece: piece.order)
    same = [row for row in rows if _bare(row.part) == _bare(best.part)]
    holders = one_each(holder for row in same for holder in row.part.procurement.holders)
    said = best.part.procurement.model_copy(update={"holders": holders})
    return best._replace(part=best.part.model_copy(update={"procurement": said}))


def _bare(part: Imported) -> Imported:
    """Without what differs between the rows of two holders."""
    return part.model_copy(update={"procurement": part.procurement.model_copy(update={"holders": (), "flags": ()})})


def _amendment(piece: Piece, begun: Procurement) -> Amendment:
    said = piece.part.procurement
    own = said.notified_on if said.notified_on != begun.notified_on else None  # decp.info puts the amendment's day there
    return Amendment(
        number=piece.number, notified_on=piece.changed_on or own, published_on=said.published_on, amount=said.amount,
        duration_months=said.duration_months, holders=said.holders,
    )  # fmt: skip


def one_each(holders: Iterable[Holder]) -> tuple[Holder, ...]:
    """The holders in an order of their own; of two with one number the one with the longer name."""
    found: dict[tuple[str, str], Holder] = {}
    for holder in sorted(set(holders), key=lambda holder: (len(holder.name or ""), holder.name or "")):
        found[holder.siret or "", "" if holder.siret else holder.name or ""] = holder
    return tuple(sorted(found.values(), key=lambda holder: (holder.siret or "", holder.name or "")))
