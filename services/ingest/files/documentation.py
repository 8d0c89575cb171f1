"""The file format as people and tools read it, generated from the fields: `python -m services.ingest.files.documentation` writes both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from services.ingest.rules.fields import FIELDS, NEVER, Field

ROOT: Final = Path(__file__).resolve().parents[3]
_KINDS: Final = {
    "text": "texte", "siret": "SIRET ou SIREN", "code": "code", "codes": "codes", "period": "période", "month": "année-mois", "date": "date",
    "hours": "heures", "count": "nombre entier", "flag": "oui / non", "department": "département", "commune": "commune",
}  # fmt: skip
_INTRODUCTION: Final = """\
# Le fichier d’heures

Un classeur (`.xlsx`, `.xls`, `.ods` : toutes les feuilles visibles dont les titres sont ceux d’un tableau d’heures) ou un fichier texte
(CSV ; `;`, `,`, tabulation ou `|` ; UTF-8 ou Windows-1252), 25 Mo et 100 000 lignes au plus. Une ligne nomme les colonnes, dans n’importe quel
ordre, par leur titre français, leur nom anglais ou un titre d’usage (« Nb heures », « Réf. marché »…) ; un logo et des filtres au-dessus d’elle,
des titres sur deux lignes sont admis. La forme canonique est : CSV, `;`, UTF-8.

- **Mois en colonnes** (« Janv. », « 01/2018 », « T1 2018 ») : une ligne par personne, une déclaration d’heures par case remplie.
- **Heures cumulées** depuis le début : une colonne « Heures cumulées », ou la réponse à la question de l’import ; la différence est calculée
  avec le cumul précédent du fichier, sinon avec ce qui a déjà été déclaré. Le cumul reste gardé à côté. Il ne diminue jamais (`CUMUL`).
- **Totaux** : les lignes « Total » et « Sous-total », la colonne « Total », le reste à réaliser et les taux ne sont pas importés.
- **Marché écrit une fois** pour plusieurs lignes : recopié vers le bas quand vous le dites, jamais sans vous.
- Un titre à plusieurs sens (« Contrat », « Statut », « Ville »…) n’est pas cru sur parole : ses cellules décident, sinon nous demandons.

Une ligne est une personne (ou un groupe) × un marché × un employeur × une période. La même ligne déclarée à nouveau **remplace** la précédente ;
deux fois dans un fichier, elle est refusée (V14). Le minimum : marché, période, heures, et l’employeur ou la modalité.
Tout le reste est facultatif ; ce qui manque est « non communiqué ».

Vérifier sans rien envoyer : `./macs check FICHIER`. Envoyer : `./macs submit FICHIER --as declarant --wait`, la page « Déclarer », ou
`POST /api/v1/imports`. Les mêmes codes partout.

"""
_AFTER: Final = """
## Ce que les valeurs admettent

- **Heures** : `151,67`, `151.67`, `1 250,5`, `7h30`, `151:40`, `151,67 h` ; jamais négatives, deux décimales au plus.
- **Périodes** : `2019-03`, `03/2019`, `mars 2019`, `2019-T1` (ou `Q1`), `2019-S1`, `2019`. Un trimestre n’est jamais réparti sur ses mois.
- **Dates** : `2019-01-15` (avec ou sans fuseau derrière), `15/01/2019` ; années depuis 2000.
- **Vides** : une cellule vide, `-`, `NC`, `?`. Une cellule en erreur (`#REF!`) est signalée.
- **Personnes** : l’identifiant devient un jeton propre à votre organisation. Nom, prénom et date de naissance, s’ils y sont tous les trois,
  donnent un jeton régional, puis sont effacés ; ils ne sont ni enregistrés ni transmis.
- **Groupes** : nombre de personnes, et des « dont », à la place des champs de la personne. Jamais des personnes et un groupe pour le même marché,
  le même employeur et la même période (V21).
- **Jamais lues** : {never}.

## Ce que dit la vérification

Chaque remarque donne la ligne, la colonne, un code, une gravité, la valeur lue, une phrase et un exemple juste.
« Bloquant » empêche d’envoyer la ligne ; « à vérifier » et « pour information », non.

