"""The canonical hours file: `;`, UTF-8, French headers, one row a line. The headers are the platform's; a contract test compares them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import TextIO

HEADERS: Mapping[str, str] = {
    "contract": "N° marché",
    "period": "Période",
    "hours": "Heures réalisées",
    "employer_siret": "SIRET employeur",
    "department": "Département",
    "worker_id": "Identifiant salarié",
    "birth_name": "Nom de naissance",
    "first_name": "Prénom",
    "birth_date": "Date de naissance",
    "birth": "Année et mois de naissance",
    "sex": "Sexe",
    "residence": "Commune de résidence",
    "qpv": "QPV",
    "public": "Public",
    "education": "Niveau de formation",
    "unemployment": "Durée de chômage",
    "prescriber": "Prescripteur",
    "modality": "Modalité",
    "work_contract": "Type de contrat",
    "work_contract_starts_on": "Début du contrat",
    "group": "Groupe",
    "persons": "Nombre de personnes",
    "women": "Dont femmes",
    "under_26": "Dont moins de 26 ans",
}
"""Field → header, in the order of the file."""


def write(target: TextIO, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow([HEADERS[column] for column in columns])
    writer.writerows(rows)


def hours(centihours: int) -> str:
    """« 151,67 »: with a comma, as people write it."""
    return f"{centihours // 100},{centihours % 100:02d}"
