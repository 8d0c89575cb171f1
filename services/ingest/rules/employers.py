"""Who employs: a SIRET, a SIREN or a name. Only the declarant's own number blocks (rule V01, practice ruling 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.identifiers import normalised
from services.ingest.rules.declared import Known
from services.ingest.rules.establishments import digits_of, is_scientific, is_siren, is_siret
from services.ingest.rules.row import Row

_SAMPLE = "123 456 782 00010"


@dataclass(slots=True)
class Employer:
    """`key` is what makes two lines speak of one employer: the number, else the normalised name, else nothing."""

    siret: str | None
    name: str | None
    key: str


_FIELDS: Final = ("declarant_siret", "employer_name", "employer_siret", "modality")


def employer_of(row: Row, known: Known, modality: str) -> Employer | None:
    """The employer of the row; None after saying that neither employer nor modality is there (practice ruling 7)."""
    return row.once("employer", _FIELDS, lambda asked: _read(asked, known, modality))


def _read(row: Row, known: Known, modality: str) -> Employer | None:
    _own_number(row, known)
    name = row.text("employer_name")
    number = row.text("employer_siret")
    siret = _number(row, number, bool(name)) if number else None
    if number and siret is None and not name:
        name = number
    if not name and siret is None and modality == "NC":
        if row.failed.isdisjoint({"employer_siret", "employer_name", "modality"}):
            row.miss("employer_siret", "indiquez l’employeur (SIRET, SIREN ou nom), ou à défaut la modalité d’embauche.")
            return None
        row.blocked = True
    return Employer(siret, name or None, siret or normalised(name))


def _number(row: Row, text: str, has_name: bool) -> str | None:
    """A valid SIRET or SIREN, or None after a remark: an employer's number is never a reason to refuse hours."""
    digits = digits_of(text)
    if is_siret(digits):
        return digits
    if is_siren(digits):
        row.say("employer_siret", "V01", "check", f"nous avons lu le SIREN {digits} ; le SIRET de l’établissement (14 chiffres) serait plus précis.",
                example=_SAMPLE)  # fmt: skip
        return digits
    if len(digits) == 13 and is_siret(f"0{digits}"):
        row.say("employer_siret", "V01", "check", f"nous avons lu {digits}, soit 13 chiffres, et compris 0{digits} : Excel a sans doute supprimé le zéro.",
                example=f"0{digits}")  # fmt: skip
        return f"0{digits}"
    row.say("employer_siret", "V01", "check", _why_not(text, digits, has_name), example=_SAMPLE)
    return None


def _why_not(text: str, digits: str, has_name: bool) -> str:
    kept = "nous gardons le nom de l’employeur" if has_name else "envoyez la ligne avec le nom seul"
    if is_scientific(text):
        return (f"nous avons lu « {text} » : le tableur a arrondi le numéro. Mettez la colonne au format texte et saisissez les 14 chiffres, "
                f"par exemple {_SAMPLE}, ou {kept} : vos heures seront comptées.")  # fmt: skip
    if not digits.isdigit():
        return f"nous avons lu « {row_text(text)} », qui n’est pas un SIRET (14 chiffres, par exemple {_SAMPLE}) ; {kept} : vos heures seront comptées."
    if len(digits) in {9, 14}:
        return f"nous avons lu {digits} : un chiffre au moins est faux (la clé ne correspond pas) ; corrigez-le, ou {kept} : vos heures seront comptées."
    return (f"nous avons lu {digits}, soit {len(digits)} chiffres. Un SIRET en compte 14, par exemple {_SAMPLE}. Excel a peut-être supprimé des "
            f"chiffres. Corrigez-le, ou {kept} : vos heures seront comptées.")  # fmt: skip


def row_text(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _own_number(row: Row, known: Known) -> None:
    """The declarant's own SIRET, where the row gives it, must be right and its own: else the file is somebody else's."""
    text = row.text("declarant_siret")
    if not text:
        return
    digits = digits_of(text)
    if not is_siret(digits):
        row.refuse("declarant_siret", "V01", f"votre SIRET compte 14 chiffres et une clé juste, par exemple {_SAMPLE}", example=_SAMPLE)
    elif known.online and known.declarant_siret and digits != known.declarant_siret:
        row.refuse("declarant_siret", "V01", f"ce n’est pas votre SIRET ({known.declarant_siret}) : ce fichier est-il le vôtre")
