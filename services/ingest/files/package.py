"""An .xlsx as the archive it is: the sheets with marks rewritten, styles added behind the known ones, every other part as it came."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Final

from kit.archives import DAMAGED
from services.ingest.files.archive import opened, path_of_sheet
from services.ingest.files.cell_comments import comments_part, drawing_part, texts_of
from services.ingest.files.marks import SheetMarks
from services.ingest.files.sheet_xml import Patch, Unusual, patched
from services.ingest.files.style_xml import Styles

_STYLES: Final = "xl/styles.xml"
_TYPES: Final = "[Content_Types].xml"
_RELATION_TYPES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NO_RELATIONS: Final = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
_MACRO_PARTS: Final = re.compile(r"xl/(_rels/)?vba\w+\.(bin|xml)(\.rels)?")
_LEVEL: Final = 4
"""Of compression: twice as fast as the usual one for 5 % more."""


def marked_package(data: bytes, marks: Sequence[SheetMarks]) -> bytes:
    """The workbook with its marks; macros stay out, since what is handed back ends in .xlsx. Raises Unusual where it cannot be patched."""
    try:
        return _marked(data, marks)
    except (*DAMAGED, KeyError) as error:
        raise Unusual("a part that was not needed for reading is damaged") from error


def _marked(data: bytes, marks: Sequence[SheetMarks]) -> bytes:
    source = opened(data)
    book = _Package(source)
    for one in marks:
        book.mark(one)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target:
        book.write(target)
    return out.getvalue()


class _Package:
    def __init__(self, source: zipfile.ZipFile) -> None:
        self._source = source
        self._names = set(source.namelist())
        self._styles = Styles(self._text(_STYLES))
        self._types = self._text(_TYPES)
        self._parts: dict[str, bytes] = {}
        self._patches: dict[str, Patch] = {}

    def _text(self, name: str) -> bytes:
        if name not in self._names:
            raise Unusual(f"no {name}")
        return self._source.read(name)

    def mark(self, marks: SheetMarks) -> None:
        path = path_of_sheet(self._source, marks.sheet)
        if path not in self._names:
            raise Unusual("no such sheet")
        self._patches[path] = Patch(marks, self._styles.coloured, self._comment(path, marks))

    def _comment(self, path: str, marks: SheetMarks) -> str | None:
        """Put the comments in; the relation that the sheet has to name, where it named none."""
        texts = texts_of(marks)
        if not texts:
            return None
        folder, _, name = path.rpartition("/")
        relations_at = f"{folder}/_rels/{name}.rels"
        relations = self._source.read(relations_at) if relations_at in self._names else _NO_RELATIONS
        comments, drawing = _target(relations, "comments", folder), _target(relations, "vmlDrawing", folder)
        number = len(self._parts)
        fresh_comments, fresh_drawing = f"xl/commentsMacs{number}.xml", f"xl/drawings/vmlDrawingMacs{number}.vml"
        known = self._text(comments) if comments else None
        shapes = self._text(drawing) if drawing else None
        part, fresh = comments_part(known, texts)
        self._parts[comments or fresh_comments] = part
        self._parts[drawing or fresh_drawing] = drawing_part(shapes, fresh)
        if comments is None:
            relations = _related(relations, f"macsComments{number}", "comments", fresh_comments)
            self._types = _override(self._types, fresh_comments, "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml")
        relation = None
        if drawing is None:
            relation = f"macsDrawing{number}"
            relations = _related(relations, relation, "vmlDrawing", fresh_drawing)
            self._types = _default(self._types, "vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
        self._parts[relations_at] = relations
        return relation

    def write(self, target: zipfile.ZipFile) -> None:
        for entry in self._source.infolist():
            if entry.is_dir() or _MACRO_PARTS.fullmatch(entry.filename):
                continue
            if entry.filename in self._patches:
                with self._source.open(entry) as source, target.open(entry.filename, "w") as copy:
                    for piece in patched(source, self._patches[entry.filename]):
                        copy.write(piece)
            elif entry.filename not in {_STYLES, _TYPES, *self._parts}:
                target.writestr(entry.filename, self._without_macros(entry.filename))
        for name, part in self._parts.items():
            target.writestr(name, part)
        target.writestr(_STYLES, self._styles.written())  # after the sheets, which ask for the styles
        target.writestr(_TYPES, _plain_types(self._types))

    def _without_macros(self, name: str) -> bytes:
        part = self._source.read(name)
        if name == "xl/_rels/workbook.xml.rels":
            return re.sub(rb"""<(\w+:)?Relationship\s[^>]*vbaProject["'][^>]*?/>""", b"", part)
        return part


def _target(relations: bytes, kind: str, folder: str) -> str | None:
    """The part that a sheet's relation of this kind leads to."""
    for found in re.finditer(rb"<(?:\w+:)?Relationship\s[^>]*>", relations):
        if re.search(rb"""\sType\s*=\s*["'][^"']*/""" + kind.encode() + rb"""["']""", found[0]):
            target = re.search(rb"""\sTarget\s*=\s*["']([^"']*)""", found[0])
            if target is None:
                return None
            path = target[1].decode()
            return path.lstrip("/") if path.startswith("/") else _joined(folder, path)
    return None


def _joined(folder: str, path: str) -> str:
    parts = folder.split("/")
    for step in path.split("/"):
        if step == "..":
            parts.pop() if parts else None
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _related(relations: bytes, relation: str, kind: str, target: str) -> bytes:
    relations = re.sub(rb"<((?:\w+:)?Relationships)([^>]*?)/>", rb"<\1\2></\1>", relations, count=1)
    found = re.search(rb"</(\w+:)?Relationships\s*>\s*$", relations)
    if found is None:
        raise Unusual("relations")
    prefix = (found[1] or b"").decode()
    said = f'<{prefix}Relationship Id="{relation}" Type="{_RELATION_TYPES}/{kind}" Target="/{target}"/>'.encode()
    return relations[: found.start()] + said + relations[found.start() :]


def _override(types: bytes, part: str, kind: str) -> bytes:
    return _typed(types, f'Override PartName="/{part}" ContentType="{kind}"/>')


def _default(types: bytes, extension: str, kind: str) -> bytes:
    if re.search(rb"""Extension\s*=\s*["']""" + extension.encode() + rb"""["']""", types, re.IGNORECASE):
        return types
    return _typed(types, f'Default Extension="{extension}" ContentType="{kind}"/>')


def _typed(types: bytes, said: str) -> bytes:
    found = re.search(rb"<(\w+:)?Types[^>]*>", types)
    if found is None:
        raise Unusual("types of content")
    return types[: found.end()] + b"<" + (found[1] or b"") + said.encode() + types[found.end() :]


def _plain_types(types: bytes) -> bytes:
    """Of a workbook without macros."""
    types = re.sub(rb"""<(\w+:)?Override\s[^>]*vba\w+\.(bin|xml)["'][^>]*?/>""", b"", types)
    return types.replace(b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
                         b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml")  # fmt: skip
