"""A file as the answer of a route."""

from __future__ import annotations

from typing import Final

from fastapi.responses import Response

KINDS: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain; charset=utf-8",
}


def attachment(content: bytes, name: str) -> Response:
    """`name` is ours, ASCII, and ends with the kind. Never kept by a shared cache: what is in it needs an account."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content, media_type=KINDS[name.rsplit(".", 1)[1]], headers=headers)
