"""A file as the answer of a route."""

from __future__ import annotations

from typing import Final
from unicodedata import normalize
from urllib.parse import quote

from fastapi.responses import Response

from services.events.rules.attachments import Attachment

KINDS: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain; charset=utf-8",
}


def attachment(content: bytes, name: str) -> Response:
    """`name` is ours, ASCII, and ends with the kind. Never kept by a shared cache: what is in it needs an account."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content, media_type=KINDS[name.rsplit(".", 1)[1]], headers=headers)


def handed_in(file: Attachment, *, public: bool) -> Response:
    """A file that somebody handed in: saved, never shown in the page of this site, whatever it holds."""
    plain = normalize("NFKD", file.name).encode("ascii", "ignore").decode().replace('"', "")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "Cache-Control": "public, max-age=300" if public else "private, no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Referrer-Policy": "no-referrer",
    }
    return Response(file.data, media_type=file.media_type, headers=headers)
