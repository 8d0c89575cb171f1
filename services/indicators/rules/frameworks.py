"""Which contracts are framework agreements: their amount is a maximum, so figures of amounts put them apart. Pure."""

from __future__ import annotations

import re
from typing import Final

from schemas.contracts import Procurement

_FRAMEWORK: Final = re.compile(r"accords?.?cadres?", re.IGNORECASE)
_UNDER_ONE: Final = re.compile(r"subs.{1,2}quent", re.IGNORECASE)
"""A letter that was lost at the source (« subs\ufffdquent ») left out."""
_ONLY_FRAMEWORKS: Final = frozenset({"Bons de commande", "Marchés subséquents"})
"""Ways to carry out that framework agreements alone have (Code de la commande publique, R2162-2)."""


def is_framework(said: Procurement) -> bool | None:
    """DECP v1.5 says it by `nature`, v2 by `techniques` (`nature` is « Marché » there); None where the data say neither.

    A contract awarded under a framework agreement (« Marché subséquent », or with that one's number) is none, though its technique is the same.
    Ways to carry out decide only where no technique is said.
    """
    nature = said.nature or ""
    if _UNDER_ONE.search(nature) or said.framework_id:
        return False
    if _FRAMEWORK.search(nature) or "Accord-cadre" in said.techniques:
        return True
    if said.techniques:
        return False
    if _ONLY_FRAMEWORKS & set(said.execution):
        return True
    return False if nature else None
