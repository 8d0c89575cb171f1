"""The styles of a workbook with ours behind them: a style that a marked cell has, with the colour of what is to be looked at."""

from __future__ import annotations

import re
from typing import Final

from services.ingest.files.marks import FILLS
from services.ingest.files.sheet_xml import Unusual

_ORDER: Final = list(FILLS)


class Styles:
    """Numbers of known styles stay what they are; new ones are given from the end on."""

    def __init__(self, part: bytes) -> None:
        self._part = part
        found = re.search(rb"<(\w+:)?styleSheet[\s>]", part)
        if found is None or b"<![" in part:
            raise Unusual("styles")
        self._prefix = prefix = found[1] or b""
        self._fills = _section(part, prefix, b"fills")
        self._formats = _section(part, prefix, b"cellXfs")
        self._first_fill = len(re.findall(rb"<" + prefix + rb"fill[\s>/]", self._fills[0]))
        self._known = [
            found[0]
            for found in re.finditer(rb"<" + prefix + rb"xf\b[^>]*?(?:/>|(?<!/)>.*?</" + prefix + rb"xf\s*>)", self._formats[0], re.DOTALL)
        ]
        if not self._known:
            raise Unusual("no styles")
        self._fresh: dict[tuple[int, str], int] = {}

    def coloured(self, style: int, severity: str) -> int:
        """The number of this style with the severity's colour."""
        key = (style if style < len(self._known) else 0, severity)
        return self._fresh.setdefault(key, len(self._known) + len(self._fresh))

    def written(self) -> bytes:
        """The whole part."""
        p = self._prefix.decode()
        fills = "".join(
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="{FILLS[name]}"/><{p}bgColor indexed="64"/></{p}patternFill></{p}fill>'
            for name in FILLS
        )
        formats = b"".join(self._copy(style, severity) for style, severity in self._fresh)
        part = _added(self._part, self._prefix, b"cellXfs", formats, len(self._known) + len(self._fresh))
        return _added(part, self._prefix, b"fills", fills.encode(), self._first_fill + len(FILLS))

    def _copy(self, style: int, severity: str) -> bytes:
        whole = self._known[style]
        start = re.match(rb"<" + self._prefix + rb"xf\b", whole)
        assert start is not None  # noqa: S101 -- that is how the known styles were found
        end = whole.find(b">")
        attributes = re.sub(rb"""\s(?:fillId|applyFill)\s*=\s*(["'])[^"']*\1""", b"", whole[start.end() : end])
        fill = self._first_fill + _ORDER.index(severity)  # type: ignore[arg-type]
        return start[0] + b' fillId="%d" applyFill="1"' % fill + attributes + whole[end:]


def _section(part: bytes, prefix: bytes, name: bytes) -> tuple[bytes, int]:
    """What a section holds, and where it ends."""
    found = re.search(rb"<" + prefix + name + rb"[\s>]", part)
    end = part.find(b"</" + prefix + name + b">")
    if found is None or end < 0:
        raise Unusual(f"no {name.decode()}")
    return part[part.find(b">", found.start()) + 1 : end], end


def _added(part: bytes, prefix: bytes, name: bytes, said: bytes, count: int) -> bytes:
    _, end = _section(part, prefix, name)
    part = part[:end] + said + part[end:]
    return re.sub(rb"(<" + prefix + name + rb"""\b[^>]*?\scount\s*=\s*["'])\d+""", lambda found: found[1] + b"%d" % count, part, count=1)