| code | gravité | de quoi il s’agit |
|---|---|---|
{codes}
"""
_CODES: Final = (
    (
        "V01",
        "à vérifier",
        "SIRET ou SIREN de l’employeur douteux : le nom suffit, les heures comptent. Bloquant sur le SIRET du déclarant lui-même.",
    ),
    (
        "V05, V06",
        "à vérifier",
        "Heures prévues du marché sans rapport avec son montant (données essentielles) : taux inhabituel, ou prix trop petit.",
    ),
    ("V07", "bloquant", "Période à venir, avant la notification du marché, ou plus de douze mois après sa fin ; âge hors de 15 à 99 ans."),
    ("V07", "à vérifier", "Dans les douze mois après la fin du marché ; entre notification et début ; 15 ans."),
    ("V08", "bloquant", "Plus de 213 h pour une personne en un mois."),
    (
        "V08",
        "à vérifier",
        "Plus de 182 h, ou plus de 213 h avec les autres lignes du fichier ou vos déclarations précédentes, tous marchés ensemble.",
    ),
    ("V09", "bloquant", "Heures négatives, illisibles, ou à plus de deux décimales."),
    ("CUMUL", "bloquant", "Le cumul est plus petit que le précédent."),
    ("V10", "à vérifier", "Heures avant ou après le contrat de travail, ou plus de 24 mois après son début (hors alternance)."),
    ("V11", "à vérifier", "Critère et âge, ou critère et durée de chômage, ne vont pas ensemble."),
    ("V12", "à vérifier", "Contrat de travail inhabituel pour cette modalité ; la valeur usuelle est proposée."),
    ("V14", "bloquant", "La ligne est déjà dans le fichier ; la seconde est nommée."),
    ("V15", "à vérifier", "Travail hors d’Île-de-France."),
    ("V19", "bloquant", "Adresse électronique, téléphone ou numéro de sécurité sociale dans un texte libre."),
    ("V20", "bloquant", "Date ou période illisible, ou d’avant 2000."),
    (
        "V21",
        "bloquant",
        "Des personnes et un groupe pour le même marché, le même employeur et la même période, dans le fichier ou avec vos déclarations précédentes.",
    ),
    ("V22", "bloquant", "Femmes + hommes + non communiqués ≠ personnes, ou un « dont » au-dessus du total."),
    ("MISSING_FIELD", "bloquant", "Un champ du minimum manque."),
    ("UNKNOWN_CONTRACT, CONTRACT_NOT_YOURS", "bloquant", "Marché inconnu, ou qui n’est pas le vôtre (vérifié à l’envoi)."),
    ("UNKNOWN_CODE", "bloquant", "Mot qui n’est pas dans la liste : laissez vide si vous ne savez pas."),
    ("UNKNOWN_PLACE", "bloquant ou à vérifier", "Département non reconnu (bloquant) ; commune non reconnue : la ligne compte, sans elle."),
    (
        "CELL_ERROR, WRONG_TYPE, TOO_LONG, UNREADABLE_TEXT",
        "bloquant",
        "Cellule en erreur, valeur d’un autre type, trop longue, caractères illisibles.",
    ),
    ("NO_PERSON", "à vérifier", "Sans identifiant, les heures comptent, la personne non."),
    ("UNKNOWN_FIELD, NEVER_READ", "information", "Colonne qui n’est pas lue."),
    ("COLUMN_GUESS", "à vérifier", "Colonne reconnue d’après ses cellules seulement : confirmez-la."),
    ("COLUMN_LACKING", "à vérifier", "Rien ne dit l’employeur ; une colonne qui n’est pas lue le donne peut-être."),
    ("HOURS_CUMULATED", "à vérifier", "Les heures ne font que monter, ou dépassent un mois : sont-elles cumulées ?"),
    ("CUMUL_COLUMNS", "à vérifier", "Des colonnes « Cumul au 31/03/2018 » : chaque période compte la différence avec la précédente."),
    (
        "PERIOD_READ, CONTRACT_READ, EMPLOYER_READ",
        "à vérifier",
        "Sans colonne pour lui, le mois ou le marché est pris du nom de la feuille ou du texte au-dessus des titres ; l’employeur, de la ligne « Entreprise : … » qui le nomme.",
    ),
    ("UNREAD_SHEETS", "à vérifier", "Feuilles visibles avec des nombres, mais sans titres connus : elles ne sont pas lues."),
    (
        "TOTALS_LEFT_OUT, TITLES_LEFT_OUT, REMARKS_LEFT_OUT, FILLED_DOWN, YEAR_READ, HIDDEN_SHEETS, MACROS",
        "information",
        "Ce qui a été mis en ordre, ou laissé de côté, à la lecture.",
    ),
    ("EXAMPLE_LINES", "information", "Des lignes de notre exemple, inventées, sont restées dans le fichier."),
    ("FILE_…", "bloquant", "Le fichier entier : vide, abîmé, trop gros, colonne en double ou manquante, encodage."),
)


def page() -> str:
    """docs/file-format.md."""
    rows = "\n".join(_row(field) for field in FIELDS)
    codes = "\n".join(f"| `{code}` | {severity} | {about} |" for code, severity, about in _CODES)
    lists = "\n".join(_list(field) for field in FIELDS if field.vocabulary and field.kind == "code")
    head = "## Les colonnes\n\n| titre | nom | contenu | exemple | |\n|---|---|---|---|---|\n"
    return f"{_INTRODUCTION}{head}{rows}\n{_AFTER.format(never=', '.join(NEVER), codes=codes)}\n## Les listes\n\n{lists}\n"


def table_schema() -> str:
    """docs/heures.tableschema.json: the same as a Table Schema (Frictionless)."""
    found = {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "name": "heures-clauses-sociales",
        "title": "Heures d’insertion déclarées",
        "fields": [_schema_field(field) for field in FIELDS],
        "missingValues": ["", "NC", "-", "?"],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _row(field: Field) -> str:
    mark = "obligatoire" if field.required else "effacé après le jeton" if field.identity else ""
    return f"| {field.label} | `{field.name}` | {field.about} ({_KINDS[field.kind]}) | {field.example} | {mark} |"


def _list(field: Field) -> str:
    return f"- **{field.label}** : " + ", ".join(f"`{code}` {label}" for code, label in (field.vocabulary or {}).items()) + "."


def _schema_field(field: Field) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": field.required, "maxLength": field.longest}
    if field.vocabulary and field.kind == "code":
        constraints["enum"] = list(field.vocabulary)
    return {
        "name": field.label,
        "title": field.name,
        "type": "string",
        "description": field.about,
        "example": field.example,
        "constraints": constraints,
    }


if __name__ == "__main__":
    (ROOT / "docs" / "file-format.md").write_text(page(), encoding="utf-8")
    (ROOT / "docs" / "heures.tableschema.json").write_text(table_schema(), encoding="utf-8")
