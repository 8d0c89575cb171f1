"""One row of the essential procurement data, the same shape whatever the format it came in. Values as the source wrote them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SourceHolder:
    kind: object
    number: object
    name: object = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`position` counts from 1 in the file. `digest` is the row's whole content, the order of its holders aside."""

    position: int
    digest: bytes
    decp_id: object = None
    buyer_siret: object = None
    buyer_name: object = None
    buyer_region: object = None
    source: object = None
    purpose: object = None
    nature: object = None
    procedure: object = None
    cpv: object = None
    amount: object = None
    duration: object = None
    notified_on: object = None
    published_on: object = None
    place_code: object = None
    place_kind: object = None
    holders: Sequence[SourceHolder] = ()
    social: Sequence[object] = ()


def of_marche(position: int, row: Mapping[str, Any]) -> SourceRow:
    """A contract or concession of v1.5 or v2.0.3: v2 wraps each holder and each consideration in an object of its own."""
    buyer = _mapping(row.get("acheteur") or row.get("autoriteConcedante"))
    place = _mapping(row.get("lieuExecution"))
    holders = [_holder(entry) for entry in _list(row.get("titulaires") or row.get("concessionnaires"))]
    return SourceRow(
        position=position,
        digest=digest_of(row),
        decp_id=row.get("id"),
        buyer_siret=buyer.get("id"),
        buyer_name=buyer.get("nom"),
        source=row.get("source"),
        purpose=row.get("objet"),
        nature=row.get("nature"),
        procedure=row.get("procedure"),
        cpv=row.get("codeCPV"),
        amount=row.get("montant", row.get("valeurGlobale")),
        duration=row.get("dureeMois"),
        notified_on=row.get("dateNotification") or row.get("dateSignature"),
        published_on=row.get("datePublicationDonnees"),
        place_code=place.get("code"),
        place_kind=place.get("typeCode"),
        holders=holders,
        social=_wrapped(row.get("considerationsSociales"), "considerationSociale"),
    )


def of_table(position: int, row: Mapping[str, str | None]) -> SourceRow:
    """A row of decp.info's tabular form: one line a holder, the considerations joined by commas."""
    social = [part.strip() for part in (row.get("considerationsSociales") or "").split(",") if part.strip()]
    return SourceRow(
        position=position,
        digest=digest_of(row),
        decp_id=row.get("id"),
        buyer_siret=row.get("acheteur_id"),
        buyer_name=row.get("acheteur_nom"),
        buyer_region=row.get("acheteur_region_code"),
        source=row.get("sourceDataset") or row.get("source"),
        purpose=row.get("objet"),
        nature=row.get("nature"),
        procedure=row.get("procedure"),
        cpv=row.get("codeCPV"),
        amount=row.get("montant"),
        duration=row.get("dureeMois"),
        notified_on=row.get("dateNotification"),
        published_on=row.get("datePublicationDonnees"),
        place_code=row.get("lieuExecution_code"),
        place_kind=row.get("lieuExecution_typeCode"),
        holders=[SourceHolder(row.get("titulaire_typeIdentifiant") or "SIRET", row.get("titulaire_id"), row.get("titulaire_nom"))],
        social=["Pas de considération sociale" if word == "Sans objet" else word for word in social],
    )


def not_a_row(position: int, value: object) -> SourceRow:
    """Something in the list that is no object at all."""
    return SourceRow(position, digest_of({"value": str(value)[:1000]}))


def digest_of(row: Mapping[str, Any]) -> bytes:
    """The same for two rows that say the same; the order of holders is not a difference."""
    names = ("titulaires", "concessionnaires")
    plain = {key: sorted(value, key=_canonical) if key in names and isinstance(value, list) else value for key, value in row.items()}
    return hashlib.blake2b(_canonical(plain).encode("utf-8", "replace"), digest_size=16).digest()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _holder(entry: object) -> SourceHolder:
    outer = _mapping(entry)
    inner = _mapping(outer.get("titulaire") or outer.get("concessionnaire") or outer)
    return SourceHolder(inner.get("typeIdentifiant"), inner.get("id"), inner.get("denominationSociale"))


def _wrapped(value: object, name: str) -> list[object]:
    return _list(value.get(name)) if isinstance(value, Mapping) else _list(value)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
