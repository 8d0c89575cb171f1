"""What a page says of each line of a file."""

from __future__ import annotations

import html
import re

Said = set[tuple[int | None, str, str]]
_WORDS = {"Bloquant": "blocking", "À vérifier": "check", "Information": "info"}
_ROW = re.compile(r'<tr[^>]*>\s*<th scope="row">(.*?)</th>\s*<td>(.*?)</td>.*?<span class="technical">(\w+)</span>', re.DOTALL)


def on_the_page(text: str) -> Said:
    rows = _ROW.findall(text.rsplit('id="a-corriger"', maxsplit=1)[-1]) if 'id="a-corriger"' in text else []
    return {
        (int(row) if row.isdigit() else None, code, _WORDS[re.sub(r"<[^>]+>", "", html.unescape(word)).strip()])
        for row, word, code in ((row.strip(), word, code) for row, word, code in rows)
    }
