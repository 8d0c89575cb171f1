"""By what figures may be split and filtered: one entry a dimension, with the column that it reads and the codes that it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from schemas.vocabulary import NOT_COMMUNICATED, UNKNOWN
from schemas.vocabulary.buyers import BUYERS, PROGRAMMES, SECTORS
from schemas.vocabulary.mechanisms import MECHANISMS
from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.persons import EDUCATION, PRESCRIBERS, SEXES, UNEMPLOYMENT
from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import PUBLICS
from schemas.vocabulary.work_contracts import WORK_CONTRACTS


@dataclass(frozen=True)
class Dimension:
    """One way to split. `column` is an expression over `lines` (or over `contracts`, for the indicators that count contracts)."""

    name: str
    label: str
    column: str
    codes: Mapping[str, str]
    complete: bool = False
    """Whether every code always has its cell, also one without anything (the eight departments)."""
    time: bool = False
    """Splits the period: no filter."""

    def label_of(self, code: str) -> str:
        return self.codes.get(code, NOT_COMMUNICATED if code == UNKNOWN else code if self.time else "autre")

    def knows(self, code: str) -> bool:
        return code in self.codes or (code == UNKNOWN and not self.complete)


def _open(name: str, label: str, codes: Mapping[str, str], column: str | None = None) -> Dimension:
    return Dimension(name, label, column or name, MappingProxyType({**codes, UNKNOWN: NOT_COMMUNICATED}))


_MECHANISMS: Final = {**MECHANISMS, "PLUSIEURS": "Plusieurs mécanismes"}
_QPV: Final = {"true": "Résident d’un quartier prioritaire", "false": "Hors quartier prioritaire"}
_NO_CODES: Final[Mapping[str, str]] = MappingProxyType({})

ALL: Final = (
    Dimension("department", "Département de travail", "department", DEPARTMENTS, complete=True),
    _open("modality", "Modalité d’embauche", MODALITIES),
    _open("public", "Public (critère principal)", PUBLICS),
    _open("sex", "Sexe", SEXES),
    _open("work_contract", "Type de contrat de travail", WORK_CONTRACTS),
    _open("mechanism", "Mécanisme juridique du marché", _MECHANISMS),
    _open("buyer_kind", "Type d’acheteur", BUYERS),
    _open("sector", "Secteur d’activité", SECTORS),
    _open("programme", "Programme", PROGRAMMES),
    _open("qpv", "Quartier prioritaire", _QPV, "coalesce(qpv::varchar, 'NC')"),
    _open("education", "Niveau de formation", EDUCATION),
    _open("unemployment", "Durée de chômage", UNEMPLOYMENT),
    _open("prescriber", "Prescripteur", PRESCRIBERS),
    Dimension("month", "Mois", "strftime(period_start, '%Y-%m')", _NO_CODES, time=True),
    Dimension("quarter", "Trimestre", "year(period_start) || '-Q' || quarter(period_start)", _NO_CODES, time=True),
    Dimension("year", "Année", "year(period_start)::varchar", _NO_CODES, time=True),
)
BY_NAME: Final = {dimension.name: dimension for dimension in ALL}

OF_LINES: Final = tuple(BY_NAME)
OF_CONTRACTS: Final = ("department", "mechanism", "buyer_kind", "sector", "programme")
OF_GROUPS: Final = ("department", "modality", *OF_CONTRACTS[1:])
"""A group line says nothing of each person's sex, age or criterion."""
LONGEST: Final = {"month": 1, "quarter": 3, "year": 12}
"""Months of the longest line that fits into one unit of a time dimension."""
