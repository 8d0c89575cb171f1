"""What a value must be, in French: the validation library says it in English, and its readers are French."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kit.web.filters import plural

_SENTENCES: Final[Mapping[str, str | Callable[[Mapping[str, Any]], str]]] = {
    "missing": "Cette valeur est obligatoire.",
    "extra_forbidden": "Ce champ n’est pas du format.",
    "list_type": "Une liste est attendue.",
    "tuple_type": "Une liste est attendue.",
    "dict_type": "Un objet JSON est attendu.",
    "model_type": "Un objet JSON est attendu.",
    "model_attributes_type": "Un objet JSON est attendu.",
    "string_type": "Un texte est attendu, entre guillemets.",
    "int_type": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_from_float": "Un nombre entier est attendu, sans décimale.",
    "int_parsing_size": "Ce nombre est hors limites.",
    "float_type": "Un nombre est attendu.",
    "float_parsing": "Un nombre est attendu.",
    "decimal_type": "Un nombre est attendu.",
    "decimal_parsing": "Un nombre est attendu.",
    "bool_type": "« true » ou « false » est attendu.",
    "bool_parsing": "« true » ou « false » est attendu.",
    "uuid_type": "Un identifiant (UUID) est attendu.",
    "uuid_parsing": "Un identifiant (UUID) est attendu.",
    "date_type": "Une date est attendue, par exemple 2019-03-31.",
    "date_parsing": "Une date est attendue, par exemple 2019-03-31.",
    "date_from_datetime_parsing": "Une date est attendue, par exemple 2019-03-31.",
    "date_from_datetime_inexact": "Une date sans heure est attendue, par exemple 2019-03-31.",
    "datetime_type": "Une date avec son heure est attendue, par exemple 2019-03-31T09:30:00+02:00.",
    "datetime_parsing": "Une date avec son heure est attendue, par exemple 2019-03-31T09:30:00+02:00.",
    "datetime_from_date_parsing": "Une date avec son heure est attendue, par exemple 2019-03-31T09:30:00+02:00.",
    "string_pattern_mismatch": lambda said: f"Ce texte n’a pas la forme attendue : {said['pattern']}.",
    "json_invalid": lambda said: f"Le corps n’est pas du JSON ({said['error']}).",
    "literal_error": lambda said: f"Valeurs possibles : {said['expected'].replace(' or ', ', ')}.",
    "enum": lambda said: f"Valeurs possibles : {said['expected'].replace(' or ', ', ')}.",
    "too_short": lambda said: f"{plural(said['min_length'], 'élément')} au moins.",
    "too_long": lambda said: f"{plural(said['max_length'], 'élément')} au plus.",
    "string_too_short": lambda said: f"{plural(said['min_length'], 'caractère')} au moins.",
    "string_too_long": lambda said: f"{plural(said['max_length'], 'caractère')} au plus.",
    "greater_than_equal": lambda said: f"{said['ge']} au moins.",
    "greater_than": lambda said: f"Une valeur supérieure à {said['gt']} est attendue.",
    "less_than_equal": lambda said: f"{said['le']} au plus.",
    "less_than": lambda said: f"Une valeur inférieure à {said['lt']} est attendue.",
}


def in_french(kind: str, english: str, said: Mapping[str, Any] | None) -> str:
    """The sentence of a pydantic error by its type and context; its own words for a type that is not here (our own rules speak French)."""
    sentence = _SENTENCES.get(kind)
    if sentence is None:
        return english.removeprefix("Value error, ")
    if isinstance(sentence, str):
        return sentence
    try:
        return sentence(said or {})
    except KeyError:
        return english
