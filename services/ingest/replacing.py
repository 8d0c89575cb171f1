"""« Ce fichier remplace nos déclarations du … au … »: the author's choice as it waits beside a file or comes by HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from kit.errors import LineError, Refused
from kit.postgres import Connection
from schemas.periods import Period
from services.ingest.rules.declared import LineValue
from services.ingest.rules.differences import GONE, Differences, Gone, Replacing, Span
from services.ingest.rules.times import NoDate, period_of
from services.ingest.store.differences import differences, is_own
from services.ingest.store.numbers import is_number

MEMBER: Final = "replaces"
NOT_SURE: Final = (
    "Des lignes de ce fichier sont encore à corriger : tant qu’elles le sont, on ne sait pas si les lignes déclarées auparavant ont disparu. "
    "Corrigez-les ou écartez-les, puis retirez ; ou gardez les lignes disparues."
)


def replacing_of(kept: Mapping[str, Any] | None) -> Replacing | None:
    """From JSON `{from, to, gone, contracts, filing}`: `from` and `to` are periods, both included. Raises Refused, naming what is wrong."""
    if not kept:
        return None
    first, last = _period(kept, "from"), _period(kept, "to")
    if last.end <= first.start:
        raise _refused("to", str(last), f"« {last} » est avant « {first} » : la fin de la période suit son début.", str(first))
    gone = kept.get("gone", "keep")
    if gone not in GONE:
        raise _refused("gone", str(gone), "« gone » vaut « keep » (garder), « withdraw » (retirer) ou « choose » (par marché).", "keep")
    return Replacing(Span(first.start, last.end), gone, _contracts(kept), _filing(kept))


def kept_of(replacing: Replacing) -> dict[str, Any]:
    """As JSON, the way `replacing_of` reads it."""
    return {
        "from": f"{replacing.span.start:%Y-%m}", "to": f"{replacing.span.last:%Y-%m}", "gone": replacing.gone,
        "contracts": sorted(map(str, replacing.contracts)), **({"filing": replacing.filing} if replacing.filing else {}),
    }  # fmt: skip


def gone_of(text: str | None) -> Gone:
    return next((gone for gone in GONE if gone == text), "keep")


def mark_of(differences: Differences) -> str:
    """Names what was shown as gone: a sending that would end other lines asks again."""
    return hashlib.sha256(b"".join(sorted(line.line_id.bytes for line in differences.gone))).hexdigest()[:16]


async def ends_of(
    connection: Connection, declarant: UUID, values: Sequence[LineValue], replacing: Replacing | None, blocked: int = 0
) -> list[UUID]:
    """The lines that a filing with these values ends. Raises Refused while `blocked` rows are not understood: they may be those lines."""
    if replacing is None or replacing.gone == "keep":
        return []
    if blocked:
        raise Refused([not_sure()], code="REPLACES", title="Des lignes sont à corriger d’abord", detail=NOT_SURE)
    if replacing.filing and not await is_own(connection, declarant, replacing.filing):
        raise _refused("filing", replacing.filing, f"{replacing.filing} n’est pas une de vos déclarations.", None)
    return replacing.ends(await differences(connection, declarant, values, replacing.span, replacing.filing))


def not_sure() -> LineError:
    return LineError(column="gone", code="REPLACES", message=NOT_SURE)


def _contracts(kept: Mapping[str, Any]) -> frozenset[UUID]:
    try:
        return frozenset(UUID(str(uid)) for uid in kept.get("contracts") or ())
    except (ValueError, TypeError):
        raise _refused(
            "contracts", str(kept.get("contracts"))[:40], "« contracts » est une liste d’identifiants de marchés.", None
        ) from None


def _filing(kept: Mapping[str, Any]) -> str | None:
    number = str(kept.get("filing") or "")
    if number and not is_number(number):
        raise _refused("filing", number[:40], "« filing » est le numéro d’une de vos déclarations.", "D-2026-000456")
    return number or None


def _period(kept: Mapping[str, Any], name: str) -> Period:
    text = str(kept.get(name) or "")
    try:
        return period_of(text.strip()[:40])
    except NoDate as error:
        raise _refused(name, text[:40], f"« {text[:40]} » : {error}.", "2019-01") from None


def _refused(column: str, value: str, message: str, example: str | None) -> Refused:
    error = LineError(column=f"{MEMBER}.{column}", code="REPLACES", value=value, message=message, example=example)
    return Refused([error], code="REPLACES", title="La période à remplacer est à corriger", detail=message)
