"""Beneficiaries: invented persons whose age, criteria, schooling and work contract fit together and fit the calibration."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from demo import calibration
from demo.region.places import COMMUNES, NEIGHBOURS

_FIRST = {
    "F": (
        "Aline",
        "Binta",
        "Carla",
        "Dounia",
        "Elsa",
        "Farida",
        "Gaëlle",
        "Hana",
        "Inès",
        "Jeanne",
        "Khadija",
        "Lina",
        "Mariam",
        "Nadège",
        "Olga",
    ),
    "M": (
        "Adama",
        "Bilal",
        "César",
        "David",
        "Elias",
        "Fodé",
        "Gaspard",
        "Hugo",
        "Ibrahim",
        "Jules",
        "Karim",
        "Luis",
        "Moussa",
        "Nathan",
        "Omar",
    ),
}
_LAST = (
    "Abadi", "Bessières", "Camara", "Delcourt", "Essomba", "Faucher", "Garnaoui", "Hamel", "Izri", "Jacquard", "Konaté", "Lemoigne", "Marais",
    "Ndiaye", "Ouvrard", "Pinson", "Quillet", "Rahmani", "Sissoko", "Tavares", "Urbain", "Vidal", "Wagner", "Yacoubi", "Zerbib",
)  # fmt: skip
YOUNG: Final = frozenset({"JEUNE_26", "ML", "ASE"})


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """One person as a declarant's file describes her or him."""

    worker_id: str
    sex: str
    born: date
    first_name: str
    last_name: str
    residence: str
    qpv: bool
    public: str
    education: str
    unemployment: str
    prescriber: str
    modality: str
    work_contract: str


def draw_person(worker_id: str, sex: str, department: str, entry: date, draw: random.Random) -> Beneficiary:
    """A person who begins to work in the department in the month `entry`."""
    public = pick(calibration.PUBLICS, draw)
    modality = pick(calibration.MODALITIES, draw)
    work_contract = pick(calibration.WORK_CONTRACTS[modality], draw)
    lives_in = department if draw.random() < calibration.LIVES_WHERE_WORKS else draw.choice(NEIGHBOURS[department])
    return Beneficiary(
        worker_id=worker_id,
        sex=sex,
        born=entry.replace(day=1) - timedelta(days=round(_age(public, draw) * 365.25)),
        first_name=draw.choice(_FIRST[sex]),
        last_name=draw.choice(_LAST),
        residence=draw.choice(COMMUNES[lives_in]),
        qpv=public == "QPV" or draw.random() < calibration.QPV_RESIDENTS,
        public=public,
        education="INFRA_3" if public == "INFRA_3" else pick(calibration.EDUCATION, draw),
        unemployment={"DETLD": "04", "DELD": "03"}.get(public) or draw.choice(("01", "02", "02", "03", "04")),
        prescriber="CAP_EMPLOI" if public in {"TH", "AAH"} else pick(calibration.PRESCRIBERS, draw),
        modality=modality,
        work_contract=work_contract,
    )


def pick(shares: Mapping[str, float], draw: random.Random) -> str:
    return draw.choices(tuple(shares), tuple(shares.values()))[0]


def _age(public: str, draw: random.Random) -> float:
    """Years at entry, so that the criterion of age holds (V11)."""
    if public in YOUNG:
        return draw.uniform(18.2, 25.5)
    if public == "SENIOR":
        return draw.uniform(50.2, 61.5)
    return min(63.0, max(18.2, draw.gauss(36, 9)))
