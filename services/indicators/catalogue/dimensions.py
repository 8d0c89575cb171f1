"""By what figures may be split and filtered: one entry a dimension, with the column that it reads and the codes that it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from schemas.vocabulary import NOT_COMMUNICATED, UNKNOWN
from schemas.vocabulary.buyers import BUYERS, PROGRAMMES, SECTORS
from schemas.vocabulary.durations import CONTRACT_DURATIONS, WORK_DURATIONS
from schemas.vocabulary.mechanisms import CONTRACT_KINDS, MECHANISMS
from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.persons import AGE_BANDS, EDUCATION, PRESCRIBERS, SEXES, UNEMPLOYMENT
from schemas.vocabulary.places import DEPARTMENTS
from schemas.vocabulary.publics import PUBLICS
from schemas.vocabulary.work_contracts import WORK_CONTRACTS
from services.indicators.catalogue.territories import OUTSIDE, OUTSIDE_LABEL, communes, territories

_WORDS: Final[Mapping[str, str]] = {
    "residence_department": "résidence", "residence": "commune de résidence", "ept": "territoire", "commune": "commune",
}  # fmt: skip
"""Of a dimension whose label is long."""


@dataclass(frozen=True)
class Dimension:
    """One way to split. `column` is an expression over `lines` (or over `contracts`, for the indicators that count contracts).

    `of` says where the column is known: on the line, on its contract (joined when asked for), or on both under one name.
    """

    name: str
    label: str
    column: str
    codes: Mapping[str, str]
    complete: bool = False
    """Whether every code always has its cell, also one without anything (the eight departments)."""
    time: bool = False
    """Splits the period: no filter."""
    of: Literal["line", "contract", "both"] = "line"
    territory: bool = False
    """A place: not more than four are compared at once."""

    def label_of(self, code: str) -> str:
        return self.codes.get(code, NOT_COMMUNICATED if code == UNKNOWN else code if self.time else "autre")

    def said(self, code: str) -> str:
        """« Paris », « résidence : Paris », « public : non communiqué »: a code where nothing beside it says of what it is one. Only a department
        of work goes without, as everywhere on the pages."""
        label = self.label_of(code)
        return label if self.name == "department" else f"{_WORDS.get(self.name) or self.label.split(' (')[0].lower()} : {label}"

    def knows(self, code: str) -> bool:
        return code in self.codes or (code == UNKNOWN and not self.complete)


def _open(
    name: str, label: str, codes: Mapping[str, str], column: str | None = None, of: Literal["line", "contract"] = "line"
) -> Dimension:
    return Dimension(name, label, column or name, MappingProxyType({**codes, UNKNOWN: NOT_COMMUNICATED}), of=of)


def _place(name: str, label: str, codes: Mapping[str, str], column: str | None = None, of: Literal["line", "both"] = "line") -> Dimension:
    return Dimension(
        name, label, column or name, MappingProxyType({**codes, UNKNOWN: codes.get(UNKNOWN, NOT_COMMUNICATED)}), of=of, territory=True
    )


_MECHANISMS: Final = {**MECHANISMS, "PLUSIEURS": "Plusieurs mécanismes"}
_QPV: Final = {"true": "Résident d’un quartier prioritaire", "false": "Hors quartier prioritaire"}
_FRAMEWORK: Final = {"true": "Accord-cadre", "false": "Marché"}
_OUTSIDE: Final = {OUTSIDE: OUTSIDE_LABEL}
_NO_TERRITORY: Final = "Hors territoire ou commune inconnue"
_PATHS: Final = {
    "LE_150": "150 h au plus",
    "151_500": "Plus de 150 à 500 h",
    "501_1000": "Plus de 500 à 1 000 h",
    "GT_1000": "Plus de 1 000 h",
}
_NO_CODES: Final[Mapping[str, str]] = MappingProxyType({})
# Where a residence is not in the region the replica says HORS; a commune's first two figures are its department.
_RESIDENCE_DEPARTMENT: Final = f"case when residence in ('{UNKNOWN}', '{OUTSIDE}') then residence else left(residence, 2) end"

ALL: Final = (
    Dimension("department", "Département de travail", "department", DEPARTMENTS, complete=True, of="both", territory=True),
    _place("ept", "Établissement public territorial de travail", {**territories(), UNKNOWN: _NO_TERRITORY}, of="both"),
    _place("commune", "Commune de travail", {**communes(), **_OUTSIDE}, of="both"),
    _place("residence", "Commune de résidence", {**communes(), **_OUTSIDE}),
    _place("residence_department", "Département de résidence", {**DEPARTMENTS, **_OUTSIDE}, _RESIDENCE_DEPARTMENT),
    _open("modality", "Modalité d’embauche", MODALITIES),
    _open("public", "Public (critère principal)", PUBLICS),
    _open("sex", "Sexe", SEXES),
    _open("age", "Tranche d’âge à l’entrée", AGE_BANDS),
    _open("work_contract", "Type de contrat de travail", WORK_CONTRACTS),
    _open("work_duration", "Durée du contrat de travail", WORK_DURATIONS),
    _open("mechanism", "Mécanisme juridique du marché", _MECHANISMS, of="contract"),
    _open("contract_kind", "Type de marché", CONTRACT_KINDS, of="contract"),
    _open("contract_duration", "Durée du marché", CONTRACT_DURATIONS, of="contract"),
    _open("framework", "Accord-cadre", _FRAMEWORK, of="contract"),
    _open("buyer_kind", "Type d’acheteur", BUYERS, of="contract"),
    _open("sector", "Secteur d’activité", SECTORS, of="contract"),
    _open("programme", "Programme", PROGRAMMES, of="contract"),
    _open("qpv", "Quartier prioritaire", _QPV, "coalesce(qpv::varchar, 'NC')"),
    _open("education", "Niveau de formation", EDUCATION),
    _open("unemployment", "Durée de chômage", UNEMPLOYMENT),
    _open("prescriber", "Prescripteur", PRESCRIBERS),
    _open("path_hours", "Heures du parcours sur 24 mois", _PATHS),
    Dimension("month", "Mois", "month", _NO_CODES, time=True),
    Dimension("quarter", "Trimestre", "year(period_start) || '-Q' || quarter(period_start)", _NO_CODES, time=True),
    Dimension("year", "Année", "year(period_start)::varchar", _NO_CODES, time=True),
)
BY_NAME: Final = {dimension.name: dimension for dimension in ALL}

OF_LINES: Final = tuple(name for name in BY_NAME if name != "path_hours")
OF_CONTRACTS: Final = tuple(dimension.name for dimension in ALL if dimension.of != "line")
OF_GROUPS: Final = (
    "department",
    "ept",
    "commune",
    "modality",
    "work_contract",
    *(name for name in OF_CONTRACTS if BY_NAME[name].of == "contract"),
)
"""A group line says nothing of each person's sex, age or criterion."""
WITHOUT_TIME: Final = tuple(name for name in OF_LINES if not BY_NAME[name].time)
LONGEST: Final = {"month": 1, "quarter": 3, "year": 12}
"""Months of the longest line that fits into one unit of a time dimension."""
