"""How the report of an import says its codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    "MISSING_ID": "Sans numéro de marché, ou qui n’est pas un marché",
    "BAD_ID": "Numéro de marché de plus de 64 caractères",
    "LOST_ID": "Numéro de marché abrégé par un tableur (2,01825E+15) : ses derniers chiffres sont perdus",
    "MISSING_BUYER": "Sans acheteur",
    "BUYER_SIRET": "Le SIRET de l’acheteur n’en est pas un",
    "ROW_CELLS": "Plus de cellules que de titres (un séparateur dans un texte sans guillemets ?)",
    "ROW_CUT": "Dernière ligne coupée",
    "ROW_QUOTE": "Guillemet qui n’est pas refermé",
    "TEST_RECORD": "Enregistrement d’essai d’un éditeur, publié par erreur",
    "PLACEHOLDER": "Valeurs d’exemple (123456…)",
}
FLAGS: Final[Mapping[str, str]] = {
    "ALTERED_TEXT": "Texte altéré (caractères perdus à la source)",
    "NO_NOTIFICATION_DATE": "Sans date de notification",
    "NOTIFICATION_DATE": "Date de notification impossible",
    "PUBLICATION_DATE": "Date de publication impossible",
    "NO_AMOUNT": "Sans montant utilisable",
    "NO_DURATION": "Sans durée utilisable",
    "NO_CPV": "Sans code CPV",
    "UNKNOWN_CPV": "Code CPV inconnu",
    "NO_HOLDER": "Sans titulaire",
    "HOLDER_SIRET": "SIRET d’un titulaire incorrect",
    "HOLDER_ABROAD": "Titulaire sans SIRET (étranger ou outre-mer)",
    "NO_OBJECT": "Sans objet",
    "NO_PLACE": "Lieu d’exécution inconnu",
    "SHARED_NUMBER": "Un numéro pour plusieurs marchés (objet, CPV, date ou titulaires différents) : le dernier publié est gardé, les autres sont des doublons",
    "NUMBERED_AMENDMENT": "Même acheteur, objet et titulaires qu’un autre numéro aux deux derniers chiffres près : un avenant sous son numéro, ou un autre lot ? Gardé à part",
    "V03": "« Pas de considération sociale » à côté d’une autre valeur",
    "V16": "Numéros d’avenants qui ne sont pas des entiers croissants",
    "AMENDMENT_DATE": "Date d’un avenant impossible",
    "AMENDMENT_AMOUNT": "Montant d’un avenant inutilisable",
    "AMENDMENT_DURATION": "Durée d’un avenant inutilisable",
    "AMENDMENT_CHANGED": "Avenant déjà connu, publié à nouveau autrement",
}
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "waiting": ("En attente", "wait"),
    "running": ("En cours", "wait"),
    "done": ("Terminé", "good"),
    "failed": ("Refusé", "bad"),
}


def label_of(found: Mapping[str, object]) -> tuple[str, str]:
    """The state of an import, with its tone; apart where the server, and not the file, is why it waits or has ended."""
    if found["state"] == "failed" and found["kept_until"]:
        return "Arrêté", "bad"
    return ("Nouvel essai prévu", "wait") if found["next_try_at"] else STATES[str(found["state"])]
