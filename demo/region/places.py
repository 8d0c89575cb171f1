"""Communes in which the persons of the demonstration live and work: real codes (INSEE, COG), since places are checked against them."""

from __future__ import annotations

from typing import Final

from kit.geography.communes import communes

COMMUNES: Final = {
    "75": ("75110", "75112", "75113", "75114", "75115", "75118", "75119", "75120"),
    "77": ("77288", "77284", "77083", "77108", "77379", "77468", "77373"),
    "78": ("78646", "78361", "78440", "78498", "78586", "78621"),
    "91": ("91228", "91174", "91377", "91286", "91589", "91223"),
    "92": ("92050", "92036", "92025", "92004", "92078", "92007"),
    "93": ("93048", "93066", "93001", "93005", "93008", "93007", "93031", "93070"),
    "94": ("94028", "94081", "94041", "94017", "94076", "94078"),
    "95": ("95018", "95127", "95585", "95268", "95280", "95500"),
}
SITES: Final = {
    code: tuple(
        sorted(
            one.code for one in communes().values() if one.department == code and (one.territory or code in {"75", "77", "78", "91", "95"})
        )
    )
    for code in COMMUNES
}
"""Where contracts are carried out: any commune of the department; in the inner ring they all belong to a territory of the Métropole."""
NEIGHBOURS: Final = {
    "75": ("93", "94", "92"), "77": ("93", "94", "91"), "78": ("92", "95", "91"), "91": ("94", "77", "78"), "92": ("75", "78", "93"),
    "93": ("75", "95", "94"), "94": ("75", "93", "91"), "95": ("93", "92", "78"),
}  # fmt: skip
